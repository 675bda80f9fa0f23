import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Books, type Customer, seedBooks, seedCustomer } from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';

/** Kept by triggers: see docs/decisions/lean-references.md. */
describe('a reference to or from a row that calls write', () => {
  let database: TestDatabase;
  let books: Books;
  let customer: Customer;
  let stranger: Customer;
  let others: Books;
  beforeAll(async () => {
    database = await openTestDatabase();
    books = await seedBooks(database.db);
    customer = await seedCustomer(books, 10n);
    others = await seedBooks(database.db);
    stranger = await seedCustomer(others, 10n);
  });
  afterAll(() => database.close());

  const refused: readonly (readonly [title: string, sql: () => string])[] = [
    [
      'a wallet of an account of another platform',
      () => `insert into wallet (id, platform_id, account_id, unit)
        values (1, ${books.platformId}, ${stranger.accountId}, 'USD')`,
    ],
    [
      'a wallet in a unit that its platform does not have',
      () => `insert into wallet (id, platform_id, account_id, unit)
        values (1, ${books.platformId}, ${customer.accountId}, 'shell')`,
    ],
    [
      'a wallet handed to an account that is not there',
      () => `update wallet set account_id = 1 where id = ${customer.walletId}`,
    ],
    [
      'a key of an account of another platform',
      () => `insert into api_key (id, platform_id, account_id, hash, preview, name)
        values (1, ${books.platformId}, ${stranger.accountId}, sha256('1'), 'sk', 'key')`,
    ],
    [
      'a grant to a wallet of another platform',
      () => `insert into wallet_grant (id, platform_id, wallet_id, source, granted, remaining)
        values (1, ${books.platformId}, ${stranger.walletId}, 'bonus', 1, 1)`,
    ],
    [
      'a transfer to a wallet of another platform',
      () => `insert into transfer (platform_id, unit, kind, amount, from_system, to_wallet_id,
          to_wallet_version, reference, at)
        values (${books.platformId}, 'USD', 'grant', 1, 'issued', ${stranger.walletId}, 9, 'x',
          now())`,
    ],
    ['the removal of a wallet', () => `delete from wallet where id = ${customer.walletId}`],
    ['another id for a wallet', () => `update wallet set id = 2 where id = ${customer.walletId}`],
    ['the removal of an account', () => `delete from account where id = ${customer.accountId}`],
    ['the removal of a unit', () => `delete from unit where platform_id = ${books.platformId}`],
  ];
  it.each(refused)('is kept: the database refuses %s', async (_, sql) => {
    await expect(database.db.query(sql())).rejects.toMatchObject({ code: '23503' });
  });
});
