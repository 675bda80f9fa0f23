import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Books,
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

describe('a settlement', () => {
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

  const held = async (balance: bigint, amount: bigint) => {
    const customer = await seedCustomer(books, balance);
    const request = holdOf(legOf(books, customer, amount));
    expect((await ledger.hold(request)).outcome).toBe('held');
    return { customer, request };
  };

  it('charges the price and gives the rest of the hold back', async () => {
    const { customer, request } = await held(1_000n, 400n);
    const result = await ledger.settle(settlementOf(request, 150n));
    expect(result).toEqual({ result: 'settled', charge: 150n, available: 850n });
    expect(await walletOf(books.db, customer)).toMatchObject({ balance: 850n, held: 0n });
  });

  it('sent ten times charges once', async () => {
    const { customer, request } = await held(1_000n, 400n);
    const results = [];
    for (let index = 0; index < 10; index += 1) {
      results.push(await ledger.settle(settlementOf(request, 150n)));
    }
    expect(results.map((result) => result.result)).toEqual([
      'settled',
      ...Array.from({ length: 9 }, () => 'already'),
    ]);
    expect(results.every((result) => result.charge === 150n)).toBe(true);
    expect(await walletOf(books.db, customer)).toMatchObject({ balance: 850n, version: 2n });
  });

  it('after a release charges nothing, and a release after it gives nothing back', async () => {
    const first = await held(100n, 50n);
    await ledger.settle(settlementOf(first.request, 0n, { outcome: 'released' }));
    const late = await ledger.settle(settlementOf(first.request, 50n));
    expect(late).toMatchObject({ result: 'already', charge: 0n });
    const second = await held(100n, 50n);
    await ledger.settle(settlementOf(second.request, 50n));
    await ledger.settle(settlementOf(second.request, 0n, { outcome: 'released' }));
    expect(await walletOf(books.db, second.customer)).toMatchObject({ balance: 50n, held: 0n });
  });

  it('above its hold takes what is available, no other hold; overrun bears the rest', async () => {
    const { customer, request } = await held(1_000n, 400n);
    const other = holdOf(legOf(books, customer, 500n));
    await ledger.hold(other);
    const result = await ledger.settle(settlementOf(request, 900n));
    expect(result).toEqual({ result: 'settled', charge: 500n, available: 0n });
    expect(await walletOf(books.db, customer)).toMatchObject({ balance: 500n, held: 500n });
    const overrun = await books.db.query(
      `select amount from entry where call_id = $1 and system = 'overrun'`,
      [request.callId],
    );
    expect(overrun).toEqual([{ amount: -400n }]);
    expect(await ledger.settle(settlementOf(other, 500n))).toMatchObject({ charge: 500n });
  });

  it('above their holds, two in one batch never take more than there is', async () => {
    const customer = await seedCustomer(books, 100n);
    const requests = [30n, 30n, 30n].map((amount) => holdOf(legOf(books, customer, amount)));
    await Promise.all(requests.map((request) => ledger.hold(request)));
    const results = await Promise.all(
      requests.map((request) => ledger.settle(settlementOf(request, 37n))),
    );
    expect(results.map((result) => result.charge)).toEqual([37n, 33n, 30n]);
    expect(await walletOf(books.db, customer)).toMatchObject({ balance: 0n, held: 0n });
  });

  it('of a hold that has expired is refused; its price stands in the lost account', async () => {
    const { customer, request } = await held(100n, 50n);
    await ledger.settle(settlementOf(request, 0n, { outcome: 'expired', status: 0 }));
    const late = [
      await ledger.settle(settlementOf(request, 20n)),
      await ledger.settle(settlementOf(request, 20n)),
    ];
    expect(late.map((result) => result.result)).toEqual(['late', 'late']);
    expect(await walletOf(books.db, customer)).toMatchObject({ balance: 100n, held: 0n });
    const lost = await books.db.query(
      `select sum(amount) as amount from entry where call_id = $1 and system = 'lost'`,
      [request.callId],
    );
    expect(lost).toEqual([{ amount: '-20' }]);
  });

  it('of a free call leaves no movement, but a row in the log', async () => {
    const { customer, request } = await held(100n, 50n);
    await ledger.settle(settlementOf(request, 0n, { leg: { input: 3n, output: 0n } }));
    expect(await walletOf(books.db, customer)).toMatchObject({ balance: 100n, version: 1n });
    const rows = await books.db.query('select outcome, input, charge from call where id = $1', [
      request.callId,
    ]);
    expect(rows).toEqual([{ outcome: 'settled', input: 3n, charge: 0n }]);
  });

  it('keeps every quantity that was measured', async () => {
    const { request } = await held(100n, 50n);
    const leg = { input: 1n, output: 2n, cachedInput: 3n, other: { reasoning: 4n, image: 5n } };
    await ledger.settle(settlementOf(request, 9n, { leg, errorCode: 'client "gone"' }));
    const rows = await books.db.query(
      'select input, output, cached_input, other, error_code from call where id = $1',
      [request.callId],
    );
    expect(rows).toEqual([
      {
        input: 1n,
        output: 2n,
        cached_input: 3n,
        other: { reasoning: '4', image: '5' },
        error_code: 'client "gone"',
      },
    ]);
  });
});
