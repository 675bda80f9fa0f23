import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type Books,
  type Customer,
  holdOf,
  legOf,
  openLedger,
  seedBooks,
  seedCustomer,
  settlementOf,
  walletOf,
} from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import {
  answerIsLost,
  type FaultyDb,
  fails,
  faultyDb,
  lostConnection,
} from '../../test/faulty-db.ts';
import { connectDatabase } from '../db/index.ts';
import { createLog, lowestCallIdAt } from '../kernel/index.ts';
import { type Ledger, verifyLedger } from './index.ts';
import { sweepDeadReplicas } from './sweep.ts';

let database: TestDatabase;
let books: Books;
let db: FaultyDb;
beforeAll(async () => {
  database = await openTestDatabase();
  books = await seedBooks(database.db);
  db = faultyDb(database.db);
});
afterEach(async () => {
  expect(await verifyLedger(database.db)).toEqual([]);
});
afterAll(() => database.close());

const call = (customer: Customer, amount: bigint) => holdOf(legOf(books, customer, amount));
const outcomeOf = async (callId: string) =>
  (
    await database.db.query<{ outcome: string | null }>(
      `select c.outcome from hold h left join call c on c.id = h.id and c.leg = h.leg
       where h.id = $1`,
      [callId],
    )
  ).map((row) => row.outcome ?? 'open');
const replicaOf = async (callId: string) => {
  const [row] = await database.db.query<{ id: bigint }>(
    'select replica_id as id from hold where id = $1',
    [callId],
  );
  return row?.id ?? 0n;
};

describe('a ledger whose sessions are killed', () => {
  it('holds and charges once every call of a storm that was answered', async () => {
    const customers: Customer[] = [];
    for (let index = 0; index < 5; index += 1) {
      customers.push(await seedCustomer(books, 10_000n));
    }
    const killer = await database.db.connection();
    // Everything of the ledger is killed, and nothing that the test itself looks through.
    const spared = await killer.query<{ pid: number }>('select pid from pg_stat_activity');
    const own = connectDatabase({
      address: database.address,
      maxConnections: 5,
      log: createLog('silent'),
    });
    const ledger = await openLedger(own);
    let [answers, killed] = [0, 0n];
    const kill = async () => {
      const [row] = await killer.query<{ n: bigint }>(
        `select count(pg_terminate_backend(pid)) as n from pg_stat_activity
         where datname = current_database() and application_name = 'farebox'
           and pid <> all ($1)`,
        [spared.map(({ pid }) => pid)],
      );
      killed += row?.n ?? 0n;
    };
    const kills: Promise<void>[] = [];
    const answered = () => {
      answers += 1;
      if (answers % 61 === 0) kills.push(kill());
    };
    const run = async (index: number) => {
      const request = call(customers[index % 5] as Customer, 30n);
      const held = await ledger.hold(request);
      answered();
      expect(held.outcome).toBe('held');
      const settled = await ledger.settle(settlementOf(request, 20n));
      answered();
      expect(settled).toMatchObject({ charge: 20n });
    };
    const waves = Array.from({ length: 5 }, (_, wave) => wave);
    for (const wave of waves) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => run(wave * 100 + index)));
    }
    await Promise.all(kills);
    expect(killed).toBeGreaterThan(BigInt(kills.length));
    for (const customer of customers) {
      expect(await walletOf(database.db, customer)).toEqual({
        balance: 8_000n,
        held: 0n,
        version: 101n,
      });
    }
    expect(ledger.openCalls).toBe(0);
    await killer.close();
    await ledger.close();
    await own.close();
  });
});

describe('an answer that was lost', () => {
  let ledger: Ledger;
  beforeAll(async () => {
    ledger = await openLedger(db);
  });
  afterAll(() => ledger.close());

  it('after the commit of holds is read again: nobody is held twice', async () => {
    const customer = await seedCustomer(books, 100n);
    db.arrange('hold_ordinary', answerIsLost);
    const requests = [60n, 50n, 40n].map((amount) => call(customer, amount));
    const results = await Promise.all(requests.map((request) => ledger.hold(request)));
    expect(results).toMatchObject([
      { outcome: 'held', granted: [60n] },
      { outcome: 'insufficient', granted: [0n] },
      { outcome: 'held', granted: [40n] },
    ]);
    expect(await walletOf(database.db, customer)).toMatchObject({ held: 100n });
    await ledger.settle(settlementOf(requests[0] as never, 1n));
    await ledger.settle(settlementOf(requests[2] as never, 1n));
  });

  it('before the commit of holds makes the batch run again', async () => {
    const customer = await seedCustomer(books, 100n);
    db.arrange('hold_ordinary', () => Promise.reject(lostConnection()));
    const request = call(customer, 60n);
    expect(await ledger.hold(request)).toMatchObject({ outcome: 'held', granted: [60n] });
    await ledger.settle(settlementOf(request, 60n));
  });

  it('of a settlement charges once', async () => {
    const customer = await seedCustomer(books, 100n);
    const request = call(customer, 60n);
    await ledger.hold(request);
    db.arrange('settle_ordinary', answerIsLost);
    expect(await ledger.settle(settlementOf(request, 50n))).toMatchObject({ charge: 50n });
    expect(await walletOf(database.db, customer)).toMatchObject({ balance: 50n, held: 0n });
  });

  it('beside a bad row leaves no hold that nobody was told of', async () => {
    const customer = await seedCustomer(books, 100n);
    const first = call(customer, 1n);
    const good = [call(customer, 10n), call(customer, 10n)];
    const bad = holdOf(legOf(books, customer, 10n, { tokens: -1n }));
    // The first runs alone; the others form a batch, which fails, is halved, and whose first half
    // is committed without an answer.
    db.arrange('hold_ordinary', (run) => run());
    db.arrange('hold_ordinary', (run) => run());
    db.arrange('hold_ordinary', answerIsLost);
    const results = await Promise.allSettled(
      [first, ...good, bad].map((request) => ledger.hold(request)),
    );
    expect(results.map((result) => result.status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
    ]);
    expect(await walletOf(database.db, customer)).toMatchObject({ held: 21n });
    for (const request of [first, ...good]) await ledger.settle(settlementOf(request, 1n));
  });

  it.each([
    ['a deadlock', '40P01'],
    ['a statement that took too long', '57014'],
    ['a full disk', '53100'],
  ])('is like %s: tried again until it is done', async (_, code) => {
    const customer = await seedCustomer(books, 100n);
    const request = call(customer, 60n);
    db.arrange('hold_ordinary', fails(code));
    db.arrange('settle_ordinary', fails(code));
    expect(await ledger.hold(request)).toMatchObject({ outcome: 'held' });
    expect(await ledger.settle(settlementOf(request, 50n))).toMatchObject({ charge: 50n });
  });
});

describe('a process that is judged dead', () => {
  it('has its holds expired, and if it lives after all it registers anew', async () => {
    const customer = await seedCustomer(books, 100n);
    const ledger = await openLedger(database.db);
    const request = call(customer, 60n);
    await ledger.hold(request);
    const other = await openLedger(database.db, { soleServer: true });
    expect(await outcomeOf(request.callId)).toEqual(['expired']);
    expect(await ledger.settle(settlementOf(request, 50n))).toMatchObject({
      result: 'late',
      charge: 0n,
    });
    const later = call(customer, 60n);
    expect(await ledger.hold(later)).toMatchObject({ outcome: 'held' });
    expect(await replicaOf(later.callId)).not.toBe(await replicaOf(request.callId));
    expect(await ledger.settle(settlementOf(later, 50n))).toMatchObject({ result: 'settled' });
    await other.close();
    await ledger.close();
  });

  it('is so by its lease alone, and not while the database has only just started', async () => {
    const customer = await seedCustomer(books, 1_000n);
    const [dead, alive] = [await openLedger(database.db), await openLedger(database.db)];
    const requests = Array.from({ length: 12 }, () => call(customer, 10n));
    await Promise.all(requests.map((request) => dead.hold(request)));
    const kept = call(customer, 10n);
    await alive.hold(kept);
    const ownId = await replicaOf(kept.callId);
    await database.db.query(
      `update replica set lease_until = clock_timestamp() - interval '1 s', open_since = $2
       where id = $1`,
      [await replicaOf(requests[0]?.callId ?? ''), lowestCallIdAt(0)],
    );
    const sweep = (graceSeconds: number) =>
      sweepDeadReplicas({
        db: database.db,
        log: createLog('silent'),
        ownId,
        othersAreDead: false,
        graceSeconds,
        settle: (settlement) => alive.settle(settlement),
      });
    expect(await sweep(1_000_000)).toBe(0);
    expect(await Promise.all([sweep(0), sweep(0)])).toContain(12);
    expect(await sweep(0)).toBe(0);
    expect(await walletOf(database.db, customer)).toMatchObject({ balance: 1_000n, held: 10n });
    await alive.settle(settlementOf(kept, 10n));
    await dead.close();
    await alive.close();
  });
});
