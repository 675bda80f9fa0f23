import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testIds } from '../../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { startIdentityProvider } from '../../../test/identity-provider.ts';
import { type IssuerBench, issuerOf, openIssuerBench } from '../../../test/issuer-bench.ts';
import { openPlatform } from '../../../test/platforms.ts';
import { createOutbound } from '../../http/index.ts';
import { formatRowId } from '../../kernel/index.ts';
import { createIssuer } from './issuer-rows.ts';
import { createIssuers } from './issuers.ts';

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

describe('a shared issuer', () => {
  beforeEach(() =>
    bench.register({
      platformId: null,
      platformClaim: 'platform',
      planClaim: 'public_metadata.plan',
    }),
  );
  const verify = (changes: object) =>
    bench.issuers.verify(bench.provider.token(bench.claims(changes)));

  test('speaks for the platform that the token names, by slug or by id', async () => {
    for (const platform of [`test-${bench.platformId}`, formatRowId('plt', bench.platformId)]) {
      expect(await verify({ platform })).toEqual({
        platformId: bench.platformId,
        userId: 'user_1',
      });
    }
  });

  test('tells the plan, where the token has one', async () => {
    const platform = `test-${bench.platformId}`;
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
    const other = await openPlatform(bench.db);
    await bench.register();
    await bench.register({ platformId: other, audience: 'other' });
    expect(await bench.issuers.verify(bench.provider.token(bench.claims()))).toMatchObject({
      platformId: bench.platformId,
    });
    const token = bench.provider.token(bench.claims({ aud: 'other' }));
    expect(await bench.issuers.verify(token)).toMatchObject({ platformId: other });
    await expect(bench.issuers.verify(token, bench.platformId)).rejects.toThrow(
      refused('token_audience_wrong'),
    );
  });

  test('cannot speak for each other, whatever their tokens claim', async () => {
    const victim = await openPlatform(bench.db);
    await bench.register({ platformClaim: 'platform' });
    const token = bench.provider.token(bench.claims({ platform: `test-${victim}` }));
    await expect(bench.issuers.verify(token)).rejects.toThrow(refused('token_platform_wrong'));
  });

  test('gain nothing by registering the issuer of another with keys of their own', async () => {
    const evil = await startIdentityProvider();
    const open = createOutbound({ allowedHosts: [bench.provider.host, evil.host] });
    const attacker = await openPlatform(bench.db);
    await bench.register();
    const theirs = { url: bench.provider.url, jwksUrl: evil.jwksUrl };
    const rights = { ids: testIds, outbound: open };
    await createIssuer(bench.db, rights, issuerOf(theirs, attacker));
    const both = createIssuers({ ...bench, outbound: open });
    const forged = evil.token({ ...bench.claims(), iss: bench.provider.url });
    expect(await both.verify(forged)).toMatchObject({ platformId: attacker });
    await expect(both.verify(forged, bench.platformId)).rejects.toMatchObject({ status: 401 });
    expect(await both.verify(bench.provider.token(bench.claims()))).toMatchObject({
      platformId: bench.platformId,
    });
    await open.close();
    await evil.close();
  });
});

describe('registering', () => {
  test('refuses an address that the seller has no business with', async () => {
    for (const jwksUrl of ['http://id.example.com/jwks', 'https://169.254.169.254/latest']) {
      await expect(bench.register({ jwksUrl })).rejects.toThrow(refused('address_refused', 422));
    }
  });

  test('asks for what says whom a token is for', async () => {
    await expect(bench.register({ audience: null })).rejects.toThrow(
      refused('issuer_unbound', 422),
    );
    await expect(bench.register({ platformId: null })).rejects.toThrow(
      refused('issuer_unbound', 422),
    );
  });

  test('is done once a platform', async () => {
    await bench.register();
    await expect(bench.register()).rejects.toThrow(refused('issuer_exists', 409));
    const other = await openPlatform(bench.db);
    expect(await bench.register({ platformId: other })).toMatchObject({ platformId: other });
  });

  test('takes no algorithm whose key both sides know', async () => {
    await expect(bench.register({ algorithms: ['HS256' as 'RS256'] })).rejects.toThrow(/check/);
  });
});
