import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Batches, openBatches } from '../../test/batches.ts';
import {
  type Books,
  type Customer,
  give,
  holdOf,
  legOf,
  seedBooks,
  seedCustomer,
  settlementOf,
  testIds,
  walletOf,
} from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createRandom } from '../../test/seeded-random.ts';
import { adjustWallet, endGrant, mergeWallets, setBalance, verifyLedger } from './index.ts';

let database: TestDatabase;
let books: Books;
let batches: Batches;
beforeAll(async () => {
  database = await openTestDatabase();
  books = await seedBooks(database.db);
  batches = await openBatches(database.db, new Date());
});
afterEach(async () => {
  expect(await verifyLedger(database.db)).toEqual([]);
});
afterAll(async () => {
  await batches.close();
  await database.close();
});

/** Calls are held and settled at the machine's own time, as everything else here is. */
async function now(): Promise<Batches> {
  const [row] = await database.db.query<{ at: Date }>('select clock_timestamp() as at');
  batches.now = row?.at ?? new Date(0);
  return batches;
}
const call = (customer: Customer, amount: bigint) => holdOf(legOf(books, customer, amount));
const adjust = (customer: Customer, amount: bigint, reference = `test:${testIds.rowId()}`) =>
  adjustWallet(database.db, testIds, { ...customer, amount, reference, reason: 'by hand' });

async function remaining(...grants: bigint[]): Promise<(bigint | undefined)[]> {
  const rows = await database.db.query<{ id: bigint; remaining: bigint }>(
    `select g.id, coalesce(s.remaining, 0) as remaining from wallet_grant g
     left join open_grant s on s.wallet_id = g.wallet_id and s.id = g.id where g.id = any ($1)`,
    [grants],
  );
  return grants.map((id) => rows.find((row) => row.id === id)?.remaining);
}

describe('an adjustment', () => {
  it('takes from the grants that are spent first, and tells before and after', async () => {
    const customer = await seedCustomer(books, 0n);
    const lasting = await give(books, customer, 10n);
    const expires = new Date(Date.parse('2100-01-01'));
    const ending = await give(books, customer, 10n, { expiresAt: expires });
    const first = await give(books, customer, 10n, { priority: -1 });
    expect(await adjust(customer, -14n)).toMatchObject({ created: true, before: 30n, after: 16n });
    expect(await remaining(first, ending, lasting)).toEqual([0n, 6n, 10n]);
  });

  it('takes nothing that running calls hold, and nothing beyond what is available', async () => {
    const customer = await seedCustomer(books, 100n);
    const request = call(customer, 70n);
    await (await now()).hold(request);
    await expect(adjust(customer, -31n)).rejects.toMatchObject({ code: 'insufficient_available' });
    expect(await adjust(customer, -30n)).toMatchObject({ before: 100n, after: 70n });
    await (await now()).settle(settlementOf(request, 70n));
    expect(await walletOf(database.db, customer)).toMatchObject({ balance: 0n, held: 0n });
  });

  it('is made once per reference, however many ask at once, in either direction', async () => {
    const customer = await seedCustomer(books, 100n);
    for (const amount of [-7n, 5n]) {
      const reference = `once:${amount}`;
      const all = Array.from({ length: 8 }, () => adjust(customer, amount, reference));
      const made = (await Promise.all(all)).filter(({ created }) => created);
      expect(made).toHaveLength(1);
      await expect(adjust(customer, amount * 2n, reference)).rejects.toMatchObject({
        code: 'reference_conflict',
      });
      await expect(adjust(customer, -amount, reference)).rejects.toMatchObject({
        code: 'reference_conflict',
      });
    }
    expect(await walletOf(database.db, customer)).toMatchObject({ balance: 98n });
  });

  it('sets a balance up, down, and not below what is held', async () => {
    const customer = await seedCustomer(books, 100n);
    const set = (balance: bigint) =>
      setBalance(database.db, testIds, {
        ...customer,
        balance,
        reference: `set:${testIds.rowId()}`,
        reason: 'as agreed',
      });
    expect(await set(40n)).toMatchObject({ created: true, before: 100n, after: 40n });
    expect(await set(90n)).toMatchObject({ created: true, before: 40n, after: 90n });
    expect(await set(90n)).toMatchObject({ created: false, before: 90n, after: 90n });
    const request = call(customer, 50n);
    await (await now()).hold(request);
    await expect(set(49n)).rejects.toMatchObject({ code: 'insufficient_available' });
    expect(await set(50n)).toMatchObject({ after: 50n });
    await (await now()).settle(settlementOf(request, 0n, { outcome: 'released' }));
  });
});

describe('a grant that is ended', () => {
  it('loses at once what no running call may draw, and the rest when they end', async () => {
    const customer = await seedCustomer(books, 0n);
    const ended = await give(books, customer, 100n);
    const request = call(customer, 30n);
    await (await now()).hold(request);
    await endGrant(database.db, books.platformId, ended);
    expect(await walletOf(database.db, customer)).toMatchObject({ balance: 30n, held: 30n });
    await give(books, customer, 50n);
    const later = call(customer, 50n);
    await (await now()).hold(later);
    await (await now()).settle(settlementOf(request, 20n), settlementOf(later, 45n));
    expect(await walletOf(database.db, customer)).toMatchObject({ balance: 5n, held: 0n });
    await expect(endGrant(database.db, books.platformId, ended)).rejects.toMatchObject({
      code: 'grant_over',
    });
  });

  it('is not there for another platform', async () => {
    const customer = await seedCustomer(books, 10n);
    const [grant] = await database.db.query<{ id: bigint }>(
      'select id from wallet_grant where wallet_id = $1',
      [customer.walletId],
    );
    await expect(endGrant(database.db, 1n, grant?.id ?? 0n)).rejects.toMatchObject({
      code: 'grant_not_found',
    });
  });
});

describe('a merge of wallets', () => {
  it('moves each grant with its order and end, and keeps the sum', async () => {
    const [from, into] = [await seedCustomer(books, 0n), await seedCustomer(books, 5n)];
    const ends = new Date(Date.parse('2100-01-01'));
    await give(books, from, 10n, { expiresAt: ends, priority: 3 });
    await give(books, from, 20n);
    await adjust(from, -4n);
    const merge = { platformId: books.platformId, from: from.accountId, into: into.accountId };
    const moved = await database.db.transaction((tx) =>
      mergeWallets(tx, testIds, { ...merge, reason: 'one person' }),
    );
    expect(moved).toEqual([{ unit: 'USD', amount: 26n, grants: 2 }]);
    expect((await walletOf(database.db, from)).balance).toBe(0n);
    expect((await walletOf(database.db, into)).balance).toBe(31n);
    const rows = await database.db.query(
      `select granted, priority, expires_at from wallet_grant
       where wallet_id = $1 and not closed order by granted`,
      [into.walletId],
    );
    expect(rows).toEqual([
      { granted: 5n, priority: 0, expires_at: null },
      { granted: 10n, priority: 3, expires_at: ends },
      { granted: 16n, priority: 0, expires_at: null },
    ]);
  });

  it('is refused while a call of the source is running, and leaves all as it is', async () => {
    const [from, into] = [await seedCustomer(books, 10n), await seedCustomer(books, 5n)];
    const request = call(from, 1n);
    await (await now()).hold(request);
    const merge = { platformId: books.platformId, from: from.accountId, into: into.accountId };
    const merging = database.db.transaction((tx) =>
      mergeWallets(tx, testIds, { ...merge, reason: undefined }),
    );
    await expect(merging).rejects.toMatchObject({ code: 'account_in_use', status: 409 });
    expect((await walletOf(database.db, from)).balance).toBe(10n);
    await (await now()).settle(settlementOf(request, 1n));
  });
});

interface Life {
  readonly customer: Customer;
  readonly below: (count: number) => number;
  readonly open: ReturnType<typeof call>[];
  readonly grants: bigint[];
  nowMs: number;
}

/** What may happen to a wallet next. */
const ACTS: readonly ((life: Life) => Promise<unknown>)[] = [
  async ({ customer, below, grants, nowMs }) => {
    const grantId = testIds.rowId();
    const expires = below(3) === 0 ? new Date(nowMs + 1 + below(60_000)) : null;
    grants.push(grantId);
    return database.db.query(
      `select grant_value($1, $2, $3, $4, $5, 'bonus', $6::smallint, $7, $8, null, null, 0)`,
      [
        ...[new Date(nowMs), grantId, books.platformId, customer.walletId],
        ...[BigInt(1 + below(100)), below(3), expires, `life:${grantId}`],
      ],
    );
  },
  async ({ customer, below, open }) => {
    const request = call(customer, BigInt(1 + below(60)));
    const [held] = await batches.hold(request);
    if (held?.outcome === 'held') open.push(request);
  },
  async ({ below, open }) => {
    const [request] = open.splice(below(open.length || 1), 1);
    if (request === undefined) return;
    const outcome = below(4) === 0 ? 'released' : 'settled';
    const price = outcome === 'settled' ? BigInt(below(80)) : 0n;
    await batches.settle(settlementOf(request, price, { outcome }));
  },
  async ({ customer, below, nowMs }) =>
    database.db.query('select * from take_value($1, $2, $3, $4, $5, null)', [
      ...[new Date(nowMs), books.platformId, customer.walletId],
      ...[BigInt(1 + below(50)), `life:${testIds.rowId()}`],
    ]),
  async ({ below, grants, nowMs }) => {
    const grant = grants[below(grants.length || 1)];
    const end = 'select end_grant($1, $2, $3)';
    if (grant !== undefined) {
      await database.db.query(end, [new Date(nowMs), books.platformId, grant]);
    }
  },
  async (life) => {
    life.nowMs += life.below(20_000);
  },
];

describe('money', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'is never lost nor below zero, whatever is done with it (life %i)',
    async (seed) => {
      const customer = await seedCustomer(books, 0n);
      const nowMs = (await now()).now.getTime();
      const life: Life = { customer, below: createRandom(seed), open: [], grants: [], nowMs };
      for (let step = 0; step < 80; step += 1) {
        batches.now = new Date(life.nowMs);
        await ACTS[life.below(ACTS.length)]?.(life);
        const { balance, held } = await walletOf(database.db, customer);
        expect(balance >= held && held >= 0n).toBe(true);
      }
      expect(await verifyLedger(database.db)).toEqual([]);
      for (const request of life.open) await batches.settle(settlementOf(request, 1n));
      await mergeAll(customer);
    },
  );

  async function mergeAll(from: Customer): Promise<void> {
    const { platformId, accountId: into } = await seedCustomer(books, 0n);
    await database.db.transaction((tx) =>
      mergeWallets(tx, testIds, { platformId, from: from.accountId, into, reason: undefined }),
    );
    expect(await walletOf(database.db, from)).toMatchObject({ balance: 0n, held: 0n });
  }
});
