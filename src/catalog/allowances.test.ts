import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Batches, openBatches } from '../../test/batches.ts';
import { holdOf, legOf, settlementOf, walletOf } from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createPlanDesk, type PlanDesk, type PlanShop } from '../../test/plan-desk.ts';
import { verifyLedger } from '../ledger/index.ts';

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

describe('an allowance by the day', () => {
  test.each([
    ['Asia/Kolkata', '2026-03-10T18:29:59.999Z', '2026-03-10T18:30:00.000Z'],
    // Before and after a day of 23 hours, and one of 25.
    ['America/New_York', '2026-03-08T04:59:59.999Z', '2026-03-08T05:00:00.000Z'],
    ['America/New_York', '2026-03-09T03:59:59.999Z', '2026-03-09T04:00:00.000Z'],
    ['America/New_York', '2026-11-01T03:59:59.999Z', '2026-11-01T04:00:00.000Z'],
    ['America/New_York', '2026-11-02T04:59:59.999Z', '2026-11-02T05:00:00.000Z'],
    ['UTC', '2028-02-28T23:59:59.999Z', '2028-02-29T00:00:00.000Z'],
    ['UTC', '2028-02-29T23:59:59.999Z', '2028-03-01T00:00:00.000Z'],
    ['UTC', '2026-12-31T23:59:59.999Z', '2027-01-01T00:00:00.000Z'],
    // A midnight that does not exist, and one that comes twice.
    ['Africa/Cairo', '2026-04-23T21:59:59.999Z', '2026-04-23T22:00:00.000Z'],
    ['America/Havana', '2026-11-01T03:59:59.999Z', '2026-11-01T04:00:00.000Z'],
  ])('in %s is the old one at %s and the new one at %s', async (zone, last, first) => {
    const shop = await desk.open(zone, { day: 1_000n }, last);
    expect(await desk.spend(shop, last, 700n)).toBeUndefined();
    expect(await desk.availableAt(shop, last)).toBe(300n);
    expect(await desk.availableAt(shop, first)).toBe(1_000n);
    expect(await desk.givenTo(shop.customer)).toHaveLength(2);
  });

  test('is not given twice on the day that the clocks go back', async () => {
    const shop = await desk.open('America/New_York', { day: 1_000n }, '2026-11-01T04:30:00Z');
    expect(await desk.spend(shop, '2026-11-01T05:30:00Z', 900n)).toBeUndefined();
    for (const at of ['2026-11-01T06:30:00Z', '2026-11-02T04:59:59.999Z']) {
      expect(await desk.availableAt(shop, at)).toBe(100n);
    }
    expect(await desk.givenTo(shop.customer)).toEqual([
      ['2026-11-01T04:30:00.000Z', '2026-11-02T05:00:00.000Z'],
    ]);
  });

  test('of days on which nobody came gives nothing later', async () => {
    const shop = await desk.open('UTC', { day: 1_000n }, '2026-03-10T12:00:00Z');
    expect(await desk.availableAt(shop, '2026-03-15T12:00:00Z')).toBe(1_000n);
    expect(await desk.givenTo(shop.customer)).toHaveLength(2);
  });

  test('is not given again when the clock goes back, nor twice when it comes again', async () => {
    const shop = await desk.open('UTC', { day: 1_000n }, '2026-03-10T12:00:00Z');
    expect(await desk.spend(shop, '2026-03-12T00:00:00Z', 600n)).toBeUndefined();
    const { walletId } = shop.customer;
    for (const at of ['2026-03-11T23:59:59Z', '2026-03-10T12:00:00Z', '2026-03-12T00:00:01Z']) {
      await database.db.query('select roll_forward($1, $2)', [walletId, at]);
      expect(await walletOf(database.db, shop.customer)).toMatchObject({ balance: 400n });
    }
    await desk.subscribe(shop.customer, shop.planId, '2026-03-11T10:00:00Z');
    expect(await desk.availableAt(shop, '2026-03-12T09:00:00Z')).toBe(400n);
  });

  test('is given once to calls that come at the same instant', async () => {
    const shop = await desk.open('UTC', { day: 1_000n }, '2026-03-10T12:00:00Z');
    const others = await Promise.all(
      [1, 2, 3].map(() => openBatches(database.db, new Date('2026-03-11T00:00:00Z'))),
    );
    const requests = others.map(() => callOf(shop, 400n));
    const held = await Promise.all(others.map((one, n) => one.hold(requests[n] as never)));
    expect(
      held
        .flat()
        .map(({ outcome }) => outcome)
        .sort(),
    ).toEqual(['held', 'held', 'insufficient']);
    for (const other of others) await other.close();
  });

  test('is spent before what was bought, which is left when it ends', async () => {
    const shop = await desk.open('UTC', { day: 1_000n }, '2026-03-10T12:00:00Z');
    batches.now = new Date('2026-03-10T12:00:00Z');
    await batches.give(shop.customer, 500n, 0);
    expect(await desk.spend(shop, '2026-03-10T13:00:00Z', 1_100n)).toBeUndefined();
    expect(await desk.availableAt(shop, '2026-03-11T00:00:00Z')).toBe(1_400n);
  });

  test('pays a call that was held before midnight and settled after it', async () => {
    const shop = await desk.open('UTC', { day: 1_000n }, '2026-03-10T12:00:00Z');
    batches.now = new Date('2026-03-10T23:59:59Z');
    const request = callOf(shop, 800n);
    await batches.hold(request);
    expect(await desk.availableAt(shop, '2026-03-11T00:00:00Z')).toBe(1_000n);
    await batches.settle(settlementOf(request, 500n));
    expect(await walletOf(database.db, shop.customer)).toMatchObject({ balance: 1_000n, held: 0n });
  });
});

describe('an allowance by the month', () => {
  test.each([
    ['UTC', '2026-02-28T23:59:59.999Z', '2026-03-01T00:00:00Z'],
    ['UTC', '2028-02-29T23:59:59.999Z', '2028-03-01T00:00:00Z'],
    ['Asia/Kolkata', '2026-04-30T18:29:59.999Z', '2026-04-30T18:30:00Z'],
    ['America/New_York', '2026-12-01T04:59:59.999Z', '2026-12-01T05:00:00Z'],
  ])("of %s's calendar is the old one at %s and the new one at %s", async (zone, last, first) => {
    const shop = await desk.open(zone, { month: 500n }, last);
    expect(await desk.spend(shop, last, 499n)).toBeUndefined();
    expect(await desk.availableAt(shop, last)).toBe(1n);
    expect(await desk.availableAt(shop, first)).toBe(500n);
  });

  test("from an account's 31st ends with shorter months, and comes back to the 31st", async () => {
    const shop = await desk.open('UTC', { period: 100n }, '2028-01-31T10:00:00Z');
    for (const at of ['2028-02-29T10:00:00Z', '2028-03-31T10:00:00Z', '2028-04-30T10:00:00Z']) {
      expect(
        await desk.spend(shop, new Date(Date.parse(at) - 1).toISOString(), 60n),
      ).toBeUndefined();
      expect(await desk.availableAt(shop, at)).toBe(100n);
    }
    expect(await desk.givenTo(shop.customer)).toEqual([
      ['2028-01-31T10:00:00.000Z', '2028-02-29T10:00:00.000Z'],
      ['2028-02-29T10:00:00.000Z', '2028-03-31T10:00:00.000Z'],
      ['2028-03-31T10:00:00.000Z', '2028-04-30T10:00:00.000Z'],
      ['2028-04-30T10:00:00.000Z', '2028-05-31T10:00:00.000Z'],
    ]);
  });

  test('from an anniversary keeps its hour on the wall when the clocks change', async () => {
    const shop = await desk.open('America/New_York', { period: 100n }, '2026-02-15T14:00:00Z');
    expect(await desk.spend(shop, '2026-03-15T12:59:59.999Z', 60n)).toBeUndefined();
    expect(await desk.availableAt(shop, '2026-03-15T13:00:00Z')).toBe(100n);
  });
});
