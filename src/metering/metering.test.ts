import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
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
} from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { formatCallId } from '../kernel/index.ts';
import type { Ledger, SettlementLeg } from '../ledger/index.ts';
import { COMPONENTS, type PriceBook } from '../pricing/index.ts';
import { findCall, type PriceDifference, verifyPrices } from './index.ts';

const USED = { input: 100n, cachedInput: 40n, output: 7n, other: { reasoning: 3n } };
const PRICE = 100n * 250n + 40n * 25n + 10n * 1_000n;

let database: TestDatabase;
let ledger: Ledger;
let books: Books;
let customer: Customer;

beforeAll(async () => {
  database = await openTestDatabase();
  ledger = await openLedger(database.db);
});
afterAll(async () => {
  await ledger.close();
  await database.close();
});
beforeEach(async () => {
  await database.db.query('delete from call');
  books = await seedBooks(database.db);
  customer = await seedCustomer(books, 1_000_000_000n);
  await database.db.query(
    `insert into price_component (platform_id, price_id, component, amount, per)
     values ($1, $2, 'input', 250, 1), ($1, $2, 'cached_input', 25, 1),
       ($1, $2, 'output', 1000, 1)`,
    [books.platformId, books.priceId],
  );
});

async function settledCall(price = PRICE, leg: Partial<SettlementLeg> = USED): Promise<string> {
  const request = holdOf(legOf(books, customer, 100_000n));
  expect((await ledger.hold(request)).outcome).toBe('held');
  await ledger.settle(settlementOf(request, price, { leg, streamed: true }));
  return request.callId;
}

const find = (callId: string, owner = customer) =>
  findCall(database.db, owner.platformId, owner.accountId, callId);

describe('a call', () => {
  test('is told with its quantities, its bill and what it cost', async () => {
    const callId = await settledCall();
    expect(await find(callId)).toEqual({
      id: callId,
      keyId: customer.keyId,
      model: 'm',
      status: 'settled',
      httpStatus: 200,
      streamed: true,
      estimated: false,
      usage: { input: 100n, cached_input: 40n, output: 7n, reasoning: 3n },
      lines: [
        expect.objectContaining({ component: 'input', quantity: 100n, amount: 250n, per: 1n }),
        expect.objectContaining({ component: 'cached_input', quantity: 40n, amount: 25n }),
        expect.objectContaining({ component: 'output', quantity: 7n }),
        expect.objectContaining({ component: 'reasoning', quantity: 3n, pricedAs: 'output' }),
      ],
      unit: 'USD',
      scale: 9,
      held: 100_000n,
      price: PRICE,
      charge: PRICE,
      heldAt: expect.any(Date),
      settledAt: expect.any(Date),
      firstByteMs: 1,
      latencyMs: 2,
      errorCode: null,
    });
  });

  test('is open while its work goes on', async () => {
    const request = holdOf(legOf(books, customer, 500n));
    await ledger.hold(request);
    expect(await find(request.callId)).toMatchObject({
      status: 'open',
      httpStatus: null,
      held: 500n,
      charge: 0n,
      settledAt: null,
      usage: {},
    });
    await ledger.settle(
      settlementOf(request, 0n, { outcome: 'released', status: 502, errorCode: 'upstream_failed' }),
    );
    expect(await find(request.callId)).toMatchObject({
      status: 'released',
      httpStatus: 502,
      charge: 0n,
      lines: [],
      errorCode: 'upstream_failed',
    });
  });

  test('is not there for another account, another platform, or by a made-up id', async () => {
    const callId = await settledCall();
    expect(await find(callId, await seedCustomer(books, 0n))).toBeUndefined();
    const elsewhere = await seedBooks(database.db);
    const stranger = { ...customer, platformId: elsewhere.platformId };
    expect(await find(callId, stranger)).toBeUndefined();
    expect(await find(testIds.callId())).toBeUndefined();
  });
});

describe('verifyPrices', () => {
  const bookOf = async (priceId: bigint): Promise<PriceBook | undefined> => {
    const components = await database.db.query<PriceBook['components'][number]>(
      `select component, from_context_tokens as "fromContextTokens", amount, per
       from price_component where price_id = $1`,
      [priceId],
    );
    return components.length === 0 ? undefined : { priceId, unit: 'USD', components };
  };

  async function differences(priceById = bookOf): Promise<PriceDifference[]> {
    const found: PriceDifference[] = [];
    for await (const difference of verifyPrices(database.db, priceById)) found.push(difference);
    return found;
  }

  test('finds nothing where every price is what its quantities cost', async () => {
    await settledCall();
    await settledCall(0n, {});
    await settledCall(25_000n, { input: 100n });
    expect(await differences()).toEqual([]);
  });

  test('names the one call whose price was changed, with both figures', async () => {
    await settledCall();
    const callId = await settledCall();
    await database.db.query('update call set price = price + 1 where id = $1', [callId]);
    expect(await differences()).toEqual([
      {
        callId: formatCallId(callId),
        leg: 0,
        expected: PRICE,
        found: PRICE + 1n,
        problem: 'its price is not what its quantities cost',
      },
    ]);
  });

  test.each(['input', 'output', 'cached_input'])(
    'names a call whose %s was changed',
    async (name) => {
      const callId = await settledCall();
      await database.db.query(`update call set ${name} = ${name} + 1 where id = $1`, [callId]);
      expect(await differences()).toMatchObject([{ callId: formatCallId(callId), found: PRICE }]);
    },
  );

  test('names a call that its price book cannot price', async () => {
    await settledCall();
    expect(await differences(async () => undefined)).toMatchObject([
      { problem: 'its price does not exist', expected: undefined },
    ]);
    await database.db.query(`update call set other = '{"image": "1"}'`);
    expect(await differences()).toMatchObject([
      { problem: 'its price book has no price for what it counted' },
    ]);
    await database.db.query(`update call set other = '{"smell": "1"}'`);
    expect(COMPONENTS).not.toContain('smell');
    expect(await differences()).toMatchObject([
      { problem: 'it counts what is no component: smell' },
    ]);
  });

  test('reads beyond its first batch and looks each price up once', async () => {
    const callId = await settledCall();
    await database.db.query(
      `insert into call select (jsonb_populate_record(c, jsonb_build_object('id',
         overlay(c.id::text placing lpad(to_hex(n), 12, '0') from 25)))).*
       from call c, generate_series(1, 10001) n where c.id = $1`,
      [callId],
    );
    await database.db.query(
      'update call set price = price + 1 where id = (select max(id::text)::uuid from call)',
    );
    let asked = 0;
    const found = await differences((priceId) => {
      asked += 1;
      return bookOf(priceId);
    });
    expect(found).toHaveLength(1);
    expect(asked).toBe(1);
  });
});
