import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBatches } from '../../test/batches.ts';
import { holdOf, legOf, seedBooks, seedCustomer, settlementOf } from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { type Claim, verifyLedger } from './index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

// At one in the night the clocks of Havana go back to midnight: the day, and here the month, have
// begun an hour before the second midnight.
it('a day whose midnight comes twice begins at the first', async () => {
  const books = await seedBooks(database.db, 'America/Havana');
  const customer = await seedCustomer(books, 1_000n);
  const batches = await openBatches(database.db, new Date('2026-11-01T04:30:00Z'));
  const claims = (['key.day.spent', 'account.month.spent'] as const).map(
    (counter): Claim => ({ counter, amount: 0n, cap: 300n }),
  );
  const call = () => holdOf(legOf(books, customer, 100n, { claims }));

  const early = call();
  expect(await batches.hold(early)).toMatchObject([{ remaining: [200n, 200n] }]);
  batches.now = new Date('2026-11-01T05:30:00Z');
  expect(await batches.hold(call())).toMatchObject([{ remaining: [100n, 100n] }]);
  await batches.settle(settlementOf(early, 10n));
  expect(await verifyLedger(database.db)).toEqual([]);
  expect(await batches.hold(call())).toMatchObject([{ remaining: [90n, 90n] }]);
  expect(await verifyLedger(database.db)).toEqual([]);
  await batches.close();
});
