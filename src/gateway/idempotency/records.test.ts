import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Books,
  type Customer,
  holdOf,
  legOf,
  openLedger,
  seedBooks,
  seedCustomer,
  settlementOf,
  testIds,
} from '../../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts';
import type { HoldRequest, Ledger } from '../../ledger/index.ts';
import { verifyIdempotency } from './index.ts';
import {
  concludeRecord,
  insertRecord,
  type KeyedCall,
  readRecord,
  removeOldRecords,
  takeOverRecord,
} from './records.ts';

let database: TestDatabase;
let books: Books;
let ledger: Ledger;
beforeAll(async () => {
  database = await openTestDatabase();
  books = await seedBooks(database.db);
  ledger = await openLedger(database.db);
});
afterAll(async () => {
  await ledger.close();
  await database.close();
});

function keyed({ platformId, accountId }: Customer, more: Partial<KeyedCall> = {}): KeyedCall {
  const fingerprint = Buffer.alloc(32, 1);
  const callId = testIds.callId();
  return { platformId, accountId, route: 'POST /x', key: 'k', fingerprint, callId, ...more };
}

const settle = async (customer: Customer, price: bigint): Promise<HoldRequest> => {
  const hold = holdOf(legOf(books, customer, 10n));
  await ledger.hold(hold);
  await ledger.settle(settlementOf(hold, price));
  return hold;
};

describe('a record', () => {
  it('is one for each account, route and key', async () => {
    const { db } = database;
    const [one, other] = [await seedCustomer(books, 0n), await seedCustomer(books, 0n)];
    expect(await insertRecord(db, keyed(one))).toBe(true);
    expect(await insertRecord(db, keyed(one))).toBe(false);
    expect(await insertRecord(db, keyed(other))).toBe(true);
    expect(await insertRecord(db, keyed(one, { route: 'POST /y' }))).toBe(true);
    expect(await insertRecord(db, keyed(one, { key: 'K' }))).toBe(true);
  });

  it("cannot be of another platform's account", async () => {
    const customer = await seedCustomer(books, 0n);
    const stranger = keyed({ ...customer, platformId: (await seedBooks(database.db)).platformId });
    await expect(insertRecord(database.db, stranger)).rejects.toThrow('foreign key');
  });

  it('names the newest fifty of the calls before its last one', async () => {
    const { db } = database;
    const customer = await seedCustomer(books, 0n);
    const calls = Array.from({ length: 60 }, () => keyed(customer));
    await insertRecord(db, calls[0] as KeyedCall);
    for (const call of calls.slice(1)) {
      const found = await readRecord(db, call);
      if (found === undefined) throw new Error('the record is gone');
      expect(await takeOverRecord(db, call, found)).toBe(true);
    }
    const [row] = await db.query<{ call_id: string; earlier_call_ids: string[] }>(
      'select call_id, earlier_call_ids from idempotency_record where account_id = $1',
      [customer.accountId],
    );
    const ids = calls.map(({ callId }) => callId).reverse();
    expect([row?.call_id, ...(row?.earlier_call_ids ?? [])]).toEqual(ids.slice(0, 51));
  });

  it('is removed a day after it was claimed, however many there are', async () => {
    const { db } = database;
    const { platformId, accountId } = await seedCustomer(books, 0n);
    await db.query(
      `insert into idempotency_record
         (platform_id, account_id, route, key, fingerprint, call_id, claimed_at)
       select $1, $2, 'POST /x', n::text, sha256('body'), gen_random_uuid(),
         clock_timestamp() - interval '24 hours'
           + case when n <= 2500 then interval '-5 seconds' else interval '1 minute' end
       from generate_series(1, 2503) n`,
      [platformId, accountId],
    );
    await Promise.all([removeOldRecords(db), removeOldRecords(db)]);
    const rows = await db.query<{ key: string }>(
      'select key from idempotency_record where account_id = $1 order by key',
      [accountId],
    );
    expect(rows.map(({ key }) => key)).toEqual(['2501', '2502', '2503']);
  });
});

describe('verify', () => {
  const named = async (): Promise<string[]> => {
    const differences = await verifyIdempotency(database.db);
    return differences.map(({ check }) => check);
  };

  it('finds nothing where a call was charged after its answer was put down', async () => {
    const customer = await seedCustomer(books, 100n);
    const call = keyed(customer, { callId: (await settle(customer, 3n)).callId });
    await insertRecord(database.db, call);
    await concludeRecord(database.db, call, undefined);
    expect(await named()).toEqual([]);
  });

  it.each([
    ['two charged under one key', 'key_has_one_effect', 'earlier_call_ids = array[$1::uuid]'],
    ['a charge before the answer was put down', 'keyed_call_is_concluded', 'concluded_at = null'],
    ["a call of another account's", 'key_is_its_accounts', 'call_id = $2'],
  ])('finds %s', async (_, check, change) => {
    const { db } = database;
    const [customer, other] = [await seedCustomer(books, 100n), await seedCustomer(books, 100n)];
    const [first, last] = [await settle(customer, 3n), await settle(customer, 4n)];
    const strange = await settle(other, 5n);
    const call = keyed(customer, { callId: last.callId });
    await insertRecord(db, call);
    await concludeRecord(db, call, undefined);
    expect(await named()).toEqual([]);
    await db.query(
      `update idempotency_record set ${change}
       where account_id = $3 and $1::uuid <> $2::uuid`,
      [first.callId, strange.callId, customer.accountId],
    );
    expect(await named()).toEqual([check]);
    await db.query('delete from idempotency_record where account_id = $1', [customer.accountId]);
  });

  it('finds a call that two keys name', async () => {
    const customer = await seedCustomer(books, 100n);
    const call = keyed(customer);
    await insertRecord(database.db, call);
    await insertRecord(database.db, { ...call, key: 'other' });
    expect(await named()).toEqual(['key_is_its_accounts']);
  });
});
