import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type Books,
  type Customer,
  give,
  holdOf,
  legOf,
  openLedger,
  seedBooks,
  seedCustomer,
  settlementOf,
  walletOf,
} from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { type FaultyDb, faultyDb } from '../../test/faulty-db.ts';
import { systemClock } from '../kernel/index.ts';
import { type Ledger, verifyLedger } from './index.ts';

/** A batch is decided by sums where there is enough for all, else call by call. */
describe('an ordinary batch', () => {
  let database: TestDatabase;
  let books: Books;
  let db: FaultyDb;
  let ledger: Ledger;
  beforeAll(async () => {
    database = await openTestDatabase();
    books = await seedBooks(database.db);
    db = faultyDb(database.db);
    ledger = await openLedger(db);
  });
  afterEach(async () => {
    expect(await verifyLedger(database.db)).toEqual([]);
  });
  afterAll(async () => {
    await ledger.close();
    await database.close();
  });
  const sent = (name: string) => db.sent.get(name) ?? 0;

  it('is held and settled without deciding call by call', async () => {
    const before = [sent('hold_batch'), sent('settle_batch')];
    const customers = await Promise.all([1, 2, 3].map(() => seedCustomer(books, 1_000n)));
    const requests = [...customers, ...customers].map((customer) =>
      holdOf(legOf(books, customer, 100n)),
    );
    const holds = await Promise.all(requests.map((request) => ledger.hold(request)));
    expect(holds.map(({ outcome }) => outcome)).toEqual(requests.map(() => 'held'));
    await Promise.all(requests.map((request) => ledger.settle(settlementOf(request, 70n))));
    for (const customer of customers) {
      expect(await walletOf(books.db, customer)).toMatchObject({ balance: 860n, held: 0n });
    }
    expect([sent('hold_batch'), sent('settle_batch')]).toEqual(before);
  });

  it('takes one session while few calls are under way, and two when many are', async () => {
    const customers: Customer[] = [];
    for (let index = 0; index < 20; index += 1) customers.push(await seedCustomer(books, 9_000n));
    const holdAll = async (times: number) => {
      const before = sent('hold_ordinary');
      const requests = Array.from({ length: times }, () => customers)
        .flat()
        .map((customer) => holdOf(legOf(books, customer, 100n)));
      await Promise.all(requests.map((request) => ledger.hold(request)));
      await Promise.all(requests.map((request) => ledger.settle(settlementOf(request, 70n))));
      return sent('hold_ordinary') - before;
    };
    // On each session the first call goes alone, and all that came meanwhile are the next batch.
    expect(await holdAll(1)).toBe(2);
    expect(await holdAll(10)).toBe(4);
  });

  it('leaves out only the wallets that have too little for all their calls', async () => {
    const [poor, rich] = [await seedCustomer(books, 250n), await seedCustomer(books, 1_000n)];
    const requests = [poor, rich, poor, rich, poor].map((customer) =>
      holdOf(legOf(books, customer, 100n)),
    );
    const holds = await Promise.all(requests.map((request) => ledger.hold(request)));
    expect(holds.map(({ outcome }) => outcome)).toEqual([
      'held',
      'held',
      'held',
      'held',
      'insufficient',
    ]);
    expect(await walletOf(books.db, rich)).toMatchObject({ held: 200n });
    expect(await walletOf(books.db, poor)).toMatchObject({ held: 200n });
  });

  it('tells each call what its limit leaves behind it', async () => {
    const customer = await seedCustomer(books, 1_000n);
    const claims = [
      { counter: 'key.minute.requests', amount: 1n, cap: 5n },
      { counter: 'account.day.tokens', amount: 10n, cap: 1_000n },
    ] as const;
    const requests = [1, 2, 3].map(() =>
      holdOf(legOf(books, customer, 1n, { tokens: 10n, claims })),
    );
    // The first goes alone, the others together.
    const holds = await Promise.all(requests.map((request) => ledger.hold(request)));
    expect(holds.map(({ remaining }) => remaining)).toEqual([
      [4n, 990n],
      [3n, 980n],
      [2n, 970n],
    ]);
  });

  it('leaves no call open behind it when the clock of the process leaps meanwhile', async () => {
    let leapMs = 0;
    const clock = { ...systemClock, nowMs: () => systemClock.nowMs() + leapMs };
    const leaping = await openLedger(db, { clock });
    const poor = await seedCustomer(books, 10n);
    db.arrange('hold_ordinary', async (run) => {
      const rows = await run();
      leapMs = 3_600_000;
      return rows;
    });
    const held = await leaping.hold(holdOf(legOf(books, poor, 100n)));
    expect(held.outcome).toBe('insufficient');
    expect(leaping.openCalls).toBe(0);
    await leaping.close();
  });

  it('charges once what is sent twice at the same time', async () => {
    const customer = await seedCustomer(books, 1_000n);
    const requests = [1, 2, 3].map(() => holdOf(legOf(books, customer, 100n)));
    await Promise.all(requests.map((request) => ledger.hold(request)));
    const [first] = requests;
    const results = await Promise.all(
      [...requests, first].flatMap((request) =>
        request === undefined ? [] : ledger.settle(settlementOf(request, 60n)),
      ),
    );
    expect(results.map(({ charge }) => charge)).toEqual([60n, 60n, 60n, 60n]);
    expect(await walletOf(books.db, customer)).toMatchObject({ balance: 820n, held: 0n });
  });

  it('settles a price above its hold beside others, from what is there besides', async () => {
    const [over, other] = [await seedCustomer(books, 150n), await seedCustomer(books, 500n)];
    const requests = [over, other].map((customer) => holdOf(legOf(books, customer, 100n)));
    await Promise.all(requests.map((request) => ledger.hold(request)));
    const results = await Promise.all(
      requests.map((request) => ledger.settle(settlementOf(request, 170n))),
    );
    expect(results.map(({ charge }) => charge)).toEqual([150n, 170n]);
    expect(await walletOf(books.db, over)).toMatchObject({ balance: 0n, held: 0n });
  });

  it('lets grants give later what was charged, in their order', async () => {
    const customer = await seedCustomer(books, 0n);
    const late = await give(books, customer, 100n, { priority: 2 });
    const early = await give(books, customer, 100n, { priority: 1 });
    const request = holdOf(legOf(books, customer, 120n));
    await ledger.hold(request);
    await ledger.settle(settlementOf(request, 120n));
    const remaining = async (table: string) => {
      const rows = await database.db.query<{ id: bigint; remaining: bigint }>(
        `select id, remaining from ${table} where wallet_id = $1`,
        [customer.walletId],
      );
      return [early, late].map((id) => rows.find((row) => row.id === id)?.remaining);
    };
    expect(await remaining('wallet_grant')).toEqual([100n, 100n]);
    expect(await remaining('open_grant')).toEqual([0n, 80n]);
    await give(books, customer, 5n);
    expect(await remaining('wallet_grant')).toEqual([0n, 80n]);
  });
});
