import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Batches, openBatches } from '../../test/batches.ts';
import {
  type Books,
  holdOf,
  legOf,
  seedBooks,
  seedCustomer,
  settlementOf,
  testIds,
} from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createPlanDesk, type PlanDesk, type PlanShop } from '../../test/plan-desk.ts';
import { verifyLedger } from '../ledger/index.ts';
import { changePlan, createPlan, type NewAllowance } from './index.ts';

let database: TestDatabase;
let batches: Batches;
let desk: PlanDesk;
beforeAll(async () => {
  database = await openTestDatabase();
  batches = await openBatches(database.db, new Date());
  desk = createPlanDesk(database.db, batches);
});
afterEach(async () => {
  expect(await verifyLedger(database.db)).toEqual([]);
});
afterAll(async () => {
  await batches.close();
  await database.close();
});

const callOf = ({ books, customer }: PlanShop, amount: bigint) =>
  holdOf(legOf(books, customer, amount));

describe('another plan', () => {
  test('gives its allowance at once, in place of what is left of the old one', async () => {
    const shop = await desk.open('UTC', { day: 1_000n, once: 50n }, '2026-03-10T12:00:00Z');
    const more = await desk.makePlan(shop.books, { day: 2_000n });
    expect(await desk.spend(shop, '2026-03-10T13:00:00Z', 300n)).toBeUndefined();
    await desk.subscribe(shop.customer, more, '2026-03-10T14:00:00Z');
    const left = await desk.availableAt(shop, '2026-03-10T14:00:00Z');
    // What was given once stays with the account, as far as it is left.
    expect(left).toBe(2_050n);
    await desk.subscribe(shop.customer, shop.planId, '2026-03-10T15:00:00Z');
    expect(await desk.availableAt(shop, '2026-03-10T15:00:00Z')).toBe(50n);
    await desk.subscribe(shop.customer, more, '2026-03-10T16:00:00Z');
    expect(await desk.availableAt(shop, '2026-03-10T16:00:00Z')).toBe(50n);
    expect(await desk.availableAt(shop, '2026-03-11T00:00:00Z')).toBe(2_050n);
  });

  test('leaves a call under way what it was held on', async () => {
    const shop = await desk.open('UTC', { day: 1_000n }, '2026-03-10T12:00:00Z');
    batches.now = new Date('2026-03-10T13:00:00Z');
    const request = callOf(shop, 800n);
    await batches.hold(request);
    await desk.subscribe(
      shop.customer,
      await desk.makePlan(shop.books, { day: 10n }),
      '2026-03-10T14:00:00Z',
    );
    expect(await desk.availableAt(shop, '2026-03-10T14:00:00Z')).toBe(10n);
    expect(await desk.spend(shop, '2026-03-10T14:00:01Z', 4n)).toBeUndefined();
    await batches.settle(settlementOf(request, 700n));
    expect(await desk.availableAt(shop, '2026-03-10T15:00:00Z')).toBe(6n);
  });
});

describe('what a plan gives', () => {
  test('goes from the next window on when its amount is changed, and is new at once', async () => {
    const shop = await desk.open('UTC', { day: 1_000n }, '2026-03-10T12:00:00Z');
    const { platformId } = shop.books;
    await changePlan(database.db, platformId, shop.planId, {
      allowances: [
        { unit: 'USD', per: 'day', amount: 5n },
        { unit: 'USD', per: 'month', amount: 70n },
      ],
    });
    expect(await desk.availableAt(shop, '2026-03-10T12:00:01Z')).toBe(1_070n);
    expect(await desk.availableAt(shop, '2026-03-11T00:00:00Z')).toBe(75n);
  });

  test("goes to everybody without a plan when it is the platform's default", async () => {
    const books = await seedBooks(database.db);
    const customer = await seedCustomer(books, 0n);
    const planId = await desk.makePlan(books, { day: 1_000n });
    await changePlan(database.db, books.platformId, planId, { isDefault: true });
    expect(await desk.availableAt({ books, customer }, '2027-03-10T12:00:00Z')).toBe(1_000n);
    await changePlan(database.db, books.platformId, planId, { isDefault: false });
  });

  test('of another unit opens the wallet that it goes to', async () => {
    const shop = await desk.open('UTC', { day: 1n }, '2026-03-10T12:00:00Z');
    const { platformId } = shop.books;
    await database.db.query(`insert into unit values ($1, 'token', 0)`, [platformId]);
    await changePlan(database.db, platformId, shop.planId, {
      allowances: [{ unit: 'token', per: 'day', amount: 1_000n }],
    });
    const wallets = () =>
      database.db.query('select unit, balance from wallet where account_id = $1 order by unit', [
        shop.customer.accountId,
      ]);
    await database.db.query('select roll_accounts_forward($1, $2)', [
      platformId,
      [shop.customer.accountId],
    ]);
    expect(await wallets()).toEqual([
      { unit: 'USD', balance: 0n },
      { unit: 'token', balance: 1_000n },
    ]);
  });

  test.each([
    ['of a unit that is not there', { unit: 'EUR', per: 'day', amount: 1n }],
    ['nothing', { unit: 'USD', per: 'day', amount: 0n }],
  ] as const)('is refused when it is %s, and when it is said twice', async (_, allowance) => {
    const books = await seedBooks(database.db);
    const made = makeAny(books, [allowance]);
    await expect(made).rejects.toMatchObject({ code: 'invalid_allowance', status: 422 });
    const twice = makeAny(books, [allowance, allowance]);
    await expect(twice).rejects.toMatchObject({ code: 'invalid_allowance', status: 422 });
  });
});

const makeAny = ({ platformId }: Books, allowances: readonly NewAllowance[]) =>
  database.db.transaction((tx) =>
    createPlan(tx, testIds, { platformId, slug: 'any', name: 'Any', allowances }),
  );
