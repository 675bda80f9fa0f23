import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tieredBook } from '../../test/arbitrary-prices.ts';
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
  walletOf,
} from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createBookReader, publishPrice } from '../catalog/index.ts';
import { type Ledger, type Settlement, verifyLedger } from '../ledger/index.ts';
import { type PriceBook, priceInMonth, type Usage, withRequest } from '../pricing/index.ts';
import { verifyPrices } from './verify-prices.ts';

let database: TestDatabase;
let ledgers: Ledger[];
beforeAll(async () => {
  database = await openTestDatabase();
  ledgers = [await openLedger(database.db), await openLedger(database.db)];
});
afterAll(async () => {
  for (const ledger of ledgers) await ledger.close();
  await database.close();
});

const differences = async () => {
  const found = [];
  const { db } = database;
  for await (const one of verifyPrices(db, createBookReader(db))) found.push(one);
  return [...found, ...(await verifyLedger(db))];
};

async function publish(books: Books, book: PriceBook): Promise<bigint> {
  const { platformId, productId } = books;
  const { components, tiering } = book;
  const price = { platformId, productId, unit: 'USD', source: 'test', components, tiering };
  return (await publishPrice(database.db, testIds, price)).priceId;
}

/** Holds a call at a price with tiers, and gives the settlement that prices it in its month. */
async function held(
  books: Books,
  customer: Customer,
  { priceId, book, usage }: { priceId: bigint; book: PriceBook; usage: Usage },
  ledger = ledgers[0] as Ledger,
): Promise<Settlement> {
  const request = holdOf(legOf(books, customer, 10n ** 9n, { priceId }));
  expect((await ledger.hold(request)).outcome).toBe('held');
  const billed = withRequest(book, usage);
  const { input = 0n, output = 0n, cached_input: cachedInput = 0n, ...other } = billed;
  return settlementOf(request, 0n, {
    leg: {
      ...{ input, output, cachedInput, other },
      inMonth: (used) => {
        const priced = priceInMonth(book, billed, used);
        return { price: priced.amount, used: priced.used };
      },
    },
  });
}

const small = (book: PriceBook): PriceBook => ({
  ...book,
  components: book.components.map((one) => ({ ...one, amount: one.amount % 1_000n })),
});
const anyCall = fc.record({
  input: fc.bigInt(0n, 50_000n),
  output: fc.bigInt(0n, 50_000n),
  reasoning: fc.bigInt(1n, 9_000n),
});

describe('calls at a price with graduated tiers', () => {
  it('settled at once by two processes come to the price of their sum', async () => {
    await fc.assert(
      fc.asyncProperty(
        tieredBook('graduated').map(small),
        fc.array(anyCall, { minLength: 1, maxLength: 25 }),
        async (book, calls) => {
          const books = await seedBooks(database.db);
          const customer = await seedCustomer(books, 10n ** 12n);
          const priceId = await publish(books, book);
          const charges = await Promise.all(
            calls.map(async (usage, index) => {
              const ledger = ledgers[index % 2] as Ledger;
              const settlement = await held(books, customer, { priceId, book, usage }, ledger);
              const { result, charge } = await ledger.settle(settlement);
              expect(result).toBe('settled');
              return charge;
            }),
          );
          const sums: Record<string, bigint> = {};
          for (const call of calls.map((usage) => withRequest(book, usage))) {
            for (const [name, n] of Object.entries(call)) sums[name] = (sums[name] ?? 0n) + n;
          }
          const whole = priceInMonth(book, sums).amount;
          expect(charges.reduce((sum, charge) => sum + charge, 0n)).toBe(whole);
          const { balance, held: left } = await walletOf(database.db, customer);
          expect([10n ** 12n - balance, left]).toEqual([whole, 0n]);
        },
      ),
      { numRuns: 8 },
    );
    expect(await differences()).toEqual([]);
  });

  it('are counted once, however often a settlement is sent, and not when released', async () => {
    const books = await seedBooks(database.db);
    const customer = await seedCustomer(books, 10n ** 12n);
    const tier = (fromMonthQuantity: bigint, amount: bigint) => ({
      ...{ component: 'input' as const, fromContextTokens: 0n, fromMonthQuantity, amount, per: 1n },
    });
    const components = [tier(0n, 10n), tier(100n, 1n)];
    const book: PriceBook = { priceId: 0n, unit: 'USD', tiering: 'graduated', components };
    const priceId = await publish(books, book);
    const call = (input: bigint) => held(books, customer, { priceId, book, usage: { input } });
    const [ledger, other] = ledgers as [Ledger, Ledger];
    const first = await call(60n);
    const sent = await Promise.all([first, first, first].map((one) => ledger.settle(one)));
    expect(sent.map(({ charge }) => charge)).toEqual([600n, 600n, 600n]);
    expect((await other.settle(first)).result).toBe('already');
    const released = await call(500n);
    const legs = released.legs.map(({ inMonth: _, ...leg }) => leg);
    await ledger.settle({ ...released, outcome: 'released', legs });
    expect((await ledger.settle(await call(60n))).charge).toBe(400n + 20n);
    const [counted] = await database.db.query(
      'select calls, quantities from month_usage where account_id = $1',
      [customer.accountId],
    );
    expect(counted).toEqual({ calls: 2n, quantities: { input: '120' } });
    expect(await differences()).toEqual([]);
  });

  it('that were tampered with are named: the price, and what was used before', async () => {
    const books = await seedBooks(database.db);
    const customer = await seedCustomer(books, 10n ** 12n);
    const [component] = small((fc.sample(tieredBook('volume'), 1) as [PriceBook])[0]).components;
    if (component === undefined) throw new Error('a book has a component');
    const input = { ...component, component: 'input' as const, amount: 7n, per: 1n };
    const book: PriceBook = {
      ...{ priceId: 0n, unit: 'USD', tiering: 'volume', components: [input] },
    };
    const priceId = await publish(books, book);
    for (const quantity of [1n, 2n]) {
      const usage = { input: quantity };
      await ledgers[0]?.settle(await held(books, customer, { priceId, book, usage }));
    }
    const tampered = async (statement: string) => {
      await database.db.query(statement, [customer.accountId]);
      return (await differences()).length;
    };
    const used = `update tiered_call set used_before = '{"input": "9"}'
      where account_id = $1 and ordinal = 2`;
    expect(await tampered(used)).toBe(2);
    const counter = `update month_usage set quantities = '{"input": "8"}' where account_id = $1`;
    expect(await tampered(counter)).toBe(3);
  });
});
