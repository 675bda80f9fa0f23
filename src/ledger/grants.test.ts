import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Batches, openBatches } from '../../test/batches.ts';
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
  testIds,
  walletOf,
} from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { grantValue, verifyLedger } from './index.ts';

describe('a grant', () => {
  let database: TestDatabase;
  let books: Books;
  let batches: Batches;
  let startMs: number;
  beforeAll(async () => {
    database = await openTestDatabase();
    books = await seedBooks(database.db);
    const [row] = await database.db.query<{ now: Date }>('select clock_timestamp() as now');
    startMs = (row?.now ?? new Date(0)).getTime();
    batches = await openBatches(database.db, new Date(startMs));
  });
  afterEach(async () => {
    expect(await verifyLedger(database.db)).toEqual([]);
  });
  afterAll(async () => {
    await batches.close();
    await database.close();
  });

  /** An instant of the test: so many hours after its start, when every grant was given. */
  const hour = (hours: number) => new Date(startMs + hours * 3_600_000);
  const at = (hours: number) => {
    batches.now = hour(hours);
    return batches;
  };
  const call = (customer: Customer, amount: bigint) => holdOf(legOf(books, customer, amount));
  const remaining = async (...grants: bigint[]) => {
    const rows = await books.db.query<{ id: bigint; remaining: bigint }>(
      `select g.id, coalesce(s.remaining, 0) as remaining from wallet_grant g
       left join open_grant s on s.wallet_id = g.wallet_id and s.id = g.id where g.id = any ($1)`,
      [grants],
    );
    return grants.map((id) => rows.find((row) => row.id === id)?.remaining);
  };
  const breakage = async (customer: Customer) => {
    const rows = await books.db.query<{ grant_id: bigint; amount: bigint }>(
      `select grant_id, amount from transfer
       where kind = 'expiry' and from_wallet_id = $1 order by id`,
      [customer.walletId],
    );
    return rows.map((row) => [row.grant_id, row.amount]);
  };

  it('is spent by priority, among equals by the earliest expiry, then by age', async () => {
    const customer = await seedCustomer(books, 0n);
    const lasting = await give(books, customer, 10n);
    const lastingToo = await give(books, customer, 10n);
    const late = await give(books, customer, 10n, { expiresAt: hour(9) });
    const early = await give(books, customer, 10n, { expiresAt: hour(8) });
    const first = await give(books, customer, 10n, { priority: -1 });
    const order = [first, early, late, lasting, lastingToo];
    const expected: bigint[] = [10n, 10n, 10n, 10n, 10n];
    for (const charge of [4n, 12n, 8n, 15n, 11n]) {
      const request = call(customer, charge);
      await at(1).hold(request);
      await at(1).settle(settlementOf(request, charge));
      let left = charge;
      for (const [index, rest] of expected.entries()) {
        const taken = left < rest ? left : rest;
        expected[index] = rest - taken;
        left -= taken;
      }
      expect(await remaining(...order)).toEqual(expected);
    }
  });

  it('that has expired pays no later call, and needs no scheduler to be gone', async () => {
    const customer = await seedCustomer(books, 30n);
    const expiring = await give(books, customer, 70n, { expiresAt: hour(2) });
    expect(await at(1.99).hold(call(customer, 100n))).toMatchObject([{ outcome: 'held' }]);
    const other = await seedCustomer(books, 30n);
    await give(books, other, 70n, { expiresAt: hour(2) });
    expect(await at(2).hold(call(other, 31n))).toMatchObject([
      { outcome: 'insufficient', available: 30n },
    ]);
    expect(await at(2).hold(call(other, 30n))).toMatchObject([{ outcome: 'held', available: 0n }]);
    expect(await walletOf(books.db, other)).toMatchObject({ balance: 30n, held: 30n });
    expect(await breakage(customer)).toEqual([]);
    expect(await remaining(expiring)).toEqual([70n]);
  });

  it("expires by the database's own clock at the first hold after it", async () => {
    const customer = await seedCustomer(books, 5n);
    const [row] = await books.db.query<{ at: Date }>(
      `select clock_timestamp() + interval '1500 ms' as at`,
    );
    const expiresAt = row?.at ?? new Date(0);
    const grant = await give(books, customer, 7n, { expiresAt });
    const ledger = await openLedger(database.db);
    const expired = async () =>
      (
        await books.db.query<{ past: boolean }>('select clock_timestamp() > $1 as past', [
          expiresAt,
        ])
      )[0]?.past === true;
    while (!(await expired()));
    expect(await ledger.hold(call(customer, 6n))).toMatchObject({
      outcome: 'insufficient',
      available: 5n,
    });
    expect(await breakage(customer)).toEqual([[grant, 7n]]);
    await ledger.close();
  });

  it('pays a call that was held before its expiry; the rest goes to breakage once', async () => {
    const customer = await seedCustomer(books, 50n);
    const grant = await give(books, customer, 100n, { expiresAt: hour(2) });
    const request = call(customer, 60n);
    await at(1).hold(request);
    // At its expiry the hold's 60 stay; 40 go. Only the lasting 50 are available to others.
    expect(await at(3).hold(call(customer, 51n))).toMatchObject([
      { outcome: 'insufficient', available: 50n },
    ]);
    expect(await walletOf(books.db, customer)).toMatchObject({ balance: 110n, held: 60n });
    expect(await at(4).settle(settlementOf(request, 25n))).toMatchObject([
      { result: 'settled', charge: 25n, available: 50n },
    ]);
    await at(5).settle(settlementOf(request, 25n));
    expect(await breakage(customer)).toEqual([
      [grant, 40n],
      [grant, 35n],
    ]);
    expect(await remaining(grant)).toEqual([0n]);
    expect(await walletOf(books.db, customer)).toMatchObject({ balance: 50n, held: 0n });
  });

  it('that expired goes to breakage when the call it was kept for is released', async () => {
    const customer = await seedCustomer(books, 0n);
    const grant = await give(books, customer, 100n, { expiresAt: hour(2) });
    const request = call(customer, 100n);
    await at(1).hold(request);
    const released = settlementOf(request, 0n, { outcome: 'released' });
    expect(await at(3).settle(released)).toMatchObject([{ charge: 0n, available: 0n }]);
    expect(await breakage(customer)).toEqual([[grant, 100n]]);
    expect(await walletOf(books.db, customer)).toMatchObject({ balance: 0n, held: 0n });
  });

  it('that expired pays no call held after it, even beside one held before', async () => {
    const customer = await seedCustomer(books, 0n);
    const short = await give(books, customer, 50n, { expiresAt: hour(2) });
    const long = await give(books, customer, 50n, { expiresAt: hour(4) });
    const lasting = await give(books, customer, 50n);
    const [before, between, after] = [40n, 40n, 40n].map((amount) => call(customer, amount));
    if (!before || !between || !after) throw new Error('three calls');
    await at(1).hold(before);
    // 10 of the short grant break, 40 are kept; the new call lives on the long and the lasting.
    expect(await at(3).hold(between)).toMatchObject([{ outcome: 'held', available: 60n }]);
    // The long grant has 50, but what is kept covers no more than the 80 that are held.
    expect(await at(5).hold(after)).toMatchObject([{ outcome: 'held', available: 10n }]);
    expect(await breakage(customer)).toEqual([
      [short, 10n],
      [long, 10n],
    ]);
    await at(6).settle(settlementOf(after, 40n));
    expect(await remaining(short, long, lasting)).toEqual([40n, 40n, 10n]);
    await at(6).settle(settlementOf(between, 15n));
    expect(await remaining(short, long, lasting)).toEqual([40n, 0n, 10n]);
    await at(6).settle(settlementOf(before, 40n));
    expect(await remaining(short, long, lasting)).toEqual([0n, 0n, 10n]);
    expect(await walletOf(books.db, customer)).toMatchObject({ balance: 10n, held: 0n });
    expect(await breakage(customer)).toEqual([
      [short, 10n],
      [long, 10n],
      [long, 25n],
    ]);
  });

  it('that expired is not available to a call that costs more than it held', async () => {
    const customer = await seedCustomer(books, 20n);
    await give(books, customer, 100n, { expiresAt: hour(2) });
    const [first, second] = [call(customer, 30n), call(customer, 30n)];
    await at(1).hold(first, second);
    const results = await at(3).settle(settlementOf(first, 10n), settlementOf(second, 90n));
    expect(results).toMatchObject([{ charge: 10n }, { charge: 50n }]);
    expect(await walletOf(books.db, customer)).toMatchObject({ balance: 0n, held: 0n });
  });

  it('that expired since the last call goes to breakage at the next', async () => {
    const customer = await seedCustomer(books, 0n);
    const first = await give(books, customer, 10n, { expiresAt: hour(1) });
    const second = await give(books, customer, 10n, { expiresAt: hour(2) });
    expect(await at(3).hold(call(customer, 1n))).toMatchObject([{ outcome: 'insufficient' }]);
    expect(await breakage(customer)).toEqual([
      [first, 10n],
      [second, 10n],
    ]);
  });

  it('is given once per reference, however many ask at once', async () => {
    const customer = await seedCustomer(books, 0n);
    const request = (amount: bigint) => ({
      grantId: testIds.rowId(),
      platformId: books.platformId,
      walletId: customer.walletId,
      amount,
      source: 'purchase' as const,
      priority: 0,
      expiresAt: undefined,
      reference: `order:${customer.walletId}`,
      reason: undefined,
    });
    const results = await Promise.all(
      Array.from({ length: 20 }, () => grantValue(books.db, request(500n))),
    );
    expect(results.filter((result) => result.created)).toHaveLength(1);
    expect(new Set(results.map((result) => result.grantId)).size).toBe(1);
    expect(results.every((result) => result.balance === 500n)).toBe(true);
    expect(await walletOf(books.db, customer)).toMatchObject({ balance: 500n, version: 1n });
    await expect(grantValue(books.db, request(501n))).rejects.toMatchObject({
      code: 'reference_conflict',
      status: 409,
    });
    const other = await seedCustomer(books, 0n);
    await expect(
      grantValue(books.db, { ...request(500n), walletId: other.walletId }),
    ).rejects.toMatchObject({ code: 'reference_conflict' });
  });

  it('is refused for a wallet that does not exist and for an expiry in the past', async () => {
    const customer = await seedCustomer(books, 0n);
    const missing = { ...customer, walletId: testIds.rowId() };
    await expect(give(books, missing, 1n)).rejects.toMatchObject({ code: 'wallet_not_found' });
    const foreign = { ...customer, platformId: (await seedBooks(books.db)).platformId };
    await expect(give(books, foreign, 1n)).rejects.toMatchObject({ code: 'wallet_not_found' });
    await expect(
      give(books, customer, 1n, { expiresAt: new Date(startMs - 1) }),
    ).rejects.toMatchObject({ code: 'already_expired', status: 422 });
  });
});
