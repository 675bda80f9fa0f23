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
  testIds,
} from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createLog, createSecretBox, systemClock, systemRandom } from '../kernel/index.ts';
import { adjustWallet, sealKey, startSealer } from '../ledger/index.ts';
import { listMovements, type Movement, type MovementCursor } from './list-movements.ts';

let database: TestDatabase;
let books: Books;
let batches: Batches;
let customer: Customer;
beforeAll(async () => {
  database = await openTestDatabase();
  books = await seedBooks(database.db);
  batches = await openBatches(database.db, new Date());
  customer = await seedCustomer(books, 10_000n);
  await history(customer, 40);
  await seal();
  await history(customer, 15);
});
afterAll(async () => {
  await batches.close();
  await database.close();
});

/** Calls that end in another order than they began, some for nothing, and adjustments between. */
async function history(of: Customer, rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const [row] = await database.db.query<{ at: Date }>('select clock_timestamp() as at');
    batches.now = row?.at ?? new Date(0);
    const calls = [1n, 2n, 3n].map((amount) => holdOf(legOf(books, of, amount * 10n)));
    await batches.hold(...calls);
    const settled = calls.map((one, index) => settlementOf(one, BigInt(round % 3) * BigInt(index)));
    for (const one of settled.reverse()) await batches.settle(one);
    if (round % 5 > 0) continue;
    const reference = `history:${testIds.rowId()}`;
    const amount = BigInt(round % 2 === 0 ? -3 : 4);
    await adjustWallet(database.db, testIds, { ...of, amount, reference, reason: 'why not' });
  }
}

async function seal(): Promise<void> {
  const key = sealKey(createSecretBox(systemRandom(32), systemRandom));
  const parts = { db: database.db, clock: systemClock, log: createLog('silent') };
  const sealer = startSealer({ ...parts, key, restMs: 0 });
  await sealer.seal();
  await sealer.close();
}

async function pages(limit: number): Promise<Movement[]> {
  const all: Movement[] = [];
  let after: MovementCursor | undefined;
  for (;;) {
    const page = await listMovements(database.db, customer.walletId, { limit, after });
    all.push(...page);
    after = page.at(-1);
    if (page.length < limit) return all;
  }
}

it('lists every movement of a wallet once, newest first, each with both sides exact', async () => {
  const entries = await database.db.query<{ version: bigint; amount: bigint; after: bigint }>(
    `select version, amount::bigint, (sum(amount) over (order by version))::bigint as after
     from entry where wallet_id = $1 order by version desc`,
    [customer.walletId],
  );
  const expected = entries.map(({ version, amount, after }) => {
    return { version, amount, before: after - amount, after };
  });
  expect(expected.length).toBeGreaterThan(50);
  const all = await pages(1_000);
  expect(all).toMatchObject(expected);
  expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(['call', 'grant', 'adjustment']));
  for (const limit of [1, 7]) expect(await pages(limit)).toEqual(all);
});

it('goes on from an older page as if nothing had come since', async () => {
  const [first] = await listMovements(database.db, customer.walletId, { limit: 1 });
  const before = await listMovements(database.db, customer.walletId, { limit: 20, after: first });
  await history(customer, 3);
  const again = await listMovements(database.db, customer.walletId, { limit: 20, after: first });
  expect(again).toEqual(before);
});

it('is empty for a wallet that nothing happened to', async () => {
  const { walletId } = await seedCustomer(books, 0n);
  expect(await listMovements(database.db, walletId, { limit: 10 })).toEqual([]);
});
