import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Batches, openBatches } from '../../test/batches.ts';
import {
  type Books,
  type Customer,
  holdOf,
  legOf,
  seedBooks,
  seedCustomer,
  settlementOf,
} from '../../test/books.ts';
import { mostInAMinute } from '../../test/contract/admitted.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { type Claim, type HoldRequest, verifyLedger } from './index.ts';

const START_MS = Date.parse('2026-03-10T11:57:00Z');
const KEY_REQUESTS = 60n;
const ACCOUNT_TOKENS = 2_000n;

let database: TestDatabase;
let books: Books;
let replicas: Batches[];
beforeAll(async () => {
  database = await openTestDatabase();
  books = await seedBooks(database.db);
  const open = [1, 2, 3].map(() => openBatches(database.db, new Date(START_MS)));
  replicas = await Promise.all(open);
});
afterAll(async () => {
  for (const replica of replicas ?? []) await replica.close();
  await database?.close();
});

function ask(customer: Customer, tokens: bigint): HoldRequest {
  const claims: Claim[] = [
    { counter: 'key.minute.requests', amount: 1n, cap: KEY_REQUESTS },
    { counter: 'account.minute.tokens', amount: tokens, cap: ACCOUNT_TOKENS },
  ];
  return holdOf(legOf(books, customer, 1n, { tokens, claims }));
}

/** Every replica asks for as many calls at that second, all at once; the admitted ones end. */
async function hammerAt(
  second: number,
  customer: Customer,
  calls: number,
  tokens: bigint,
): Promise<number> {
  const admitted = replicas.map(async (replica) => {
    replica.now = new Date(START_MS + second * 1_000);
    const asked = Array.from({ length: calls }, () => ask(customer, tokens));
    const results = await replica.hold(...asked);
    const held = asked.filter((_, index) => results[index]?.outcome === 'held');
    await replica.settle(...held.map((one) => settlementOf(one, 0n, { leg: { input: tokens } })));
    return held.length;
  });
  return (await Promise.all(admitted)).reduce((sum, one) => sum + one, 0);
}

it.each([
  ['all the time', Array.from({ length: 120 }, (_, index) => index * 2.5)],
  ['in bursts on either side of a turn', [58, 59.9, 60, 61, 119, 119.9, 120, 181, 239.5, 240.5]],
  ['now and then', [3, 50, 61, 62, 100, 170, 171, 190, 290, 300]],
])('three processes that ask %s admit no more than a sliding minute', async (_, seconds) => {
  const customer = await seedCustomer(books, 10_000n);
  let asked = 0;
  let admitted = 0;
  for (const [index, second] of seconds.entries()) {
    const calls = 5 + (index % 7) * 4;
    asked += 3 * calls;
    admitted += await hammerAt(second, customer, calls, BigInt(10 + (index % 5) * 13));
  }
  expect(admitted).toBeLessThan(asked);
  const ofKey = await mostInAMinute(database.db, 'key_id', customer.keyId);
  const ofAccount = await mostInAMinute(database.db, 'account_id', customer.accountId);
  expect(ofKey.requests).toBeLessThanOrEqual(Number(KEY_REQUESTS));
  expect(ofAccount.tokens).toBeLessThanOrEqual(Number(ACCOUNT_TOKENS));
  const reached = [
    ofKey.requests / Number(KEY_REQUESTS),
    ofAccount.tokens / Number(ACCOUNT_TOKENS),
  ];
  expect(Math.max(...reached)).toBeGreaterThan(0.95);
  expect(await verifyLedger(database.db)).toEqual([]);
});
