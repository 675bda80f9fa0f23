import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedBooks, seedCustomer, testIds } from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { listGrants, verifyLedger } from '../ledger/index.ts';
import {
  changePackage,
  createPackage,
  creditPackage,
  listPackages,
  type NewPackage,
} from './index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(async () => {
  expect(await verifyLedger(database.db)).toEqual([]);
  await database.close();
});

const make = (made: NewPackage) =>
  database.db.transaction((tx) => createPackage(tx, testIds, made));

test('a package that was paid for is a purchase with its money and a bonus, once', async () => {
  const books = await seedBooks(database.db);
  const { platformId } = books;
  const { accountId } = await seedCustomer(books, 0n);
  const terms = { slug: 'standard', name: 'Standard', amount: 15_000n, bonus: 2_000n };
  const sold = await make({ platformId, unit: 'USD', ...terms, prices: { USD: 2_500n } });
  const money = { currency: 'INR', amount: 14_900n };
  const credit = () =>
    database.db.transaction((tx) =>
      creditPackage(tx, testIds, sold, { accountId, reference: 'pay_1', money }),
    );
  const credited = await Promise.all([credit(), credit(), credit()]);
  expect(credited.filter(({ created }) => created)).toHaveLength(1);
  expect(credited.map(({ balance }) => balance)).toEqual([17_000n, 17_000n, 17_000n]);
  const grants = await listGrants(database.db, platformId, accountId, { limit: 9 });
  expect(grants.map(({ source, granted }) => [source, granted]).reverse()).toEqual([
    ['purchase', 15_000n],
    ['bonus', 2_000n],
  ]);
  const kept = await database.db.query(
    `select source, money_unit, money_amount from wallet_grant where platform_id = $1 order by id`,
    [platformId],
  );
  expect(kept).toEqual([
    { source: 'purchase', money_unit: 'INR', money_amount: 14_900n },
    { source: 'bonus', money_unit: null, money_amount: 0n },
  ]);
});

test('packages are listed in their order, customers see those that are offered', async () => {
  const { platformId } = await seedBooks(database.db);
  const common = { platformId, unit: 'USD', name: 'P', amount: 1n };
  await make({ ...common, slug: 'second', sortOrder: 2 });
  const { id } = await make({ ...common, slug: 'first', sortOrder: 1 });
  await changePackage(database.db, platformId, id, { active: false });
  const slugs = async (which: 'all' | 'active') =>
    (await listPackages(database.db, platformId, which)).map(({ slug }) => slug);
  expect(await slugs('all')).toEqual(['first', 'second']);
  expect(await slugs('active')).toEqual(['second']);
});

test('a package is refused when something is wrong with it', async () => {
  const { platformId } = await seedBooks(database.db);
  const good = { platformId, unit: 'USD', slug: 'good', name: 'Good', amount: 1n };
  await make(good);
  for (const [change, code] of [
    [{}, 'package_exists'],
    [{ slug: 'X' }, 'invalid_package'],
    [{ slug: 'other', amount: 0n }, 'invalid_package'],
    [{ slug: 'other', bonus: -1n }, 'invalid_package'],
    [{ slug: 'other', unit: 'EUR' }, 'invalid_package'],
    [{ slug: 'other', prices: { usd: 1n } }, 'invalid_price'],
    [{ slug: 'other', prices: { USD: 0n } }, 'invalid_price'],
  ] as const) {
    await expect(make({ ...good, ...change })).rejects.toMatchObject({ code });
  }
});
