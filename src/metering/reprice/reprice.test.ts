import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anyBook, tieredBook } from '../../../test/arbitrary-prices.ts';
import {
  type Books,
  type Customer,
  holdOf,
  legOf,
  openLedger,
  seedBooks,
  seedCustomer,
  settlementOf,
  testIds,
} from '../../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { publishPrice } from '../../catalog/index.ts';
import type { Ledger } from '../../ledger/index.ts';
import {
  type PriceBook,
  price,
  priceInMonth,
  type Usage,
  withRequest,
} from '../../pricing/index.ts';
import { createMostAffected } from './most-affected.ts';
import { reprice } from './reprice.ts';

let database: TestDatabase;
let ledger: Ledger;
beforeAll(async () => {
  database = await openTestDatabase();
  ledger = await openLedger(database.db);
});
afterAll(async () => {
  await ledger.close();
  await database.close();
});

/** Settles one call for what the price was. */
async function settle(books: Books, customer: Customer, usage: Usage, amount: bigint) {
  const { input = 0n, output = 0n, cached_input: cachedInput = 0n, ...other } = usage;
  const request = holdOf(legOf(books, customer, amount));
  expect((await ledger.hold(request)).outcome).toBe('held');
  await ledger.settle(
    settlementOf(request, amount, { leg: { input, output, cachedInput, other } }),
  );
}

const window = () => ({ from: new Date('2020-01-01'), until: new Date('2100-01-01') });
const small = (book: PriceBook): PriceBook => ({
  ...book,
  components: book.components.map((one) => ({ ...one, amount: one.amount % 1_000n })),
});
const anyCall = fc.record({
  who: fc.integer({ min: 0, max: 2 }),
  usage: fc.record(
    {
      input: fc.bigInt(0n, 300_000n),
      cached_input: fc.bigInt(0n, 300_000n),
      output: fc.bigInt(0n, 90_000n),
      reasoning: fc.bigInt(1n, 90_000n),
      image: fc.bigInt(1n, 3n),
    },
    { requiredKeys: ['input', 'output'] },
  ),
  price: fc.bigInt(1n, 1_000_000n),
});

describe('calls priced anew', () => {
  it('come to what pricing each by itself comes to, by account and product', async () => {
    const anyTrial = fc.oneof(anyBook, tieredBook('graduated'), tieredBook('volume')).map(small);
    await fc.assert(
      fc.asyncProperty(
        anyTrial,
        anyBook.map(small),
        fc.array(anyCall, { minLength: 1, maxLength: 12 }),
        async (trial, cost, calls) => {
          const books = await seedBooks(database.db);
          const { platformId, productId } = books;
          const customers = await Promise.all([1, 2, 3].map(() => seedCustomer(books, 10n ** 9n)));
          const costs = { platformId, productId, unit: 'USD', source: 'manual' };
          await publishPrice(database.db, testIds, {
            ...{ ...costs, kind: 'cost', components: cost.components },
          });
          const slow = { charged: 0n, now: 0n, cost: 0n };
          const changes = customers.map(() => 0n);
          const used = customers.map((): Usage => ({}));
          for (const call of calls) {
            await settle(books, customers[call.who] as Customer, call.usage, call.price);
            const priced = priceInMonth(trial, withRequest(trial, call.usage), used[call.who]);
            used[call.who] = priced.used;
            changes[call.who] = (changes[call.who] ?? 0n) + priced.amount - call.price;
            slow.charged += call.price;
            slow.now += priced.amount;
            slow.cost += price(cost, withRequest(cost, call.usage)).amount;
          }
          const trials = [{ productId, kind: 'sale' as const, book: trial }];
          const found = await reprice(database.db, { platformId, ...window() }, { trials });
          expect(found.products).toEqual([
            {
              ...{ productId, unit: 'USD', calls: calls.length, notPriced: 0 },
              ...{ charged: slow.charged, priceThen: slow.charged, priceNow: slow.now },
              ...{ costed: calls.length, chargedOfCosted: slow.charged },
              ...{ priceThenOfCosted: slow.charged, priceNowOfCosted: slow.now },
              ...{ costThen: slow.cost, costNow: slow.cost },
            },
          ]);
          const difference = [...found.up, ...found.down].map((one) => [
            ...[one.accountId, one.after - one.before],
          ]);
          const expected = customers.map(({ accountId }, who) => [accountId, changes[who]]);
          expect(new Set(difference.map(String))).toEqual(
            new Set(expected.filter(([, change]) => change !== 0n).map(String)),
          );
        },
      ),
      { numRuns: 12 },
    );
  });

  it('that a price on trial has no component for are counted, and bring nothing', async () => {
    const books = await seedBooks(database.db);
    const customer = await seedCustomer(books, 1_000n);
    await settle(books, customer, { input: 1n, image: 1n }, 10n);
    await settle(books, customer, { input: 3n }, 10n);
    const components = [
      { component: 'input' as const, fromContextTokens: 0n, amount: 2n, per: 1n },
    ];
    const { productId, platformId } = books;
    const book = { priceId: 1n, unit: 'USD', components };
    const trials = [{ productId, kind: 'sale' as const, book }];
    const found = await reprice(database.db, { platformId, ...window() }, { trials });
    expect(found.products).toMatchObject([
      { calls: 2, notPriced: 1, priceThen: 20n, priceNow: 6n, costed: 0 },
    ]);
    await expect(
      reprice(database.db, { platformId, ...window() }, { mostCalls: 1 }),
    ).rejects.toMatchObject({ code: 'too_many_calls', status: 422 });
  });
});

describe('the accounts that are most affected', () => {
  it('are the largest changes of each unit, whatever comes in whatever order', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt(-50n, 50n)), fc.integer({ min: 1, max: 5 }), (all, most) => {
        const affected = createMostAffected(most);
        for (const [index, after] of all.entries()) {
          affected.add({ accountId: BigInt(index), unit: 'USD', before: 0n, after });
        }
        const sorted = all.toSorted((a, b) => Number(b - a));
        const up = sorted.filter((one) => one > 0n).slice(0, most);
        const down = sorted
          .toReversed()
          .filter((one) => one < 0n)
          .slice(0, most);
        expect(affected.up.map(({ after }) => after)).toEqual(up);
        expect(affected.down.map(({ after }) => after)).toEqual(down);
      }),
    );
  });
});
