import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { makeSigningKey } from '../../../test/identity-provider.ts';
import { type IssuerBench, openIssuerBench } from '../../../test/issuer-bench.ts';
import { KEYS_AGE_MS, LOOK_AGAIN_MS } from './key-sets.ts';

let database: TestDatabase;
let bench: IssuerBench;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  bench = await openIssuerBench(database.db);
});
afterEach(() => bench.close());

const refused = (code: string, status = 401) => expect.objectContaining({ code, status });

describe('a token of an issuer of one platform', () => {
  beforeEach(() => bench.register());

  test('speaks for its user on that platform', async () => {
    const bearer = await bench.issuers.verify(bench.provider.token(bench.claims()));
    expect(bearer).toEqual({ platformId: bench.platformId, userId: 'user_1' });
  });

  test('may have the platform among several audiences', async () => {
    const token = bench.provider.token(bench.claims({ aud: ['other', 'farebox'] }));
    expect(await bench.issuers.verify(token)).toMatchObject({ platformId: bench.platformId });
  });

  test.each([
    ['token_expired', () => ({ exp: bench.nowSeconds() - 61 })],
    ['token_not_yet_valid', () => ({ nbf: bench.nowSeconds() + 62 })],
    ['token_audience_wrong', () => ({ aud: 'somebody-else' })],
    ['token_audience_wrong', () => ({ aud: undefined })],
    ['token_issuer_unknown', () => ({ iss: 'https://other.example/' })],
    ['token_issuer_unknown', () => ({ iss: bench.provider.url.slice(0, -1) })],
    ['token_claims_invalid', () => ({ exp: undefined })],
    ['token_claims_invalid', () => ({ exp: 'tomorrow' })],
    ['token_user_missing', () => ({ sub: undefined })],
    ['token_user_missing', () => ({ sub: 7 })],
    ['token_user_missing', () => ({ sub: 'x'.repeat(256) })],
    ['token_malformed', () => ({ iss: 7 })],
    ['token_malformed', () => ({ pad: 'x'.repeat(9_000) })],
  ])('is refused with %s, case %#', async (code, changes) => {
    await expect(
      bench.issuers.verify(bench.provider.token(bench.claims(changes()))),
    ).rejects.toThrow(refused(code));
  });

  test('is good within a minute of clocks that differ', async () => {
    const early = bench.claims({ nbf: bench.nowSeconds() + 50 });
    const late = bench.claims({ exp: bench.nowSeconds() - 50 });
    for (const each of [early, late]) {
      expect(await bench.issuers.verify(bench.provider.token(each))).toMatchObject({
        userId: 'user_1',
      });
    }
  });

  test('without a signature is refused', async () => {
    const token = bench.provider.token(bench.claims(), { header: { alg: 'none' } });
    await expect(bench.issuers.verify(token)).rejects.toThrow(refused('token_algorithm_refused'));
  });

  test('signed with the public key as if it were a secret is refused', async () => {
    const pem = bench.provider.keys[0]?.publicKey.export({ format: 'pem', type: 'spki' }) as string;
    const options = { header: { alg: 'HS256' }, hmacSecret: pem };
    await expect(
      bench.issuers.verify(bench.provider.token(bench.claims(), options)),
    ).rejects.toThrow(refused('token_algorithm_refused'));
    const disguised = { hmacSecret: pem };
    await expect(
      bench.issuers.verify(bench.provider.token(bench.claims(), disguised)),
    ).rejects.toThrow(refused('token_signature_invalid'));
  });

  test('signed with an algorithm that its issuer is not registered with is refused', async () => {
    const key = makeSigningKey('ES256');
    bench.provider.keys.push(key);
    await expect(
      bench.issuers.verify(bench.provider.token(bench.claims(), { key })),
    ).rejects.toThrow(refused('token_algorithm_refused'));
  });

  test('that was changed on its way is refused', async () => {
    const [head, , signature] = bench.provider.token(bench.claims()).split('.');
    const [, other] = bench.provider.token(bench.claims({ sub: 'user_2' })).split('.');
    await expect(bench.issuers.verify(`${head}.${other}.${signature}`)).rejects.toThrow(
      refused('token_signature_invalid'),
    );
  });

  test('signed with a key of its own under a known name is refused', async () => {
    const key = { ...makeSigningKey(), kid: bench.provider.keys[0]?.kid ?? '' };
    await expect(
      bench.issuers.verify(bench.provider.token(bench.claims(), { key })),
    ).rejects.toThrow(refused('token_signature_invalid'));
  });

  test('that brings its key along is not believed for that', async () => {
    const key = makeSigningKey();
    const jwk = key.publicKey.export({ format: 'jwk' });
    const header = { jwk, jku: 'https://evil.example/jwks' };
    await expect(
      bench.issuers.verify(bench.provider.token(bench.claims(), { key, header })),
    ).rejects.toThrow(refused('token_key_unknown'));
  });

  test.each(['', 'x', 'a.b.c', '..', '{}', `${'a'.repeat(100)}.${'b'.repeat(100)}.c`])(
    'is not %j',
    async (text) => {
      await expect(bench.issuers.verify(text)).rejects.toThrow(refused('token_malformed'));
    },
  );

  test('is no longer believed when the issuer was disabled', async () => {
    await bench.db.query(`update issuer set status = 'disabled'`);
    await expect(bench.issuers.verify(bench.provider.token(bench.claims()))).rejects.toThrow(
      refused('token_issuer_unknown'),
    );
  });

  test('is of no use on a suspended platform', async () => {
    await bench.db.query(`update platform set status = 'suspended'`);
    await expect(bench.issuers.verify(bench.provider.token(bench.claims()))).rejects.toThrow(
      refused('account_suspended', 403),
    );
  });
});

describe('the keys of an issuer', () => {
  beforeEach(() => bench.register());

  test('are asked for once, however many tokens come', async () => {
    await Promise.all(
      [1, 2, 3, 4].map(() => bench.issuers.verify(bench.provider.token(bench.claims()))),
    );
    await bench.issuers.verify(bench.provider.token(bench.claims()));
    expect(bench.provider.asked).toBe(1);
  });

  test('may be changed: a token with the new one is good at once', async () => {
    await bench.issuers.verify(bench.provider.token(bench.claims()));
    bench.setLater(LOOK_AGAIN_MS);
    bench.provider.keys.unshift(makeSigningKey());
    expect(await bench.issuers.verify(bench.provider.token(bench.claims()))).toMatchObject({
      userId: 'user_1',
    });
    expect(bench.provider.asked).toBe(2);
  });

  test('are not asked for again and again by tokens with names that nobody knows', async () => {
    await bench.issuers.verify(bench.provider.token(bench.claims()));
    bench.setLater(LOOK_AGAIN_MS);
    for (let no = 0; no < 20; no += 1) {
      const token = bench.provider.token(bench.claims(), { header: { kid: `made-up-${no}` } });
      await expect(bench.issuers.verify(token)).rejects.toThrow(refused('token_key_unknown'));
    }
    expect(bench.provider.asked).toBe(2);
  });

  test('are forgotten in time: a key that was taken back is refused then', async () => {
    const stolen = bench.provider.token(bench.claims({ exp: bench.nowSeconds() + 3_600 }));
    await bench.issuers.verify(stolen);
    bench.provider.keys.splice(0, 1, makeSigningKey());
    bench.setLater(KEYS_AGE_MS);
    await expect(bench.issuers.verify(stolen)).rejects.toThrow(refused('token_key_unknown'));
  });

  test('that cannot be read are no reason to say that a token is wrong', async () => {
    bench.provider.breakWith(500);
    const verify = () => bench.issuers.verify(bench.provider.token(bench.claims()));
    await expect(verify()).rejects.toThrow(refused('token_issuer_unavailable', 503));
    await expect(verify()).rejects.toThrow(refused('token_issuer_unavailable', 503));
    expect(bench.provider.asked).toBe(1);
    bench.provider.breakWith(undefined);
    bench.setLater(5_000);
    expect(await verify()).toMatchObject({ userId: 'user_1' });
  });

  test('of two kinds work side by side', async () => {
    await bench.db.query(`update issuer set algorithms = '{RS256,ES256}'`);
    const key = makeSigningKey('ES256');
    bench.provider.keys.push(key);
    expect(await bench.issuers.verify(bench.provider.token(bench.claims(), { key }))).toMatchObject(
      { platformId: bench.platformId },
    );
    expect(await bench.issuers.verify(bench.provider.token(bench.claims()))).toMatchObject({
      platformId: bench.platformId,
    });
  });
});
