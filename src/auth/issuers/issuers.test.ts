import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testIds } from '../../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts';
import {
  type IdentityProvider,
  makeSigningKey,
  startIdentityProvider,
} from '../../../test/identity-provider.ts';
import { openPlatform } from '../../../test/platforms.ts';
import { createOutbound, type Outbound } from '../../http/index.ts';
import { type Clock, formatRowId, systemClock } from '../../kernel/index.ts';
import { createIssuer, type NewIssuer } from './issuer-rows.ts';
import { createIssuers, type Issuers } from './issuers.ts';
import { KEYS_AGE_MS, LOOK_AGAIN_MS } from './key-sets.ts';

let database: TestDatabase;
let provider: IdentityProvider;
let outbound: Outbound;
let issuers: Issuers;
let platformId: bigint;
let laterMs: number;

const clock: Clock = {
  ...systemClock,
  nowMs: () => systemClock.nowMs() + laterMs,
  monotonicMs: () => systemClock.monotonicMs() + laterMs,
};
const nowSeconds = () => Math.floor(clock.nowMs() / 1_000);

beforeEach(async () => {
  laterMs = 0;
  [database, provider] = await Promise.all([openTestDatabase(), startIdentityProvider()]);
  outbound = createOutbound({ allowedHosts: [provider.host] });
  platformId = await openPlatform(database.db);
  issuers = createIssuers({ db: database.db, clock, outbound });
});
afterEach(async () => {
  await outbound.close();
  await provider.close();
  await database.close();
});

const register = (changes: Partial<NewIssuer> = {}) =>
  createIssuer(
    database.db,
    { ids: testIds, outbound },
    {
      platformId,
      issuer: provider.url,
      jwksUrl: provider.jwksUrl,
      audience: 'farebox',
      algorithms: ['RS256'],
      userClaim: 'sub',
      platformClaim: null,
      planClaim: null,
      ...changes,
    },
  );

const claims = (changes: object = {}) => ({
  sub: 'user_1',
  aud: 'farebox',
  exp: nowSeconds() + 300,
  ...changes,
});
const refused = (code: string, status = 401) => expect.objectContaining({ code, status });

describe('a token of an issuer of one platform', () => {
  beforeEach(() => register());

  test('speaks for its user on that platform', async () => {
    const bearer = await issuers.verify(provider.token(claims()));
    expect(bearer).toEqual({ platformId, userId: 'user_1' });
  });

  test('may have the platform among several audiences', async () => {
    const token = provider.token(claims({ aud: ['other', 'farebox'] }));
    expect(await issuers.verify(token)).toMatchObject({ platformId });
  });

  test.each([
    ['token_expired', () => ({ exp: nowSeconds() - 61 })],
    ['token_not_yet_valid', () => ({ nbf: nowSeconds() + 62 })],
    ['token_audience_wrong', () => ({ aud: 'somebody-else' })],
    ['token_audience_wrong', () => ({ aud: undefined })],
    ['token_issuer_unknown', () => ({ iss: 'https://other.example/' })],
    ['token_issuer_unknown', () => ({ iss: provider.url.slice(0, -1) })],
    ['token_claims_invalid', () => ({ exp: undefined })],
    ['token_claims_invalid', () => ({ exp: 'tomorrow' })],
    ['token_user_missing', () => ({ sub: undefined })],
    ['token_user_missing', () => ({ sub: 7 })],
    ['token_user_missing', () => ({ sub: 'x'.repeat(256) })],
    ['token_malformed', () => ({ iss: 7 })],
    ['token_malformed', () => ({ pad: 'x'.repeat(9_000) })],
  ])('is refused with %s, case %#', async (code, changes) => {
    await expect(issuers.verify(provider.token(claims(changes())))).rejects.toThrow(refused(code));
  });

  test('is good within a minute of clocks that differ', async () => {
    const early = claims({ nbf: nowSeconds() + 50 });
    const late = claims({ exp: nowSeconds() - 50 });
    for (const each of [early, late]) {
      expect(await issuers.verify(provider.token(each))).toMatchObject({ userId: 'user_1' });
    }
  });

  test('without a signature is refused', async () => {
    const token = provider.token(claims(), { header: { alg: 'none' } });
    await expect(issuers.verify(token)).rejects.toThrow(refused('token_algorithm_refused'));
  });

  test('signed with the public key as if it were a secret is refused', async () => {
    const pem = provider.keys[0]?.publicKey.export({ format: 'pem', type: 'spki' }) as string;
    const options = { header: { alg: 'HS256' }, hmacSecret: pem };
    await expect(issuers.verify(provider.token(claims(), options))).rejects.toThrow(
      refused('token_algorithm_refused'),
    );
    const disguised = { hmacSecret: pem };
    await expect(issuers.verify(provider.token(claims(), disguised))).rejects.toThrow(
      refused('token_signature_invalid'),
    );
  });

  test('signed with an algorithm that its issuer is not registered with is refused', async () => {
    const key = makeSigningKey('ES256');
    provider.keys.push(key);
    await expect(issuers.verify(provider.token(claims(), { key }))).rejects.toThrow(
      refused('token_algorithm_refused'),
    );
  });

  test('that was changed on its way is refused', async () => {
    const [head, , signature] = provider.token(claims()).split('.');
    const [, other] = provider.token(claims({ sub: 'user_2' })).split('.');
    await expect(issuers.verify(`${head}.${other}.${signature}`)).rejects.toThrow(
      refused('token_signature_invalid'),
    );
  });

  test('signed with a key of its own under a known name is refused', async () => {
    const key = { ...makeSigningKey(), kid: provider.keys[0]?.kid ?? '' };
    await expect(issuers.verify(provider.token(claims(), { key }))).rejects.toThrow(
      refused('token_signature_invalid'),
    );
  });

  test('that brings its key along is not believed for that', async () => {
    const key = makeSigningKey();
    const jwk = key.publicKey.export({ format: 'jwk' });
    const header = { jwk, jku: 'https://evil.example/jwks' };
    await expect(issuers.verify(provider.token(claims(), { key, header }))).rejects.toThrow(
      refused('token_key_unknown'),
    );
  });

  test.each(['', 'x', 'a.b.c', '..', '{}', `${'a'.repeat(100)}.${'b'.repeat(100)}.c`])(
    'is not %j',
    async (text) => {
      await expect(issuers.verify(text)).rejects.toThrow(refused('token_malformed'));
    },
  );

  test('is no longer believed when the issuer was disabled', async () => {
    await database.db.query(`update issuer set status = 'disabled'`);
    await expect(issuers.verify(provider.token(claims()))).rejects.toThrow(
      refused('token_issuer_unknown'),
    );
  });

  test('is of no use on a suspended platform', async () => {
    await database.db.query(`update platform set status = 'suspended'`);
    await expect(issuers.verify(provider.token(claims()))).rejects.toThrow(
      refused('account_suspended', 403),
    );
  });
});

describe('the keys of an issuer', () => {
  beforeEach(() => register());

  test('are asked for once, however many tokens come', async () => {
    await Promise.all([1, 2, 3, 4].map(() => issuers.verify(provider.token(claims()))));
    await issuers.verify(provider.token(claims()));
    expect(provider.asked).toBe(1);
  });

  test('may be changed: a token with the new one is good at once', async () => {
    await issuers.verify(provider.token(claims()));
    laterMs = LOOK_AGAIN_MS;
    provider.keys.unshift(makeSigningKey());
    expect(await issuers.verify(provider.token(claims()))).toMatchObject({ userId: 'user_1' });
    expect(provider.asked).toBe(2);
  });

  test('are not asked for again and again by tokens with names that nobody knows', async () => {
    await issuers.verify(provider.token(claims()));
    laterMs = LOOK_AGAIN_MS;
    for (let no = 0; no < 20; no += 1) {
      const token = provider.token(claims(), { header: { kid: `made-up-${no}` } });
      await expect(issuers.verify(token)).rejects.toThrow(refused('token_key_unknown'));
    }
    expect(provider.asked).toBe(2);
  });

  test('are forgotten in time: a key that was taken back is refused then', async () => {
    const stolen = provider.token(claims({ exp: nowSeconds() + 3_600 }));
    await issuers.verify(stolen);
    provider.keys.splice(0, 1, makeSigningKey());
    laterMs = KEYS_AGE_MS;
    await expect(issuers.verify(stolen)).rejects.toThrow(refused('token_key_unknown'));
  });

  test('that cannot be read are no reason to say that a token is wrong', async () => {
    provider.breakWith(500);
    const verify = () => issuers.verify(provider.token(claims()));
    await expect(verify()).rejects.toThrow(refused('token_issuer_unavailable', 503));
    await expect(verify()).rejects.toThrow(refused('token_issuer_unavailable', 503));
    expect(provider.asked).toBe(1);
    provider.breakWith(undefined);
    laterMs = 5_000;
    expect(await verify()).toMatchObject({ userId: 'user_1' });
  });

  test('of two kinds work side by side', async () => {
    await database.db.query(`update issuer set algorithms = '{RS256,ES256}'`);
    const key = makeSigningKey('ES256');
    provider.keys.push(key);
    expect(await issuers.verify(provider.token(claims(), { key }))).toMatchObject({ platformId });
    expect(await issuers.verify(provider.token(claims()))).toMatchObject({ platformId });
  });
});

describe('a shared issuer', () => {
  beforeEach(() =>
    register({ platformId: null, platformClaim: 'platform', planClaim: 'public_metadata.plan' }),
  );
  const verify = (changes: object) => issuers.verify(provider.token(claims(changes)));

  test('speaks for the platform that the token names, by slug or by id', async () => {
    for (const platform of [`test-${platformId}`, formatRowId('plt', platformId)]) {
      expect(await verify({ platform })).toEqual({ platformId, userId: 'user_1' });
    }
  });

  test('tells the plan, where the token has one', async () => {
    const platform = `test-${platformId}`;
    const bearer = await verify({ platform, public_metadata: { plan: 'paid' } });
    expect(bearer.plan).toBe('paid');
    expect(await verify({ platform, public_metadata: 'paid' })).not.toHaveProperty('plan');
    expect((await verify({ platform, 'public_metadata.plan': 'flat' })).plan).toBe('flat');
  });

  test('speaks for nobody when the token names no platform', async () => {
    await expect(verify({})).rejects.toThrow(refused('token_platform_missing'));
    await expect(verify({ platform: 7 })).rejects.toThrow(refused('token_platform_missing'));
  });

  test('speaks for no platform that there is not', async () => {
    await expect(verify({ platform: 'elsewhere' })).rejects.toThrow(
      refused('token_platform_wrong'),
    );
  });
});

describe('platforms with one issuer between them', () => {
  test('are told apart by the audience', async () => {
    const other = await openPlatform(database.db);
    await register();
    await register({ platformId: other, audience: 'other' });
    expect(await issuers.verify(provider.token(claims()))).toMatchObject({ platformId });
    const token = provider.token(claims({ aud: 'other' }));
    expect(await issuers.verify(token)).toMatchObject({ platformId: other });
    await expect(issuers.verify(token, platformId)).rejects.toThrow(
      refused('token_audience_wrong'),
    );
  });

  test('cannot speak for each other, whatever their tokens claim', async () => {
    const victim = await openPlatform(database.db);
    await register({ platformClaim: 'platform' });
    const token = provider.token(claims({ platform: `test-${victim}` }));
    await expect(issuers.verify(token)).rejects.toThrow(refused('token_platform_wrong'));
  });

  test('gain nothing by registering the issuer of another with keys of their own', async () => {
    const evil = await startIdentityProvider();
    const open = createOutbound({ allowedHosts: [provider.host, evil.host] });
    const attacker = await openPlatform(database.db);
    await register();
    await createIssuer(
      database.db,
      { ids: testIds, outbound: open },
      {
        ...{ platformId: attacker, issuer: provider.url, jwksUrl: evil.jwksUrl },
        ...{ audience: 'farebox', algorithms: ['RS256'], userClaim: 'sub' },
        ...{ platformClaim: null, planClaim: null },
      },
    );
    const both = createIssuers({ db: database.db, clock, outbound: open });
    const forged = evil.token({ ...claims(), iss: provider.url });
    expect(await both.verify(forged)).toMatchObject({ platformId: attacker });
    await expect(both.verify(forged, platformId)).rejects.toMatchObject({ status: 401 });
    expect(await both.verify(provider.token(claims()))).toMatchObject({ platformId });
    await open.close();
    await evil.close();
  });
});

describe('registering', () => {
  test('refuses an address that the seller has no business with', async () => {
    for (const jwksUrl of ['http://id.example.com/jwks', 'https://169.254.169.254/latest']) {
      await expect(register({ jwksUrl })).rejects.toThrow(refused('address_refused', 422));
    }
  });

  test('asks for what says whom a token is for', async () => {
    await expect(register({ audience: null })).rejects.toThrow(refused('issuer_unbound', 422));
    await expect(register({ platformId: null })).rejects.toThrow(refused('issuer_unbound', 422));
  });

  test('is done once a platform', async () => {
    await register();
    await expect(register()).rejects.toThrow(refused('issuer_exists', 409));
    const other = await openPlatform(database.db);
    expect(await register({ platformId: other })).toMatchObject({ platformId: other });
  });

  test('takes no algorithm whose key both sides know', async () => {
    await expect(register({ algorithms: ['HS256' as 'RS256'] })).rejects.toThrow(/check/);
  });
});
