import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Books, seedBooks, seedCustomer } from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { LIMIT_NAMES, readLimits, writeLimits } from './index.ts';

let database: TestDatabase;
let books: Books;
beforeAll(async () => {
  database = await openTestDatabase();
  books = await seedBooks(database.db);
});
afterAll(() => database.close());

/** What the column has after it was set to a JSON text. */
async function store(json: string): Promise<unknown> {
  const { keyId } = await seedCustomer(books, 0n);
  const set = 'update api_key set limits = $2 where id = $1 returning limits';
  const [row] = await database.db.query<{ limits: unknown }>(set, [keyId, json]);
  return row?.limits;
}

describe('a set of limits', () => {
  it('is read as it was written, to the last digit', async () => {
    const all = Object.fromEntries(LIMIT_NAMES.map((name) => [name, 999_999_999_999_999n]));
    const limits = { ...all, budget_total: 2n ** 63n - 1n };
    expect(readLimits(await store(writeLimits(limits)))).toEqual(limits);
    expect(readLimits(await store('{}'))).toEqual({});
  });

  it.each([
    'null',
    '[]',
    '5',
    '{"requests_per_minute": 5}',
    '{"requests_per_minute": null}',
    '{"requests_per_minute": "0"}',
    '{"requests_per_minute": "-5"}',
    '{"requests_per_minute": "1.5"}',
    '{"requests_per_minute": "1e3"}',
    '{"requests_per_minute": ""}',
    '{"requests_per_minute": "1000000000000000"}',
    '{"budget_total": "0"}',
    '{"budget_total": "9223372036854775808"}',
    '{"requests_per_hour": "5"}',
    '{"requests_per_minute": "5", "budget": "5"}',
  ])('that is %s is refused by the database itself', async (json) => {
    await expect(store(json)).rejects.toThrow(/limit_set/);
  });

  it.each([
    { requests_per_minute: 0n },
    { tokens_per_day: -1n },
    { concurrent_requests: 10n ** 15n },
    { budget_total: 2n ** 63n },
  ])('is refused with the name of the limit at fault (case %#)', (limits) => {
    const [param] = Object.keys(limits);
    expect(() => writeLimits(limits)).toThrow(
      expect.objectContaining({ code: 'invalid_limits', status: 422, param }),
    );
  });
});
