import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testIds } from '../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../test/database.ts';
import { type Authenticator, type Caller, createAuthenticator } from './auth/index.ts';
import {
  type Catalog,
  changePlanLimits,
  createCatalog,
  createPlan,
  createProduct,
  publishPrice,
} from './catalog/index.ts';
import type { Db } from './db/index.ts';
import { createLog, createSecretBox, systemClock, systemRandom } from './kernel/index.ts';
import { findOrOpenWallet } from './ledger/index.ts';
import {
  addUnit,
  changeAccountLimits,
  createAccount,
  createKey,
  createOrigins,
  createPlatform,
  setAccountPlan,
  setAccountStatus,
  setPlatformStatus,
} from './tenants/index.ts';
import { type ChangeWatch, watchChanges } from './watch-changes.ts';

const log = createLog('silent');
// Far below the minute after which a listening process reads the catalogue anyway, and below the
// ten seconds for which a key is believed.
const SOON = { timeout: 6_000 };
const PRICE = { component: 'input', fromContextTokens: 0n, amount: 5n, per: 1n } as const;

interface Memory {
  readonly catalog: Catalog;
  readonly authenticator: Authenticator;
  readonly watch: ChangeWatch;
}

let database: TestDatabase;
let platformId: bigint;
let memories: Memory[];
beforeEach(async () => {
  database = await openTestDatabase();
  const platform = await createPlatform(database.db, testIds, {
    slug: 'shop',
    name: 'Shop',
    keyPrefix: 'ptr_',
    units: [{ code: 'USD', scale: 9 }],
  });
  platformId = platform.id;
  memories = [];
});
afterEach(async () => {
  for (const { watch, catalog } of memories) {
    await watch.close();
    await catalog.close();
  }
  await database.close();
});

/** What one server process remembers. */
function remember(connection: Db['connection'] = database.db.connection): Memory {
  const { db } = database;
  const secrets = createSecretBox(systemRandom(32), systemRandom);
  const catalog = createCatalog({ db, secrets, clock: systemClock, log });
  const authenticator = createAuthenticator({ db, clock: systemClock });
  const origins = createOrigins({ db });
  const watch = watchChanges({ db: { connection }, catalog, authenticator, origins, log });
  const memory = { catalog, authenticator, watch };
  memories.push(memory);
  return memory;
}

async function listening(): Promise<Memory[]> {
  const both = [remember(), remember()];
  await expect.poll(() => both.every(({ watch }) => watch.isListening), SOON).toBe(true);
  await Promise.all(both.map(({ catalog }) => catalog.refresh(platformId)));
  return both;
}

const sell = (slug: string) =>
  createProduct(database.db, testIds, { platformId, slug, kind: 'chat' });

const publish = (productId: bigint, amount: bigint) =>
  publishPrice(database.db, testIds, {
    ...{ platformId, productId, unit: 'USD', source: 'test' },
    components: [{ ...PRICE, amount }],
  });

async function openKey() {
  const { db } = database;
  const account = await db.transaction((tx) =>
    createAccount(tx, testIds, { platformId, externalId: `${testIds.rowId()}` }),
  );
  const made = { ids: testIds, random: systemRandom };
  const key = await createKey(db, made, { platformId, accountId: account.id, name: 'test' });
  return { keyId: key.id, accountId: account.id, bearer: `Bearer ${key.text}` };
}

/** What each process makes of a key: its limit, or the code of the refusal. */
function judge(both: readonly Memory[], authorization: string): Promise<unknown[]> {
  return Promise.all(
    both.map(async ({ authenticator }) => {
      const seen = (async () => authenticator.authenticate({ authorization }))();
      return seen.then(
        (caller: Caller) => Number(caller.rules[0]?.cap ?? 0) || 'no limit',
        (error) => error.code,
      );
    }),
  );
}

async function pidsOfListeners(): Promise<number[]> {
  const rows = await database.db.query<{ pid: number }>(
    `select pid from pg_stat_activity
     where datname = current_database() and query = 'listen farebox_change'`,
  );
  return rows.map(({ pid }) => pid);
}

describe('every process learns at once', () => {
  test('of a new product, its price and the price after that', async () => {
    const both = await listening();
    const productId = await sell('new');
    const amounts = () =>
      both.map(
        ({ catalog }) => catalog.findProduct(platformId, 'new')?.price?.components[0]?.amount,
      );
    await publish(productId, 5n);
    await expect.poll(amounts, SOON).toEqual([5n, 5n]);
    await publish(productId, 7n);
    await expect.poll(amounts, SOON).toEqual([7n, 7n]);
    await database.db.query('update product set active = false where id = $1', [productId]);
    await expect.poll(amounts, SOON).toEqual([undefined, undefined]);
  });

  test('of a key that is limited, then revoked, and of one that is deleted', async () => {
    const both = await listening();
    const { keyId, bearer } = await openKey();
    expect(await judge(both, bearer)).toEqual(['no limit', 'no limit']);
    const change = (sql: string) => database.db.query(`${sql} where id = $1`, [keyId]);
    await change('update api_key set limits = \'{"requests_per_minute": "7"}\'');
    await expect.poll(() => judge(both, bearer), SOON).toEqual([7, 7]);
    await change(`update api_key set status = 'revoked'`);
    const refused = ['INVALID_TOKEN', 'INVALID_TOKEN'];
    await expect.poll(() => judge(both, bearer), SOON).toEqual(refused);
    const deleted = await openKey();
    expect(await judge(both, deleted.bearer)).toEqual(['no limit', 'no limit']);
    await database.db.query('delete from api_key where id = $1', [deleted.keyId]);
    await expect.poll(() => judge(both, deleted.bearer), SOON).toEqual(refused);
  });

  test('of an account or a platform that is suspended', async () => {
    const both = await listening();
    const { accountId, bearer } = await openKey();
    const suspended = ['account_suspended', 'account_suspended'];
    expect(await judge(both, bearer)).toEqual(['no limit', 'no limit']);
    const change = (status: string) =>
      database.db.query('update account set status = $2 where id = $1', [accountId, status]);
    await change('suspended');
    await expect.poll(() => judge(both, bearer), SOON).toEqual(suspended);
    await change('active');
    await expect.poll(() => judge(both, bearer), SOON).toEqual(['no limit', 'no limit']);
    await setPlatformStatus(database.db, platformId, 'suspended');
    await expect.poll(() => judge(both, bearer), SOON).toEqual(suspended);
  });

  test('of a suspended account within a second, and of a wallet that it gets', async () => {
    const both = await listening();
    const { db } = database;
    const { accountId, bearer } = await openKey();
    expect(await judge(both, bearer)).toEqual(['no limit', 'no limit']);
    await addUnit(db, platformId, { code: 'credit', scale: 3 });
    const wallet = { walletId: testIds.rowId(), platformId, accountId, unit: 'credit' };
    await findOrOpenWallet(db, wallet);
    const units = async ({ authenticator }: Memory) =>
      (await authenticator.authenticate({ authorization: bearer })).wallets.has('credit');
    const known = () => Promise.all(both.map(units));
    await expect.poll(known, SOON).toEqual([true, true]);
    await setAccountStatus(db, platformId, accountId, 'suspended');
    const suspended = ['account_suspended', 'account_suspended'];
    await expect.poll(() => judge(both, bearer), { timeout: 1_000 }).toEqual(suspended);
  });

  test("of the limits of an account and of its plan, and of the account's plan", async () => {
    const both = await listening();
    const { db } = database;
    const { accountId, bearer } = await openKey();
    const other = await openKey();
    const plan = { platformId, slug: 'pro', name: 'Pro', limits: { tokens_per_day: 5n } };
    const { id: planId } = await createPlan(db, testIds, plan);
    const seen = (limit: number | string) =>
      expect.poll(() => judge(both, bearer), SOON).toEqual([limit, limit]);
    await seen('no limit');
    await setAccountPlan(db, platformId, accountId, planId);
    await seen(5);
    await changePlanLimits(db, platformId, planId, { tokens_per_day: 9n });
    await seen(9);
    await changeAccountLimits(db, platformId, accountId, { tokens_per_day: 3n });
    await seen(3);
    expect(await judge(both, other.bearer)).toEqual(['no limit', 'no limit']);
  });

  test('of hundreds of keys revoked by one statement', async () => {
    const both = await listening();
    const { bearer, accountId } = await openKey();
    expect(await judge(both, bearer)).toEqual(['no limit', 'no limit']);
    await database.db.query(
      `insert into api_key (id, platform_id, account_id, hash, preview, name)
       select n, $1, $2, sha256(n::text::bytea), 'x', 'x' from generate_series(1, 500) n`,
      [platformId, accountId],
    );
    await database.db.query(`update api_key set status = 'revoked'`);
    const refused = ['INVALID_TOKEN', 'INVALID_TOKEN'];
    await expect.poll(() => judge(both, bearer), SOON).toEqual(refused);
  });
});

test('what changed while a listener was down is known once it listens again', async () => {
  const both = await listening();
  const { keyId, bearer } = await openKey();
  expect(await judge(both, bearer)).toEqual(['no limit', 'no limit']);
  const pids = await pidsOfListeners();
  expect(pids).toHaveLength(2);
  // Ended first: the changes' messages find nobody.
  await database.db.query('select pg_terminate_backend(pid, 5000) from unnest($1::int[]) pid', [
    pids,
  ]);
  await database.db.query(`update api_key set status = 'revoked' where id = $1`, [keyId]);
  await sell('meanwhile');
  await expect.poll(() => judge(both, bearer), SOON).toEqual(['INVALID_TOKEN', 'INVALID_TOKEN']);
  const known = () => both.map(({ catalog }) => catalog.findProduct(platformId, 'meanwhile')?.slug);
  await expect.poll(known, SOON).toEqual(['meanwhile', 'meanwhile']);
  await expect.poll(() => both.map(({ watch }) => watch.isListening), SOON).toEqual([true, true]);
});

test('a process that cannot listen learns all the same, by asking', async () => {
  const deaf = remember(() => Promise.reject(new Error('no more connections')));
  await sell('first');
  await deaf.catalog.refresh(platformId);
  const slug = (name: string) => () => deaf.catalog.findProduct(platformId, name)?.slug;
  await expect.poll(slug('first'), SOON).toBe('first');
  await sell('second');
  await expect.poll(slug('second'), SOON).toBe('second');
  const { keyId, bearer } = await openKey();
  expect(await judge([deaf], bearer)).toEqual(['no limit']);
  await database.db.query(`update api_key set status = 'revoked' where id = $1`, [keyId]);
  await expect.poll(() => judge([deaf], bearer), SOON).toEqual(['INVALID_TOKEN']);
  expect(deaf.watch.isListening).toBe(false);
});

test('thousands of products in one transaction are told with one message', async () => {
  const ear = await database.db.connection();
  const heard: string[] = [];
  ear.onNotification((payload) => heard.push(payload));
  await ear.query('listen farebox_change');
  await database.db.transaction(async (tx) => {
    for (const from of [1, 1001, 2001]) {
      await tx.query(
        `insert into product (id, platform_id, slug, kind, name)
         select n, $1, 'p' || n, 'chat', 'P' from generate_series($2::int, $2::int + 999) n`,
        [platformId, from],
      );
    }
    await tx.query(
      `insert into price (id, platform_id, product_id, unit, version)
       select n, $1, n, 'USD', 1 from generate_series(1, 3000) n`,
      [platformId],
    );
  });
  await database.db.query(`select pg_notify('farebox_change', 'end')`);
  await expect.poll(() => heard, SOON).toContain('end');
  expect(heard).toEqual([`catalog ${platformId}`, 'end']);
  await ear.close();
});
