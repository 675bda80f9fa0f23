import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Books,
  holdOf,
  legOf,
  openLedger,
  seedBooks,
  seedCustomer,
  settlementOf,
} from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { faultyDb } from '../../test/faulty-db.ts';
import { systemClock } from '../kernel/index.ts';
import { createBatchLane } from './batch-lane.ts';
import { verifyLedger } from './index.ts';

/** A lane that doubles numbers, in batches that wait until the test lets them go. */
function createGatedLane(limits: { maxItems: number; maxWaiting: number; maxWaitMs?: number }) {
  const batches: (readonly number[])[] = [];
  const gates: (() => void)[] = [];
  const lane = createBatchLane<number, number>({
    maxWaitMs: 60_000,
    ...limits,
    clock: systemClock,
    execute: async (items) => {
      batches.push(items);
      await new Promise<void>((resolve) => gates.push(resolve));
      if (items.includes(13)) throw new Error('thirteen');
      if (items.includes(0)) throw new Error('everything is wrong');
      return items.map((item) => item * 2);
    },
    isOneItemsFault: (error) => error instanceof Error && error.message === 'thirteen',
  });
  const letAllGo = async () => {
    let over = false;
    const idle = lane.idle().then(() => {
      over = true;
    });
    while (!over) {
      gates.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await idle;
  };
  return { lane, batches, letAllGo };
}

describe('a batch lane', () => {
  it('runs a lone item at once, and what comes meanwhile together, in order', async () => {
    const { lane, batches, letAllGo } = createGatedLane({ maxItems: 4, maxWaiting: 100 });
    const results = Promise.all([1, 2, 3, 4, 5, 6].map((item) => lane.submit(item)));
    expect(batches).toEqual([[1]]);
    await letAllGo();
    expect(batches).toEqual([[1], [2, 3, 4, 5], [6]]);
    expect(await results).toEqual([2, 4, 6, 8, 10, 12]);
  });

  it('halves a batch until the bad item fails alone', async () => {
    const { lane, batches, letAllGo } = createGatedLane({ maxItems: 8, maxWaiting: 100 });
    const results = Promise.allSettled([1, 2, 3, 13, 5, 6].map((item) => lane.submit(item)));
    await letAllGo();
    expect((await results).map((result) => result.status === 'fulfilled' && result.value)).toEqual([
      2,
      4,
      6,
      false,
      10,
      12,
    ]);
    expect(batches).toEqual([[1], [2, 3, 13, 5, 6], [2, 3, 13], [2, 3], [13], [5, 6]]);
  });

  it('fails a batch as a whole when no single item is to blame, and goes on', async () => {
    const { lane, letAllGo } = createGatedLane({ maxItems: 8, maxWaiting: 100 });
    const failing = Promise.allSettled([1, 0, 2].map((item) => lane.submit(item)));
    await letAllGo();
    expect((await failing).map((result) => result.status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    const next = lane.submit(21);
    await letAllGo();
    expect(await next).toBe(42);
  });

  it('refuses what would wait behind too many', async () => {
    const { lane, letAllGo } = createGatedLane({ maxItems: 2, maxWaiting: 3 });
    const accepted = Promise.all([1, 2, 3, 4].map((item) => lane.submit(item)));
    await expect(lane.submit(5)).rejects.toMatchObject({ code: 'overloaded', status: 503 });
    await letAllGo();
    expect(await accepted).toEqual([2, 4, 6, 8]);
  });

  it('turns away unexecuted what waited too long, and serves what comes then', async () => {
    const limits = { maxItems: 2, maxWaiting: 100, maxWaitMs: 30 };
    const { lane, batches, letAllGo } = createGatedLane(limits);
    const first = lane.submit(1);
    const late = await Promise.allSettled([2, 3, 4, 5, 6].map((item) => lane.submit(item)));
    expect(late.map((result) => result.status === 'rejected' && result.reason.code)).toEqual(
      Array(5).fill('overloaded'),
    );
    await letAllGo();
    expect(await first).toBe(2);
    const next = lane.submit(21);
    await letAllGo();
    expect(await next).toBe(42);
    expect(batches).toEqual([[1], [21]]);
  });
});

describe('group commit', () => {
  let database: TestDatabase;
  let books: Books;
  /** Whose calls go over the first session, be they few or many: see `createLanes`. */
  const seedCustomerOfFirstSession = async (nanos: bigint) => {
    for (;;) {
      const customer = await seedCustomer(books, nanos);
      if (customer.walletId % 2n === 0n) return customer;
    }
  };
  beforeAll(async () => {
    database = await openTestDatabase();
    books = await seedBooks(database.db);
  });
  afterAll(async () => {
    expect(await verifyLedger(database.db)).toEqual([]);
    await database.close();
  });

  it('holds 600 parallel calls with 4 statements and settles them with 4', async () => {
    const db = faultyDb(database.db);
    const ledger = await openLedger(db);
    const customer = await seedCustomerOfFirstSession(6_000n);
    const requests = Array.from({ length: 600 }, () => holdOf(legOf(books, customer, 10n)));
    const results = await Promise.all(requests.map((request) => ledger.hold(request)));
    expect(results.every((result) => result.outcome === 'held')).toBe(true);
    await Promise.all(requests.map((request) => ledger.settle(settlementOf(request, 10n))));
    // One call alone, then 256, 256 and 87.
    expect(db.sent.get('hold_ordinary')).toBe(4);
    expect(db.sent.get('settle_ordinary')).toBe(4);
    await ledger.close();
  });

  it('refuses calls beyond 8,192 that wait, charges nothing and serves the others', async () => {
    const db = faultyDb(database.db);
    const ledger = await openLedger(db);
    const customer = await seedCustomerOfFirstSession(10n);
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    db.arrange('hold_ordinary', async (run) => {
      await gate;
      return run();
    });
    const asked = Array.from({ length: 8_200 }, () =>
      ledger.hold(holdOf(legOf(books, customer, 11n))),
    );
    const results = Promise.allSettled(asked);
    open();
    const rejected = (await results).filter((result) => result.status === 'rejected');
    expect(rejected).toHaveLength(7);
    expect(rejected.every(({ reason }) => reason.code === 'overloaded')).toBe(true);
    expect(ledger.openCalls).toBe(0);
    await ledger.close();
  });
});
