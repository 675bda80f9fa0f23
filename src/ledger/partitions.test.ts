import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBatches } from '../../test/batches.ts';
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
import { createIds, systemClock, systemRandom } from '../kernel/index.ts';
import { ensurePartitions, verifyLedger } from './index.ts';

const DAY_MS = 86_400_000;

describe('the partitions of holds and calls', () => {
  let database: TestDatabase;
  let books: Books;
  beforeAll(async () => {
    database = await openTestDatabase();
    books = await seedBooks(database.db);
  });
  afterAll(async () => {
    expect(await verifyLedger(database.db)).toEqual([]);
    await database.close();
  });

  /** A call id of so many days from now. */
  const idIn = (days: number) =>
    createIds(
      { ...systemClock, nowMs: () => systemClock.nowMs() + days * DAY_MS },
      systemRandom,
    ).callId();
  const dayIn = (days: number) =>
    new Date(systemClock.nowMs() + days * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
  const partitions = async (table: string) =>
    (
      await books.db.query<{ name: string }>(
        `select relid::text as name from pg_partition_tree($1) where isleaf order by 1`,
        [table],
      )
    ).map((row) => row.name);
  const homeOf = async (table: 'hold' | 'call', callId: string) =>
    (
      await books.db.query<{ home: string }>(
        `select tableoid::regclass::text as home from ${table} where id = $1`,
        [callId],
      )
    )[0]?.home;

  it('are made once by ten who ask at once, for yesterday and the days ahead', async () => {
    await Promise.all(Array.from({ length: 10 }, () => ensurePartitions(books.db, 3)));
    const days = [-1, 0, 1, 2, 3].map(dayIn);
    expect(await partitions('hold')).toEqual(days.map((day) => `hold_${day}`));
    expect(await partitions('call')).toEqual(days.map((day) => `call_${day}`));
    const [again] = await books.db.query<{ made: number }>(
      `select ensure_partitions(clock_timestamp() - interval '1 day', 5) as made`,
    );
    expect(again).toEqual({ made: 0 });
  });

  it("take a row by its call's own day, not by the day on which it is settled", async () => {
    const customer = await seedCustomer(books, 100n);
    const ledger = await openLedger(database.db);
    for (const days of [0, 1, 2]) {
      const request = { ...holdOf(legOf(books, customer, 10n)), callId: idIn(days) };
      await ledger.hold(request);
      await ledger.settle(settlementOf(request, 5n));
      expect(await homeOf('hold', request.callId)).toBe(`hold_${dayIn(days)}`);
      expect(await homeOf('call', request.callId)).toBe(`call_${dayIn(days)}`);
    }
    await ledger.close();
  });

  it('that are missing are made when a call needs one, and the whole batch is held', async () => {
    const customer = await seedCustomer(books, 100n);
    const ledger = await openLedger(database.db);
    await books.db.query(`drop table hold_${dayIn(4)}`);
    await books.db.query(`drop table call_${dayIn(4)}`);
    const requests = [0, 4, 0].map((days) => ({
      ...holdOf(legOf(books, customer, 10n)),
      callId: idIn(days),
    }));
    const results = await Promise.all(requests.map((request) => ledger.hold(request)));
    expect(results.map((result) => result.outcome)).toEqual(['held', 'held', 'held']);
    for (const request of requests) await ledger.settle(settlementOf(request, 1n));
    expect(await homeOf('hold', requests[1]?.callId ?? '')).toBe(`hold_${dayIn(4)}`);
    await ledger.close();
  });

  it('that no day ahead would cover refuse that call alone', async () => {
    const customer = await seedCustomer(books, 100n);
    const ledger = await openLedger(database.db);
    const requests = [0, 400, 0].map((days) => ({
      ...holdOf(legOf(books, customer, 10n)),
      callId: idIn(days),
    }));
    const results = await Promise.allSettled(requests.map((request) => ledger.hold(request)));
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await ledger.close();
  });

  it('of other days are not touched by holds, settlements and look-ups by id', async () => {
    await ensurePartitions(books.db, 7);
    const customer = await seedCustomer(books, 100n);
    const touched = async () => {
      const rows = await books.db.query<{ name: string; scans: bigint }>(
        `select relname as name, coalesce(idx_scan, 0) + seq_scan as scans
         from pg_stat_user_tables where relname ~ '^(hold|call)_[0-9]{8}$' order by relname`,
      );
      return new Map(rows.map(({ name, scans }) => [name, scans]));
    };
    const batches = await openBatches(database.db, new Date(systemClock.nowMs()));
    const before = await touched();
    for (let round = 0; round < 10; round += 1) {
      const requests = [1, 2, 3].map(() => holdOf(legOf(books, customer, 2n)));
      await batches.hold(...requests);
      await batches.settle(...requests.map((request) => settlementOf(request, 1n)));
      // Sent again they are looked up as well.
      await batches.settle(...requests.map((request) => settlementOf(request, 1n)));
    }
    await batches.close();
    const today = [`call_${dayIn(0)}`, `hold_${dayIn(0)}`];
    const scanned = async () => {
      const after = await touched();
      return [...after].filter(([name, scans]) => scans > (before.get(name) ?? 0n)).map(([n]) => n);
    };
    // A session's counts reach the view at the latest when it has ended.
    await expect.poll(scanned).toEqual(today);
  });
});
