import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Books,
  type Customer,
  holdOf,
  legOf,
  seedBooks,
  seedCustomer,
  settlementOf,
  testIds,
} from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import type { Connection } from '../db/index.ts';
import { holdBatch } from './hold.ts';
import { holdOrdinary } from './hold-ordinary.ts';
import {
  COUNTERS,
  type Counter,
  ensurePartitions,
  type HoldLeg,
  type HoldRequest,
  type Settlement,
} from './index.ts';
import { settleBatch } from './settle.ts';
import { settleOrdinary } from './settle-ordinary.ts';

const WAYS = ['alone', 'among others', 'call by call'] as const;
type Way = (typeof WAYS)[number];

const counters = (['key', 'account'] as const).flatMap((owner) =>
  COUNTERS.map((counter): Counter => `${owner}.${counter}`),
);
const sql = (text: string) => (books: Books, customer: Customer) =>
  books.db.query(text, [text.includes('api_key') ? customer.keyId : customer.walletId]);

/** What was before the call that is looked at: nothing, calls, or something done to the rows. */
const SITUATIONS: readonly {
  readonly title: string;
  readonly before?: (books: Books, customer: Customer) => Promise<unknown>;
  readonly leg?: Partial<HoldLeg>;
}[] = [
  { title: 'nothing special' },
  { title: 'no key', leg: { keyId: undefined } },
  { title: 'too little', leg: { minimum: 2_000n, maximum: 2_000n } },
  { title: 'another price', leg: { priceId: 1n } },
  {
    title: 'a revoked key',
    before: sql(`update api_key set status = 'revoked' where id = $1`),
  },
  {
    title: 'an expired key',
    before: sql(`update api_key set expires_at = '2020-01-01' where id = $1`),
  },
  {
    title: 'a suspended account',
    before: sql(`update account set status = 'suspended'
      where id = (select account_id from wallet where id = $1)`),
  },
  {
    title: 'calls in the minute before',
    before: async (...at) => {
      const minute = `date_bin('1 minute', clock_timestamp() - interval '1 minute', 'epoch')`;
      const set = `minute_start = ${minute}, minute_requests = 3, minute_tokens = 30`;
      await sql(`update api_key set ${set} where id = $1`)(...at);
      await sql(`update wallet set ${set} where id = $1`)(...at);
    },
  },
];

describe('a call alone, one among others, and one decided by itself', () => {
  let database: TestDatabase;
  let books: Books;
  let connection: Connection;
  const replicaId = testIds.rowId();
  // One instant for all, so that their windows are the same.
  const now = new Date();
  beforeAll(async () => {
    database = await openTestDatabase();
    books = await seedBooks(database.db);
    connection = await database.db.connection();
    await database.db.query(
      `insert into replica (id, host, pid, started_at, lease_until, open_since)
       values ($1, 'test', 1, now(), now() + interval '1 hour', call_id_at('epoch'))`,
      [replicaId],
    );
    await ensurePartitions(database.db, 2);
  });
  afterAll(async () => {
    await connection.close();
    await database.close();
  });

  async function hold(way: Way, request: HoldRequest) {
    if (way === 'call by call') return (await holdBatch(connection, replicaId, [request], now))[0];
    const others: HoldRequest[] = [];
    if (way === 'among others') {
      others.push(holdOf(legOf(books, await seedCustomer(books, 5n), 1n)));
    }
    return (await holdOrdinary(connection, replicaId, [request, ...others], now))[0];
  }

  async function settle(way: Way, settlement: Settlement) {
    if (way === 'call by call') return (await settleBatch(connection, [settlement], now))[0];
    const others: Settlement[] = [];
    if (way === 'among others') {
      const other = holdOf(legOf(books, await seedCustomer(books, 5n), 1n));
      await holdBatch(connection, replicaId, [other], now);
      others.push(settlementOf(other, 1n));
    }
    return (await settleOrdinary(connection, [settlement, ...others], now))[0];
  }

  /** All that the call has written, without what names its customer. */
  async function written(customer: Customer, { callId }: HoldRequest) {
    const without = `- '{id,account_id,wallet_id,key_id,hash,created_at,wallet_version}'::text[]`;
    const [row] = await books.db.query<Record<string, Record<string, unknown> | null>>(
      `select (select to_jsonb(w) ${without} from wallet w where id = $1) as wallet,
         (select to_jsonb(k) ${without} from api_key k where id = $2) as key,
         (select to_jsonb(h) ${without} from hold h where id = $3) as hold,
         (select to_jsonb(c) ${without} from call c where id = $3) as call`,
      [customer.walletId, customer.keyId, callId],
    );
    return row;
  }

  async function tryAll(leg: Partial<HoldLeg>, before?: (typeof SITUATIONS)[number]['before']) {
    const outcomes = [];
    for (const way of WAYS) {
      const customer = await seedCustomer(books, 1_000n);
      await before?.(books, customer);
      const request = holdOf(legOf(books, customer, 10n, { tokens: 7n, ...leg }));
      const result = await hold(way, request);
      const afterHold = await written(customer, request);
      if (result?.outcome !== 'held') {
        // Left to the way that decides call by call, which refuses; none of them counts anything.
        // A window may have been moved on, which is the same as if the next call did it.
        const { hold, wallet, key } = afterHold ?? {};
        const counted = [wallet, key].map((owner) => [
          owner?.held,
          owner?.open_holds,
          owner?.total_spent,
        ]);
        outcomes.push({ result: 'not held', hold, counted });
        continue;
      }
      const settlement = settlementOf(request, 6n, { leg: { input: 2n, output: 3n } });
      const settled = await settle(way, settlement);
      outcomes.push({ result, afterHold, settled, atTheEnd: await written(customer, request) });
    }
    const [alone, ...others] = outcomes;
    for (const outcome of others) expect(outcome).toEqual(alone);
    return alone;
  }

  it.each(SITUATIONS)('come out alike: $title', async ({ before, leg }) => {
    await tryAll(leg ?? {}, before);
  });

  it.each(counters)(
    'come out alike at the last call that a cap of %s lets pass',
    async (counter) => {
      const amount = counter.endsWith('tokens') ? 7n : 1n;
      const step = counter.endsWith('spent') ? 10n : amount;
      const at = (cap: bigint) => tryAll({ claims: [{ counter, amount, cap }] });
      expect((await at(step))?.result).toMatchObject({ outcome: 'held', remaining: [0n] });
      expect((await at(step - 1n))?.result).toBe('not held');
    },
  );
});
