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
import { type HoldRequest, verifyLedger } from './index.ts';

// As where the pages of the calls are full, and those of the holds are not yet.
const FULL = `create function refuse_call() returns trigger language plpgsql as $$ begin
    raise exception 'could not extend file: No space left on device' using errcode = 'disk_full';
  end $$;
  create trigger refuse before insert on call for each row execute function refuse_call()`;
const FREED = 'drop trigger refuse on call; drop function refuse_call()';

let database: TestDatabase;
let books: Books;
let customer: Customer;
beforeAll(async () => {
  database = await openTestDatabase();
  books = await seedBooks(database.db);
  customer = await seedCustomer(books, 1_000n);
});
afterEach(async () => {
  expect(await verifyLedger(database.db)).toEqual([]);
});
afterAll(() => database.close());

const call = (amount = 10n) => holdOf(legOf(books, customer, amount));
const refused = { status: 'rejected', reason: { status: 503 } };

describe('while a disk has no room for what calls came to', () => {
  it('nothing is held, and everything again once a settlement found room', async () => {
    const ledger = await openLedger(database.db, {
      patience: { holdMs: 300, settleMs: 60_000 },
    });
    const first = call();
    await ledger.hold(first);
    await database.db.query(FULL);
    const settling = ledger.settle(settlementOf(first, 7n));
    const early: HoldRequest[] = [];
    // The first refusal of the settlement is what tells.
    await vi.waitFor(async () => {
      const request = call();
      const [asked] = await Promise.allSettled([ledger.hold(request)]);
      if (asked?.status === 'fulfilled') early.push(request);
      expect(asked).toMatchObject(refused);
    }, 10_000);
    const more = await Promise.allSettled(Array.from({ length: 20 }, () => ledger.hold(call())));
    expect(more).toMatchObject(Array(20).fill(refused));
    await database.db.query(FREED);
    expect(await settling).toMatchObject({ result: 'settled', charge: 7n });
    for (const request of early) {
      await ledger.settle(settlementOf(request, 0n, { outcome: 'released' }));
    }
    const next = call();
    expect(await ledger.hold(next)).toMatchObject({ outcome: 'held' });
    await ledger.settle(settlementOf(next, 3n));
    await ledger.tidy();
    await vi.waitFor(async () => {
      expect(await walletOf(database.db, customer)).toMatchObject({ balance: 990n, held: 0n });
    }, 10_000);
    await ledger.close();
  });
});
