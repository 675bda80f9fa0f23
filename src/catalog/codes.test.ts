import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Books, seedBooks, seedCustomer, testIds } from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { Fault, systemRandom } from '../kernel/index.ts';
import { verifyLedger } from '../ledger/index.ts';
import { createCodes, listCodes, type NewCodes, redeemCode, revokeCode } from './index.ts';

let database: TestDatabase;
let books: Books;
beforeAll(async () => {
  database = await openTestDatabase();
  books = await seedBooks(database.db);
});
afterAll(async () => {
  expect(await verifyLedger(database.db)).toEqual([]);
  await database.close();
});

const make = (terms: Partial<NewCodes> = {}) =>
  database.db.transaction((tx) =>
    createCodes(
      tx,
      { ids: testIds, random: systemRandom },
      {
        ...{ platformId: books.platformId, count: 1, prefix: 'gift', unit: 'USD', amount: 100n },
        ...{ maxUses: 1, oncePerAccount: true, expiresAt: null, note: null },
        ...terms,
      },
    ),
  );
const makeOne = async (terms: Partial<NewCodes> = {}) => {
  const [code] = await make(terms);
  if (code === undefined) throw new Error('one code was asked for');
  return code;
};
const redeem = async (accountId: bigint, text: string) => {
  const of = { platformId: books.platformId, accountId };
  const result = await database.db.transaction((tx) => redeemCode(tx, of, text));
  return result instanceof Fault ? result.code : result.balance;
};

describe('a code', () => {
  test('of a batch is shown once, and stored as a hash and a preview', async () => {
    const codes = await make({ count: 3 });
    expect(new Set(codes.map(({ text }) => text)).size).toBe(3);
    const [stored] = await database.db.query<Record<string, unknown>>(
      'select * from redemption_code where id = $1',
      [codes[0]?.id],
    );
    const text = codes[0]?.text ?? '';
    expect(text).toMatch(/^GIFT(-[2-9A-HJ-NP-Z]{4}){4}$/);
    const values = Object.values(stored ?? {}).map(String);
    expect(values.filter((value) => value.includes(text))).toEqual([]);
    expect(stored?.preview).toBe(`GIFT-...-${text.slice(-4)}`);
    const listed = await listCodes(database.db, books.platformId, { before: undefined, limit: 2 });
    expect(listed.map(({ id }) => id)).toEqual([codes[2]?.id, codes[1]?.id]);
  });

  test('is redeemed once, however it is typed and however many try at once', async () => {
    const { text } = await makeOne();
    const customers = await Promise.all([1, 2, 3, 4].map(() => seedCustomer(books, 0n)));
    const typed = [text, text.toLowerCase(), text.replaceAll('-', ' '), text];
    const results = await Promise.all(
      customers.map(({ accountId }, n) => redeem(accountId, typed[n] ?? '')),
    );
    expect(results.filter((one) => one === 100n)).toHaveLength(1);
    expect(results.filter((one) => one === 'code_used_up')).toHaveLength(3);
  });

  test('for several is redeemed by each account once, by one that may more often', async () => {
    const { accountId } = await seedCustomer(books, 0n);
    const once = await makeOne({ maxUses: 5 });
    const results = await Promise.all([1, 2, 3].map(() => redeem(accountId, once.text)));
    expect(results.map(String).sort()).toEqual([
      '100',
      'code_redeemed_before',
      'code_redeemed_before',
    ]);
    const often = await makeOne({ maxUses: 2, oncePerAccount: false });
    expect(await redeem(accountId, often.text)).toBe(200n);
    expect(await redeem(accountId, often.text)).toBe(300n);
    expect(await redeem(accountId, often.text)).toBe('code_used_up');
  });

  test('that was revoked, has expired or is of another platform gives nothing', async () => {
    const { accountId } = await seedCustomer(books, 0n);
    const revoked = await makeOne();
    await revokeCode(database.db, books.platformId, revoked.id);
    expect(await redeem(accountId, revoked.text)).toBe('code_unknown');
    const expired = await makeOne({ expiresAt: new Date(0) });
    expect(await redeem(accountId, expired.text)).toBe('code_expired');
    const other = await seedBooks(database.db);
    const foreign = await makeOne({ platformId: other.platformId });
    expect(await redeem(accountId, foreign.text)).toBe('code_unknown');
  });

  test('is not looked at after ten wrong ones of an account in an hour', async () => {
    const { text } = await makeOne();
    const guesser = await seedCustomer(books, 0n);
    const guesses = await Promise.all(
      Array.from({ length: 14 }, (_, n) => redeem(guesser.accountId, `GIFT-WRONG-${n}`)),
    );
    expect(guesses.filter((one) => one === 'code_unknown')).toHaveLength(10);
    expect(await redeem(guesser.accountId, text)).toBe('too_many_wrong_codes');
    await database.db.query(
      `update wrong_code_count set hour = hour - interval '1 hour' where account_id = $1`,
      [guesser.accountId],
    );
    expect(await redeem(guesser.accountId, text)).toBe(100n);
  });

  test.each([
    [{ count: 0 }, 'count'],
    [{ count: 1_001 }, 'count'],
    [{ prefix: 'no-no' }, 'prefix'],
    [{ amount: 0n }, 'amount'],
    [{ maxUses: 0 }, 'max_uses'],
    [{ unit: 'EUR' }, 'unit'],
  ])('is refused with something wrong (case %#)', async (terms, param) => {
    await expect(make(terms)).rejects.toMatchObject({ code: 'invalid_code', param, status: 422 });
  });
});
