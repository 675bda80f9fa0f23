import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Batches, openBatches } from '../../../test/batches.ts';
import {
  type Books,
  type Customer,
  holdOf,
  legOf,
  seedBooks,
  seedCustomer,
  settlementOf,
} from '../../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { idsBefore, journalKey, openSealer, sealAll } from '../../../test/journal.ts';
import { systemClock } from '../../kernel/index.ts';
import type { HoldRequest } from '../types.ts';
import { verifyLedger } from '../verify.ts';
import { verifySeal } from './verify-seal.ts';

const DAY_MS = 86_400_000;

let database: TestDatabase;
let books: Books;
let customer: Customer;
let batches: Batches;
beforeEach(async () => {
  database = await openTestDatabase();
  books = await seedBooks(database.db, 'Asia/Kolkata');
  customer = await seedCustomer(books, 1_000_000n);
  await database.db.query(`select ensure_partitions(clock_timestamp() - interval '60 days', 63)`);
  batches = await openBatches(database.db, new Date(systemClock.nowMs()));
  await database.db.query(`update replica set asks_since = 'ffffffff-ffff-ffff-ffff-ffffffffffff'`);
});
afterEach(async () => {
  await batches.close();
  await database.close();
});

/** Two charged calls and one that was released, with and without a key, of so many days ago. */
async function callsOf(days: number): Promise<HoldRequest[]> {
  batches.now = new Date(systemClock.nowMs() - days * DAY_MS);
  const newId = idsBefore(days * DAY_MS);
  const leg = legOf(books, customer, 10n);
  const [keyed, keyless, released] = [leg, { ...leg, keyId: undefined }, leg].map((each) => ({
    ...holdOf(each),
    callId: newId(),
  })) as [HoldRequest, HoldRequest, HoldRequest];
  await batches.hold(keyed, keyless, released);
  await batches.settle(
    settlementOf(keyed, 3n, { leg: { input: 7n } }),
    settlementOf(keyless, 4n),
    settlementOf(released, 0n, { outcome: 'released', status: 502 }),
  );
  return [keyed, keyless, released];
}

async function drop(keepDays = 40): Promise<void> {
  const sealer = openSealer(database.db, { keepDays });
  await sealer.drop();
  await sealer.close();
}

const count = async (what: string) => {
  const [row] = await database.db.query<{ n: bigint }>(`select count(*) as n from ${what}`);
  return Number(row?.n);
};

async function differences(): Promise<string[]> {
  const { differences: ofSeal } = await verifySeal(database.db, journalKey);
  return [...(await verifyLedger(database.db)), ...ofSeal].map(
    ({ check, subject }) => `${check}: ${subject}`,
  );
}

describe('the calls of days that are older than is kept', () => {
  it('are dropped, and the books are derived from what is left of them', async () => {
    for (const days of [50, 45, 20, 1]) await callsOf(days);
    await sealAll(database.db);
    const usage = 'select * from usage_of_account order by hour, key_id, outcome';
    const sums = await database.db.query(usage);
    await drop();
    expect(await count('call')).toBe(6);
    expect(await count('hold')).toBe(6);
    const oldest = `pg_partition_tree('call') where isleaf
      and to_date(right(relid::text, 8), 'YYYYMMDD') < (now() at time zone 'UTC')::date - 40`;
    expect(await count(oldest)).toBe(0);
    expect(await database.db.query(usage)).toEqual(sums);
    expect(await differences()).toEqual([]);
    // And it goes on as before.
    await callsOf(0);
    await sealAll(database.db);
    await drop();
    expect(await count('call')).toBe(9);
    expect(await differences()).toEqual([]);
  });

  it('stay while a hold of them is open, and while they are not sealed', async () => {
    const [held] = await callsOf(50);
    const open = { ...holdOf(legOf(books, customer, 10n)), callId: idsBefore(50 * DAY_MS)() };
    await batches.hold(open);
    await drop();
    expect(await count('call')).toBe(3);
    await sealAll(database.db);
    await drop();
    expect(await count(`call where id = '${held?.callId}'`)).toBe(1);
    await batches.settle(settlementOf(open, 1n));
    await drop();
    expect(await count('call')).toBe(4);
    await sealAll(database.db);
    await drop();
    expect(await count('call')).toBe(0);
    expect(await count('late_call')).toBe(0);
    expect(await differences()).toEqual([]);
  });

  it('stay when they are not what was sealed: nobody hides a change behind a drop', async () => {
    await callsOf(50);
    await sealAll(database.db);
    await database.db.query('update call set input = input + 1');
    await drop();
    expect(await count('call')).toBe(3);
    expect(await differences()).not.toEqual([]);
  });

  it('stay while the books are being read, and nobody who calls waits for that', async () => {
    await callsOf(50);
    await sealAll(database.db);
    const reader = await database.db.connection();
    await reader.query('begin; lock table call in access share mode');
    await drop();
    expect(await count('call')).toBe(3);
    await callsOf(0);
    await reader.query('commit');
    await reader.close();
    await drop();
    expect(await count('call')).toBe(3);
    expect(await count("hold where held_at < now() - interval '2 days'")).toBe(0);
    expect(await differences()).toEqual([]);
  });
});

describe('what is left of dropped calls', () => {
  it('is sealed: each change of it is named', async () => {
    await callsOf(50);
    await callsOf(0);
    await sealAll(database.db);
    await drop();
    for (const column of ['charge', 'versions', 'movements', 'calls', 'key_id']) {
      await database.db.query('create table kept as select * from dropped_calls');
      const one = 'ctid = (select ctid from dropped_calls order by movements desc limit 1)';
      const change = column === 'movements' ? '- 1' : '+ 1';
      await database.db.query(
        `update dropped_calls set ${column} = ${column} ${change} where ${one}`,
      );
      expect((await differences()).join(), column).toContain(
        `sealed_rows_stand: dropped calls of wallet ${customer.walletId}, key `,
      );
      await database.db.query('truncate dropped_calls');
      await database.db.query('insert into dropped_calls select * from kept');
      await database.db.query('drop table kept');
    }
    expect(await differences()).toEqual([]);
    await database.db.query('delete from dropped_calls');
    expect((await differences()).join()).toMatch(/sealed_rows_stand: 2 of the 2 rows of block/);
  });

  it('does not stand for a day of calls that somebody else took away', async () => {
    await callsOf(50);
    await sealAll(database.db);
    await database.db.query('delete from call');
    const found = await differences();
    expect(found.join()).toContain('sealed_rows_stand: call');
  });
});
