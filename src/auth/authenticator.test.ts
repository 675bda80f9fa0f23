import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { changePlanLimits, createPlan } from '../catalog/index.ts';
import type { Queryable } from '../db/index.ts';
import { createIds, systemClock, systemRandom } from '../kernel/index.ts';
import { rulesOf } from '../limits/index.ts';
import {
  changeAccountLimits,
  createAccount,
  createKey,
  createPlatform,
  makeKey,
  type NewKey,
  revokeKey,
  setAccountPlan,
  setAccountStatus,
  setPlatformStatus,
} from '../tenants/index.ts';
import { type Authenticator, createAuthenticator } from './index.ts';

const ids = createIds(systemClock, systemRandom);
let database: TestDatabase;
let nowMs: number;
let queries: number;
let gate: Promise<void> | undefined;
let auth: Authenticator;
let count = 0;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(() => {
  nowMs = systemClock.nowMs();
  queries = 0;
  gate = undefined;
  const db: Queryable = {
    query: async <Row>(text: string, values?: readonly unknown[]) => {
      queries += 1;
      const rows = await database.db.query<Row>(text, values);
      await gate;
      return rows;
    },
  };
  const clock = { ...systemClock, nowMs: () => nowMs, monotonicMs: () => nowMs };
  auth = createAuthenticator({ db, clock });
  auth.setTold(true);
});

async function openKey(change: Partial<NewKey> = {}) {
  count += 1;
  const { db } = database;
  const platform = await createPlatform(db, ids, {
    slug: `p-${count}`,
    name: 'P',
    keyPrefix: 'pp_live-',
    units: [
      { code: 'USD', scale: 9 },
      { code: 'credit', scale: 3 },
    ],
    timeZone: 'Asia/Kolkata',
  });
  const account = await db.transaction((tx) =>
    createAccount(tx, ids, { platformId: platform.id, mail: 'a@example.com' }),
  );
  const owner = { platformId: platform.id, accountId: account.id };
  const made = { ids, random: systemRandom };
  const key = await createKey(db, made, { ...owner, name: 'k', ...change });
  return { platform, account, key, bearer: { authorization: `Bearer ${key.text}` } };
}

const call = async (headers: object) => auth.authenticate(headers);
const refusal = async (headers: object) => {
  const outcome = await call(headers).then(
    () => 'admitted',
    (error) => `${error.status} ${error.code}`,
  );
  return outcome;
};
const INVALID = '401 INVALID_TOKEN';

describe('a caller', () => {
  test('is its key, account, platform, wallets and limit, from one query', async () => {
    const { platform, account, key, bearer } = await openKey({
      limits: { requests_per_minute: 600n },
    });
    expect(await call(bearer)).toEqual({
      keyId: key.id,
      accountId: account.id,
      platformId: platform.id,
      platform: {
        slug: platform.slug,
        defaultUnit: 'USD',
        scales: new Map([
          ['USD', 9],
          ['credit', 3],
        ]),
        defaultOutputTokens: 4096,
        minOutputTokens: 256,
        logBodies: 'off',
        logRedact: [],
        logKeepDays: 30,
        timeZone: 'Asia/Kolkata',
      },
      wallets: new Map([['USD', account.walletId]]),
      planId: undefined,
      scopes: ['call'],
      models: undefined,
      addresses: undefined,
      isTest: false,
      rules: rulesOf({ key: { requests_per_minute: 600n }, account: {}, plan: {} }),
    });
    expect(queries).toBe(1);
  });

  test('is known at once, without waiting, for ten seconds', async () => {
    const { bearer } = await openKey();
    const first = await call(bearer);
    nowMs += 9_999;
    expect(auth.authenticate(bearer)).toBe(first);
    expect(queries).toBe(1);
    nowMs += 2;
    expect(await auth.authenticate(bearer)).toEqual(first);
    expect(queries).toBe(2);
  });

  test('is looked up once when a hundred calls come at the same time', async () => {
    const { bearer } = await openKey();
    await Promise.all(Array.from({ length: 100 }, () => call(bearer)));
    expect(queries).toBe(1);
  });

  test('without a limit of its key has none', async () => {
    const { bearer } = await openKey();
    expect((await call(bearer)).rules).toEqual([]);
  });
});

describe('a key is refused', () => {
  test('when its checksum is wrong, without asking the database', async () => {
    const { key } = await openKey();
    expect(await refusal({ 'x-api-key': `${key.text.slice(0, -1)}!` })).toBe(INVALID);
    expect(await refusal({ authorization: 'Bearer My API Key' })).toBe(INVALID);
    expect(await refusal({})).toBe('401 MISSING_AUTH_HEADER');
    expect(queries).toBe(0);
  });

  test('when nobody has it, and the database is asked once a second for it', async () => {
    const bearer = { authorization: `Bearer ${makeKey('ptr_', systemRandom)}` };
    expect(await refusal(bearer)).toBe(INVALID);
    expect(await refusal(bearer)).toBe(INVALID);
    expect(queries).toBe(1);
    nowMs += 1_001;
    expect(await refusal(bearer)).toBe(INVALID);
    expect(queries).toBe(2);
  });

  test('when it is revoked: at once where it was forgotten, in ten seconds elsewhere', async () => {
    const { platform, key, bearer } = await openKey();
    await call(bearer);
    await revokeKey(database.db, platform.id, key.id);
    expect(await refusal(bearer)).toBe('admitted');
    auth.forget(key.id);
    expect(await refusal(bearer)).toBe(INVALID);
  });

  test.each<[string, (account: bigint, platform: bigint) => void]>([
    ['its account', (account) => auth.forgetAccount(account)],
    ['its platform', (_, platform) => auth.forgetPlatform(platform)],
    ['every key', () => auth.forgetAll()],
  ])(
    'when its account is suspended, and no longer: at once where %s was forgotten',
    async (_, forget) => {
      const { platform, account, bearer } = await openKey();
      const other = await openKey();
      const { db } = database;
      await call(bearer);
      await call(other.bearer);
      await setAccountStatus(db, platform.id, account.id, 'suspended');
      auth.forgetAccount(other.account.id);
      auth.forgetPlatform(other.platform.id);
      expect(await refusal(bearer)).toBe('admitted');
      forget(account.id, platform.id);
      expect(await refusal(bearer)).toBe('403 account_suspended');
      await setAccountStatus(db, platform.id, account.id, 'active');
      expect(await refusal(bearer)).toBe('403 account_suspended');
      forget(account.id, platform.id);
      expect(await refusal(bearer)).toBe('admitted');
    },
  );

  test('when it was forgotten while its old answer was still on the way', async () => {
    const { platform, key, bearer } = await openKey();
    let open = () => {};
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const early = call(bearer);
    await expect.poll(() => queries).toBe(1);
    await revokeKey(database.db, platform.id, key.id);
    auth.forget(key.id);
    open();
    await early;
    expect(await refusal(bearer)).toBe(INVALID);
    expect(queries).toBe(2);
  });

  test('when it has expired: from that moment on the memory is not believed', async () => {
    const expired = await openKey({ expiresAt: new Date(nowMs - 1_000) });
    expect(await refusal(expired.bearer)).toBe(INVALID);
    const { key, bearer } = await openKey({ expiresAt: new Date(nowMs + 5_000) });
    expect(await refusal(bearer)).toBe('admitted');
    await database.db.query('update api_key set expires_at = now() where id = $1', [key.id]);
    expect(await refusal(bearer)).toBe('admitted');
    nowMs += 5_000;
    expect(await refusal(bearer)).toBe(INVALID);
  });

  test('with 403 while its account or its platform is suspended', async () => {
    const { platform, account, key, bearer } = await openKey();
    const { db } = database;
    await setAccountStatus(db, platform.id, account.id, 'suspended');
    expect(await refusal(bearer)).toBe('403 account_suspended');
    await setAccountStatus(db, platform.id, account.id, 'active');
    await setPlatformStatus(db, platform.id, 'suspended');
    auth.forget(key.id);
    expect(await refusal(bearer)).toBe('403 account_suspended');
    await setPlatformStatus(db, platform.id, 'active');
    nowMs += 1_001;
    expect(await refusal(bearer)).toBe('admitted');
  });
});

test('a caller has the limits of its key, account and plan, the least of each', async () => {
  const { db } = database;
  const limits = { requests_per_minute: 60n, budget_total: 9n };
  const { platform, account, key, bearer } = await openKey({ limits });
  const plan = { platformId: platform.id, slug: 'pro', name: 'Pro' };
  const planLimits = { requests_per_minute: 50n, tokens_per_day: 7n };
  const { id: planId } = await createPlan(db, ids, { ...plan, limits: planLimits });
  await setAccountPlan(db, platform.id, account.id, planId);
  await changeAccountLimits(db, platform.id, account.id, { requests_per_minute: 55n });
  const before = await call(bearer);
  expect(before.planId).toBe(planId);
  expect(before.rules.map(({ source, name, cap }) => [source, name, cap])).toEqual([
    ['key', 'budget_total', 9n],
    ['plan', 'tokens_per_day', 7n],
    ['key', 'requests_per_minute', 60n],
    ['plan', 'requests_per_minute', 50n],
  ]);
  expect(queries).toBe(1);
  await changePlanLimits(db, platform.id, planId, { tokens_per_day: null });
  auth.forgetPlan(key.id);
  expect(auth.authenticate(bearer)).toBe(before);
  auth.forgetPlan(planId);
  expect((await call(bearer)).rules).toHaveLength(3);
});

describe('the memory', () => {
  test('stays bounded under a flood of made-up keys and keeps the good ones', async () => {
    const empty: Queryable = { query: async () => [] };
    const clock = { ...systemClock, nowMs: () => nowMs, monotonicMs: () => nowMs };
    const flooded = createAuthenticator({ db: empty, clock });
    for (let i = 0; i < 10_500; i += 1) {
      const attempt = flooded.authenticate({ 'x-api-key': makeKey('ptr_', systemRandom) });
      await expect(attempt).rejects.toMatchObject({ code: 'INVALID_TOKEN' });
    }
    expect(flooded.size).toBe(10_000);
  });

  test('waits for a database that is away for a moment, and answers once it is back', async () => {
    const { bearer } = await openKey();
    let refusals = 2;
    const db: Queryable = {
      query: (text, values) => {
        refusals -= 1;
        const away = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
        return refusals >= 0 ? Promise.reject(away) : database.db.query(text, values);
      },
    };
    const patient = createAuthenticator({ db, clock: systemClock });
    expect(await patient.authenticate(bearer)).toMatchObject({ platform: { defaultUnit: 'USD' } });
  });

  test('does not keep a failure of the database', async () => {
    const { bearer } = await openKey();
    let down = true;
    const db: Queryable = {
      query: (text, values) =>
        down ? Promise.reject(new Error('gone')) : database.db.query(text, values),
    };
    const shaky = createAuthenticator({ db, clock: systemClock });
    await expect(shaky.authenticate(bearer)).rejects.toThrow('gone');
    down = false;
    expect(await shaky.authenticate(bearer)).toMatchObject({ platform: { defaultUnit: 'USD' } });
  });
});
