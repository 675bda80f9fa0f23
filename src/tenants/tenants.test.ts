import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createPlan } from '../catalog/index.ts';
import { createIds, systemClock, systemRandom } from '../kernel/index.ts';
import {
  type Account,
  changeAccountLimits,
  createAccount,
  createKey,
  createPlatform,
  findAccount,
  findPlatform,
  hashKey,
  listAccounts,
  listKeys,
  listPlatforms,
  type NewAccount,
  type NewPlatform,
  type Platform,
  parseKey,
  revokeKey,
  setAccountPlan,
  setAccountStatus,
  setPlatformStatus,
} from './index.ts';

const ids = createIds(systemClock, systemRandom);
const made = { ids, random: systemRandom };
const usd = { code: 'USD', scale: 9 };
let database: TestDatabase;
let count = 0;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const newPlatform = (change: Partial<NewPlatform> = {}): NewPlatform => {
  count += 1;
  return { slug: `p-${count}`, name: 'P', keyPrefix: 'ptr_', units: [usd], ...change };
};
const openPlatform = (change: Partial<NewPlatform> = {}) =>
  createPlatform(database.db, ids, newPlatform(change));
const openAccount = (platform: Platform, account: Omit<NewAccount, 'platformId'>) =>
  database.db.transaction((tx) => createAccount(tx, ids, { platformId: platform.id, ...account }));

describe('a platform', () => {
  test('is opened with its units, the first of which is its default', async () => {
    const platform = await openPlatform({ units: [usd, { code: 'credit', scale: 3 }] });
    expect(platform).toMatchObject({
      status: 'active',
      keyPrefix: 'ptr_',
      defaultUnit: 'USD',
      timeZone: 'UTC',
      defaultOutputTokens: 4096,
    });
    const units = await database.db.query(
      'select code, scale from unit where platform_id = $1 order by code',
      [platform.id],
    );
    expect(units).toEqual([usd, { code: 'credit', scale: 3 }]);
    expect(await findPlatform(database.db, platform.slug)).toEqual(platform);
    expect(await listPlatforms(database.db)).toContainEqual(platform);
  });

  test('keeps its slug to itself', async () => {
    const { slug } = await openPlatform();
    await expect(openPlatform({ slug })).rejects.toMatchObject({
      code: 'platform_exists',
      status: 409,
    });
  });

  test.each<[string, Partial<NewPlatform>]>([
    ['slug', { slug: 'Not A Slug' }],
    ['name', { name: ' ' }],
    ['key_prefix', { keyPrefix: '-x' }],
    ['key_prefix', { keyPrefix: 'a'.repeat(21) }],
    ['units', { units: [usd, usd] }],
    ['units', { units: [{ code: 'USD', scale: 13 }] }],
    ['time_zone', { timeZone: 'Mars/Olympus' }],
    ['time_zone', { timeZone: '+02:00' }],
    ['default_output_tokens', { defaultOutputTokens: 0 }],
  ])('with a wrong %s is refused', async (param, change) => {
    await expect(openPlatform(change)).rejects.toMatchObject({ code: 'invalid_platform', param });
  });

  test('can be suspended and resumed', async () => {
    const { id, slug } = await openPlatform();
    expect((await setPlatformStatus(database.db, id, 'suspended')).status).toBe('suspended');
    await setPlatformStatus(database.db, id, 'active');
    expect((await findPlatform(database.db, slug))?.status).toBe('active');
  });
});

describe('an account', () => {
  test('comes with an empty wallet in the default unit of its platform', async () => {
    const platform = await openPlatform({ units: [{ code: 'call', scale: 0 }, usd] });
    const account = await openAccount(platform, { mail: 'Ann@Example.com ' });
    expect(account).toMatchObject({ mail: 'ann@example.com', name: 'ann@example.com' });
    const wallets = await database.db.query(
      'select id, unit, balance, held from wallet where account_id = $1',
      [account.id],
    );
    expect(wallets).toEqual([{ id: account.walletId, unit: 'call', balance: 0n, held: 0n }]);
  });

  test('is found by id, by mail in any spelling, and by its outside id', async () => {
    const platform = await openPlatform();
    const { walletId, ...account } = await openAccount(platform, {
      mail: 'bob@example.com',
      externalId: 'user_1',
    });
    for (const by of [{ id: account.id }, { mail: 'BOB@example.com' }, { externalId: 'user_1' }]) {
      expect(await findAccount(database.db, platform.id, by)).toEqual(account);
    }
    expect(walletId).not.toBe(account.id);
  });

  test('is not found from another platform, which may have one of the same name', async () => {
    const [one, two] = [await openPlatform(), await openPlatform()];
    const account = await openAccount(one, { mail: 'c@example.com' });
    expect(await findAccount(database.db, two.id, { id: account.id })).toBeUndefined();
    const other = await openAccount(two, { mail: 'c@example.com' });
    expect(other.id).not.toBe(account.id);
  });

  test('is opened only once for a mail address, also when two try at once', async () => {
    const platform = await openPlatform();
    const tries = await Promise.allSettled(
      Array.from({ length: 5 }, () => openAccount(platform, { mail: 'd@example.com' })),
    );
    const refused = tries.filter((t) => t.status === 'rejected').map((t) => t.reason.code);
    expect(refused).toEqual(Array(4).fill('account_exists'));
    await openAccount(platform, { externalId: 'x' });
    await expect(openAccount(platform, { externalId: 'x', mail: 'e@x.y' })).rejects.toMatchObject({
      code: 'account_exists',
    });
  });

  test.each([{}, { mail: 'nobody' }, { mail: 'a b@c' }, { externalId: '' }])(
    'needs a usable name: %j is refused',
    async (names) => {
      const platform = await openPlatform();
      await expect(openAccount(platform, names)).rejects.toMatchObject({ code: 'invalid_account' });
    },
  );

  test('cannot be opened on a platform that is not there', async () => {
    const missing = { ...(await openPlatform()), id: 1n };
    await expect(openAccount(missing, { mail: 'a@b.c' })).rejects.toMatchObject({
      code: 'platform_not_found',
    });
  });

  test('is suspended and resumed by its own platform only', async () => {
    const [platform, stranger] = [await openPlatform(), await openPlatform()];
    const { id } = await openAccount(platform, { mail: 'f@example.com' });
    await expect(setAccountStatus(database.db, stranger.id, id, 'suspended')).rejects.toMatchObject(
      { code: 'account_not_found' },
    );
    expect((await setAccountStatus(database.db, platform.id, id, 'suspended')).status).toBe(
      'suspended',
    );
    expect((await setAccountStatus(database.db, platform.id, id, 'active')).status).toBe('active');
  });

  test('is put on a plan of its own platform only, and limited by nobody else', async () => {
    const [platform, stranger] = [await openPlatform(), await openPlatform()];
    const { id } = await openAccount(platform, { mail: 'p@example.com' });
    const { db } = database;
    const planOf = async ({ id: platformId }: Platform) =>
      (await createPlan(db, made.ids, { platformId, slug: 'pro', name: 'Pro' })).id;
    const [own, foreign] = [await planOf(platform), await planOf(stranger)];
    expect((await setAccountPlan(db, platform.id, id, own)).plan).toBe('pro');
    await expect(setAccountPlan(db, platform.id, id, foreign)).rejects.toMatchObject({
      code: 'plan_not_found',
    });
    const notFound = { code: 'account_not_found' };
    await expect(setAccountPlan(db, stranger.id, id, foreign)).rejects.toMatchObject(notFound);
    const limit = changeAccountLimits(db, stranger.id, id, { requests_per_day: 1n });
    await expect(limit).rejects.toMatchObject(notFound);
    const account = await findAccount(db, platform.id, { id });
    expect(account).toMatchObject({ plan: 'pro', limits: {} });
  });

  test('is listed page by page', async () => {
    const platform = await openPlatform();
    const opened: bigint[] = [];
    for (const externalId of ['a', 'b', 'c']) {
      opened.push((await openAccount(platform, { externalId })).id);
    }
    const page = async (after: bigint): Promise<bigint[]> =>
      (await listAccounts(database.db, platform.id, { after, limit: 2 })).map((a: Account) => a.id);
    expect(await page(0n)).toEqual(opened.slice(0, 2));
    expect(await page(opened[1] ?? 0n)).toEqual(opened.slice(2));
  });
});

describe('a key', () => {
  const open = async () => {
    const platform = await openPlatform({ keyPrefix: 'pp_live-' });
    const account = await openAccount(platform, { mail: 'k@example.com' });
    return { platformId: platform.id, accountId: account.id };
  };

  test('has the prefix of its platform and is stored as hash and preview only', async () => {
    const owner = await open();
    const key = await createKey(database.db, made, {
      ...owner,
      name: 'ci',
      limits: { requests_per_minute: 600n },
    });
    expect(parseKey(key.text)?.prefix).toBe('pp_live-');
    const [row] = await database.db.query<{ hash: Buffer; whole: string }>(
      'select hash, k::text as whole from api_key k where id = $1',
      [key.id],
    );
    expect(row?.hash.toString('hex')).toBe(hashKey(key.text));
    expect(row?.whole).not.toContain(key.text.slice(12, -4));
    const { text, ...listed } = key;
    expect(await listKeys(database.db, owner.platformId, owner)).toEqual([listed]);
    expect(JSON.stringify({ ...listed, id: 0, accountId: 0, limits: {} })).not.toContain(text);
  });

  test('is revoked for good, and only by its own platform', async () => {
    const owner = await open();
    const key = await createKey(database.db, made, { ...owner, name: 'k' });
    const stranger = await open();
    await expect(revokeKey(database.db, stranger.platformId, key.id)).rejects.toMatchObject({
      code: 'key_not_found',
    });
    expect((await revokeKey(database.db, owner.platformId, key.id)).status).toBe('revoked');
    expect((await revokeKey(database.db, owner.platformId, key.id)).status).toBe('revoked');
  });

  test('is not made for an account of another platform', async () => {
    const [owner, stranger] = [await open(), await open()];
    const mixed = { platformId: owner.platformId, accountId: stranger.accountId, name: 'k' };
    await expect(createKey(database.db, made, mixed)).rejects.toMatchObject({
      code: 'account_not_found',
    });
  });

  test.each([{ name: '' }, { name: ' ' }, { name: 'k'.repeat(101) }])(
    'with %j is refused',
    async (change) => {
      const owner = await open();
      await expect(createKey(database.db, made, { ...owner, ...change })).rejects.toMatchObject({
        code: 'invalid_key',
      });
    },
  );
});
