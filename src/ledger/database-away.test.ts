import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type Books,
  type Customer,
  holdOf,
  legOf,
  openLedger,
  seedBooks,
  seedCustomer,
  settlementOf,
  walletOf,
} from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { answerIsLost, type FaultyDb, faultyDb } from '../../test/faulty-db.ts';
import { verifyLedger } from './index.ts';

let database: TestDatabase;
let books: Books;
let db: FaultyDb;
beforeAll(async () => {
  database = await openTestDatabase();
  books = await seedBooks(database.db);
  db = faultyDb(database.db);
});
afterEach(async () => {
  expect(await verifyLedger(database.db)).toEqual([]);
});
afterAll(() => database.close());

const call = (customer: Customer, amount: bigint) => holdOf(legOf(books, customer, amount));
const outcomeOf = async (callId: string) =>
  (
    await database.db.query<{ outcome: string | null }>(
      `select c.outcome from hold h left join call c on c.id = h.id and c.leg = h.leg
       where h.id = $1`,
      [callId],
    )
  ).map((row) => row.outcome ?? 'open');

describe('a database that stays away', () => {
  const patience = { holdMs: 2_000, settleMs: 2_000 };

  it('costs the customer nothing: the hold expires when it is back', async () => {
    const customer = await seedCustomer(books, 100n);
    const ledger = await openLedger(db, { patience });
    const [lost, fine] = [call(customer, 60n), call(customer, 10n)];
    await ledger.hold(lost);
    await ledger.hold(fine);
    db.away = true;
    await expect(ledger.settle(settlementOf(lost, 50n))).rejects.toMatchObject({
      code: 'database_unavailable',
      status: 503,
    });
    expect(await outcomeOf(lost.callId)).toEqual(['open']);
    db.away = false;
    await ledger.tidy();
    expect(await outcomeOf(lost.callId)).toEqual(['expired']);
    expect(await ledger.settle(settlementOf(lost, 50n))).toMatchObject({ result: 'late' });
    expect(await ledger.settle(settlementOf(fine, 5n))).toMatchObject({ result: 'settled' });
    expect(await walletOf(database.db, customer)).toMatchObject({ balance: 95n, held: 0n });
    await ledger.close();
  });

  it('refuses calls, and a hold it took without an answer is given back', async () => {
    const customer = await seedCustomer(books, 100n);
    const ledger = await openLedger(db, { patience });
    const request = call(customer, 60n);
    db.arrange('hold_ordinary', (run) => answerIsLost(run).finally(() => (db.away = true)));
    await expect(ledger.hold(request)).rejects.toMatchObject({ code: 'database_unavailable' });
    expect(await walletOf(database.db, customer)).toMatchObject({ held: 60n });
    db.away = false;
    await ledger.tidy();
    expect(await outcomeOf(request.callId)).toEqual(['released']);
    expect(await walletOf(database.db, customer)).toMatchObject({ balance: 100n, held: 0n });
    expect(ledger.openCalls).toBe(0);
    await ledger.close();
  });

  it('or stands still keeps nobody longer than that, and what it then does is undone', async () => {
    const customer = await seedCustomer(books, 100n);
    const ledger = await openLedger(db, { patience });
    const open = call(customer, 10n);
    await ledger.hold(open);
    let goOn = () => {};
    const standsStill = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    db.arrange('hold_ordinary', (run) => standsStill.then(run));
    const asked = [60n, 20n, 20n].map((amount) => ledger.hold(call(customer, amount)));
    const settling = ledger.settle(settlementOf(open, 5n));
    const told = await Promise.allSettled([...asked, settling]);
    expect(told.map((one) => one.status === 'rejected' && one.reason.code)).toEqual([
      'database_unavailable',
      'overloaded',
      'overloaded',
      'overloaded',
    ]);
    goOn();
    await vi.waitFor(async () => {
      expect(await walletOf(database.db, customer)).toMatchObject({ balance: 100n, held: 0n });
    }, 10_000);
    expect(await outcomeOf(open.callId)).toEqual(['expired']);
    expect(ledger.openCalls).toBe(0);
    await ledger.close();
  });

  it('leaves to others what the process could not resolve before it ended', async () => {
    const customer = await seedCustomer(books, 100n);
    const ledger = await openLedger(db, { patience });
    const request = call(customer, 60n);
    await ledger.hold(request);
    db.away = true;
    await expect(ledger.settle(settlementOf(request, 50n))).rejects.toThrow();
    db.away = false;
    await ledger.close();
    const next = await openLedger(database.db);
    expect(await outcomeOf(request.callId)).toEqual(['expired']);
    await next.close();
  });
});
