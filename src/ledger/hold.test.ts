import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Books,
  give,
  holdOf,
  legOf,
  openLedger,
  seedBooks,
  seedCustomer,
  settlementOf,
  walletOf,
} from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import type { Ledger } from './index.ts';
import { verifyLedger } from './index.ts';

describe('a hold', () => {
  let database: TestDatabase;
  let books: Books;
  let ledger: Ledger;
  beforeAll(async () => {
    database = await openTestDatabase();
    books = await seedBooks(database.db);
    ledger = await openLedger(database.db);
  });
  afterAll(async () => {
    expect(await verifyLedger(database.db)).toEqual([]);
    await ledger.close();
    await database.close();
  });

  it('sets value aside: available falls, the balance stays', async () => {
    const customer = await seedCustomer(books, 1_000n);
    const result = await ledger.hold(holdOf(legOf(books, customer, 300n)));
    expect(result).toMatchObject({ outcome: 'held', granted: [300n], available: 700n });
    expect(await walletOf(books.db, customer)).toMatchObject({ balance: 1_000n, held: 300n });
  });

  it('admits no more of 50 parallel calls than the wallet affords (F1, F2)', async () => {
    const customer = await seedCustomer(books, 1_000n);
    const results = await Promise.all(
      Array.from({ length: 50 }, () => ledger.hold(holdOf(legOf(books, customer, 100n)))),
    );
    expect(results.filter((result) => result.outcome === 'held')).toHaveLength(10);
    expect(results.filter((result) => result.outcome === 'insufficient')).toHaveLength(40);
    expect(await walletOf(books.db, customer)).toMatchObject({ held: 1_000n });
  });

  it('admits no more through two processes than through one', async () => {
    const customer = await seedCustomer(books, 1_000n);
    const second = await openLedger(database.db);
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        (index % 2 ? second : ledger).hold(holdOf(legOf(books, customer, 100n))),
      ),
    );
    expect(results.filter((result) => result.outcome === 'held')).toHaveLength(10);
    await second.close();
  });

  it('is not spoiled by a refused call before it in the same batch', async () => {
    const customer = await seedCustomer(books, 100n);
    const [tooMuch, fits] = await Promise.all([
      ledger.hold(holdOf(legOf(books, customer, 101n))),
      ledger.hold(holdOf(legOf(books, customer, 100n))),
    ]);
    expect(tooMuch?.outcome).toBe('insufficient');
    expect(fits?.outcome).toBe('held');
  });

  it('grants what there is between its minimum and its maximum', async () => {
    const customer = await seedCustomer(books, 500n);
    const range = { minimum: 200n, maximum: 800n };
    const first = await ledger.hold(holdOf(legOf(books, customer, 0n, range)));
    expect(first).toMatchObject({ outcome: 'held', granted: [500n], available: 0n });
    const second = await ledger.hold(holdOf(legOf(books, customer, 0n, range)));
    expect(second).toMatchObject({ outcome: 'insufficient', granted: [0n] });
  });

  it('takes all its legs or none', async () => {
    const [retail, wholesale] = [await seedCustomer(books, 100n), await seedCustomer(books, 30n)];
    const legs = (amount: bigint) => [
      legOf(books, retail, 40n),
      legOf(books, wholesale, amount, { keyId: undefined }),
    ];
    const refused = await ledger.hold(holdOf(...legs(31n)));
    expect(refused).toMatchObject({ outcome: 'insufficient', granted: [0n, 0n] });
    expect(await walletOf(books.db, retail)).toMatchObject({ held: 0n });
    const call = holdOf(...legs(30n));
    expect(await ledger.hold(call)).toMatchObject({ outcome: 'held', granted: [40n, 30n] });
    await ledger.settle(settlementOf(call, 10n));
    expect(await walletOf(books.db, retail)).toMatchObject({ balance: 90n, held: 0n });
    expect(await walletOf(books.db, wholesale)).toMatchObject({ balance: 20n, held: 0n });
  });

  it('asks the rows themselves: a revoked key, a suspended account, an old price', async () => {
    const own = await seedBooks(books.db);
    const customer = await seedCustomer(own, 100n);
    const ask = async () => (await ledger.hold(holdOf(legOf(own, customer, 1n)))).outcome;
    const change = (text: string, id: bigint) => books.db.query(text, [id]);
    await change(`update api_key set status = 'revoked' where id = $1`, customer.keyId);
    expect(await ask()).toBe('key_inactive');
    await change(
      `update api_key set status = 'active', expires_at = now() - interval '1 s' where id = $1`,
      customer.keyId,
    );
    expect(await ask()).toBe('key_inactive');
    await change('update api_key set expires_at = null where id = $1', customer.keyId);
    await change(`update account set status = 'suspended' where id = $1`, customer.accountId);
    expect(await ask()).toBe('account_suspended');
    await change(`update account set status = 'active' where id = $1`, customer.accountId);
    await change(`update platform set status = 'suspended' where id = $1`, own.platformId);
    expect(await ask()).toBe('platform_suspended');
    await change(`update platform set status = 'active' where id = $1`, own.platformId);
    expect(await ask()).toBe('held');
    await change('update price set valid_until = now() where id = $1', own.priceId);
    expect(await ask()).toBe('stale_price');
  });

  it("cannot be taken from another account's wallet", async () => {
    const [mine, other] = [await seedCustomer(books, 100n), await seedCustomer(books, 100n)];
    const leg = legOf(books, { ...mine, walletId: other.walletId }, 1n);
    expect((await ledger.hold(holdOf(leg))).outcome).toBe('wallet_missing');
  });

  it('with a bad row fails alone, and its batch goes on', async () => {
    const customer = await seedCustomer(books, 100n);
    const good = Array.from({ length: 5 }, () => holdOf(legOf(books, customer, 10n)));
    const bad = holdOf(legOf(books, customer, 10n, { tokens: -1n }));
    const results = await Promise.allSettled(
      [...good.slice(0, 3), bad, ...good.slice(3)].map((request) => ledger.hold(request)),
    );
    expect(results.map((result) => result.status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(await walletOf(books.db, customer)).toMatchObject({ held: 50n });
  });

  it('draws on value that was given a moment ago', async () => {
    const customer = await seedCustomer(books, 0n);
    expect((await ledger.hold(holdOf(legOf(books, customer, 1n)))).outcome).toBe('insufficient');
    await give(books, customer, 1n);
    expect((await ledger.hold(holdOf(legOf(books, customer, 1n)))).outcome).toBe('held');
  });
});
