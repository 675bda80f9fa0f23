import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Batches, openBatches } from '../../../test/batches.ts';
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
} from '../../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { idsBefore, journalKey, openSealer, sealAll, sealUntil } from '../../../test/journal.ts';
import { createLog, systemClock } from '../../kernel/index.ts';
import type { HoldRequest } from '../types.ts';
import { BLOCK_COLUMNS, type Block, blockMac } from './block.ts';
import { verifySeal } from './verify-seal.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

let database: TestDatabase;
let books: Books;
let customer: Customer;
let batches: Batches;
beforeEach(async () => {
  database = await openTestDatabase();
  books = await seedBooks(database.db);
  customer = await seedCustomer(books, 1_000_000n);
  batches = await openBatches(database.db, new Date(systemClock.nowMs()));
  // As of a process that promises nothing later than the present.
  await promise('ffffffff-ffff-ffff-ffff-ffffffffffff');
});
afterEach(async () => {
  await batches.close();
  await database.close();
});

const promise = (callId: string) =>
  database.db.query('update replica set asks_since = $1', [callId]);

const leg = () => legOf(books, customer, 10n);

async function hold(ageMs: number, count = 1): Promise<HoldRequest[]> {
  const newId = idsBefore(ageMs);
  const requests = Array.from({ length: count }, () => ({ ...holdOf(leg()), callId: newId() }));
  await batches.hold(...requests);
  return requests;
}

async function settle(requests: readonly HoldRequest[]): Promise<void> {
  await batches.settle(...requests.map((request) => settlementOf(request, 3n)));
}

const blocks = (where = 'true') =>
  database.db.query<Block>(`select ${BLOCK_COLUMNS} from seal_block where ${where} order by no`);

/** What is not sealed, once nothing that is sealed was found changed. */
async function tail() {
  const report = await verifySeal(database.db, journalKey);
  expect(report.differences).toEqual([]);
  return report.tail;
}

describe('a call', () => {
  it('is sealed once no other can come before it, and by no one twice', async () => {
    await settle(await hold(10 * MINUTE_MS, 20));
    await Promise.all([1, 2, 3, 4].map(() => sealAll(database.db)));
    await sealUntil(database.db);
    expect(await tail()).toMatchObject({ calls: 0, transfers: 0 });
    const sealed = await blocks(`kind = 'calls' and row_count > 0`);
    expect(sealed.map((block) => block.row_count)).toEqual([20]);
  });

  it('is left while it is open, and sealed by a later block, with its day', async () => {
    const [first, open, last] = [await hold(DAY_MS), await hold(DAY_MS), await hold(0)];
    await settle([...first, ...last]);
    await sealAll(database.db);
    expect(await tail()).toMatchObject({ calls: 0 });
    expect(await blocks(`kind = 'late_calls'`)).toEqual([]);
    await settle(open);
    const left = await tail();
    expect(left.calls).toBe(1);
    // A transfer may wait as well, for the transactions of other tests.
    expect(left.oldestAt?.getTime()).toBeLessThanOrEqual(batches.now.getTime());
    await sealAll(database.db);
    const day = new Date(systemClock.nowMs() - DAY_MS).toISOString().slice(0, 10);
    expect(await blocks(`kind = 'late_calls'`)).toMatchObject([{ row_count: 1, day }]);
    expect(await tail()).toMatchObject({ calls: 0 });
  });

  it('waits for those that may still ask for a hold with an id below', async () => {
    const [early, asking] = [idsBefore(5 * MINUTE_MS)(), idsBefore(4 * MINUTE_MS)()];
    await promise(asking);
    await settle(await hold(10 * MINUTE_MS, 2));
    await settle(await hold(3 * MINUTE_MS, 3));
    await sealAll(database.db);
    expect(await tail()).toMatchObject({ calls: 3 });
    // It comes after all, above what is sealed; and one below would have been refused.
    const late = { ...holdOf(leg()), callId: asking };
    await batches.hold(late);
    await settle([late]);
    await promise('ffffffff-ffff-ffff-ffff-ffffffffffff');
    await sealAll(database.db);
    expect(await tail()).toMatchObject({ calls: 0 });
    expect(early < asking).toBe(true);
  });

  it('is sealed with those of its own UTC day', async () => {
    await settle(await hold(DAY_MS, 2));
    await settle(await hold(0, 3));
    await sealAll(database.db);
    const days = (await blocks(`kind = 'calls' and row_count > 0`)).map(({ day }) => day);
    expect(days).toHaveLength(2);
    expect(new Set(days).size).toBe(2);
  });

  it('may be one of very many: they are sealed 5,000 to a block', async () => {
    const [request] = await hold(10 * MINUTE_MS);
    await settle(request === undefined ? [] : [request]);
    await database.db.query(
      `insert into call select (jsonb_populate_record(c, jsonb_build_object('id',
         overlay(c.id::text placing lpad(to_hex(n), 12, '0') from 25)))).*
       from call c, generate_series(1, 12345) n where c.id = $1`,
      [request?.callId],
    );
    await sealAll(database.db);
    const sizes = (await blocks(`kind = 'calls' and row_count > 0`)).map((each) => each.row_count);
    expect(sizes).toEqual([5_000, 5_000, 2_346]);
    expect(await tail()).toMatchObject({ calls: 0 });
  });
});

describe('a transfer', () => {
  it('waits for every transaction that may have a number below it', async () => {
    const other = await seedCustomer(books, 0n);
    const slow = await database.db.connection();
    await slow.query('begin');
    await give({ ...books, db: { ...database.db, query: slow.query } }, customer, 5n);
    await give(books, other, 7n);
    await sealAll(database.db);
    // The other one's is committed and stays unsealed with it.
    expect(await tail()).toMatchObject({ transfers: 2 });
    await slow.query('commit');
    await slow.close();
    expect(await tail()).toMatchObject({ transfers: 3 });
    await sealUntil(database.db);
    expect(await tail()).toMatchObject({ transfers: 0 });
  });
});

describe('the sealer', () => {
  it('makes no block where nothing happens, but after an hour says that nothing did', async () => {
    await sealUntil(database.db);
    const before = await blocks();
    await sealAll(database.db);
    await sealAll(database.db);
    expect(await blocks()).toEqual(before);
    const [last] = await blocks(`kind = 'calls'`);
    expect(last).toBeUndefined();
    await settle(await hold(10 * MINUTE_MS));
    await sealAll(database.db);
    const [sealed] = await blocks(`kind = 'calls'`);
    if (sealed === undefined) throw new Error('a call was sealed');
    const earlier = { ...sealed, sealed_at: '2026-01-01 00:00:00+00' };
    await database.db.query('update seal_block set sealed_at = $2, mac = $3 where no = $1', [
      sealed.no,
      earlier.sealed_at,
      blockMac(journalKey, earlier),
    ]);
    await sealAll(database.db);
    expect(await blocks(`kind = 'calls'`)).toHaveLength(2);
    expect(await tail()).toMatchObject({ calls: 0 });
  });

  it('rests between two blocks that are not full', async () => {
    const sealer = openSealer(database.db, { restMs: 600_000 });
    await settle(await hold(10 * MINUTE_MS));
    await sealer.seal();
    await settle(await hold(0));
    await sealer.seal();
    expect(await tail()).toMatchObject({ calls: 1 });
    await sealer.close();
  });

  it('follows the calls of a living process as far as that has promised', async () => {
    const ledger = await openLedger(database.db);
    const request = holdOf(leg());
    await ledger.hold(request);
    await ledger.settle(settlementOf(request, 3n));
    await sealAll(database.db);
    // Others with an id two minutes old may still be on their way here.
    expect(await tail()).toMatchObject({ calls: 1 });
    await ledger.close();
    await sealAll(database.db);
    expect(await tail()).toMatchObject({ calls: 0 });
  });

  it('goes on where the rows were moved, as by a backup that was put back', async () => {
    await settle(await hold(10 * MINUTE_MS, 30));
    await sealUntil(database.db);
    await database.db.query('create table moved as select * from call');
    await database.db.query('truncate call');
    await database.db.query('insert into call select * from moved order by random()');
    await database.db.query('vacuum full wallet_grant');
    await settle(await hold(0));
    await sealUntil(database.db);
    expect(await tail()).toMatchObject({ calls: 0, transfers: 0 });
  });

  it('stops at a newest block that it did not make, and tells of one that went away', async () => {
    const lines: string[] = [];
    const log = createLog('error', { write: (line) => lines.push(line) });
    const sealer = openSealer(database.db, { log });
    await settle(await hold(10 * MINUTE_MS));
    await sealer.seal();
    await database.db.query(`update seal_block set sealed_at = sealed_at + interval '1 s'`);
    await expect(sealer.seal()).rejects.toThrow('farebox verify');
    await database.db.query('delete from seal_block');
    expect(lines).toEqual([]);
    await sealer.seal();
    expect(lines.join()).toContain('A block of the seal is gone');
    await sealer.close();
  });
});

describe('a process', () => {
  it('whose clock is behind what is sealed takes no call', async () => {
    await settle(await hold(MINUTE_MS));
    await sealAll(database.db);
    const slowly = { ...systemClock, nowMs: () => systemClock.nowMs() - 10 * MINUTE_MS };
    const ledger = await openLedger(database.db, { clock: slowly });
    const request = { ...holdOf(leg()), callId: idsBefore(10 * MINUTE_MS)() };
    await expect(ledger.hold(request)).rejects.toMatchObject({ code: 'clock_behind', status: 503 });
    expect(await ledger.hold(holdOf(leg()))).toMatchObject({ outcome: 'held' });
    await ledger.close();
  });

  it('that was judged dead takes up no call again that the seal may have passed', async () => {
    const ledger = await openLedger(database.db);
    const old = { ...holdOf(leg()), callId: idsBefore(MINUTE_MS)() };
    await database.db.query(
      'update replica set ended_at = now(), swept_at = now() where pid = $1',
      [process.pid],
    );
    await settle(await hold(1_000));
    await sealAll(database.db);
    await expect(ledger.hold(old)).rejects.toMatchObject({ code: 'clock_behind' });
    expect(await ledger.hold(holdOf(leg()))).toMatchObject({ outcome: 'held' });
    await ledger.close();
  });
});
