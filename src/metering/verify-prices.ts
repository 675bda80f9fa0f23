import type { Queryable } from '../db/index.ts';
import { type Amount, Fault, formatCallId } from '../kernel/index.ts';
import { type PriceBook, price } from '../pricing/index.ts';
import { unknownComponents, usageOf } from './call-usage.ts';
import { type PricedRow, readPricedRows } from './read-priced-rows.ts';

/** A settled call whose price is not what its own quantities cost. */
export interface PriceDifference {
  /** As the outside sees it: `req_...`. */
  readonly callId: string;
  readonly leg: number;
  /** What the call should have been priced at; undefined when its price book cannot say. */
  readonly expected: Amount | undefined;
  readonly found: Amount;
  readonly problem: string;
}

/**
 * Prices every settled call once more, from the quantities in its own row and the price book that
 * it names, and yields each one that differs. Reads some at a time, in the order of time.
 */
export async function* verifyPrices(
  db: Queryable,
  priceById: (priceId: bigint) => Promise<PriceBook | undefined> | PriceBook | undefined,
): AsyncGenerator<PriceDifference, void, void> {
  const books = new Map<bigint, PriceBook | undefined>();
  for await (const rows of readPricedRows(db)) {
    for (const row of rows) {
      if (!books.has(row.priceId)) books.set(row.priceId, await priceById(row.priceId));
      const difference = check(row, books.get(row.priceId));
      if (difference !== undefined) yield difference;
    }
  }
}

function check(row: PricedRow, book: PriceBook | undefined): PriceDifference | undefined {
  const named = () => ({ callId: formatCallId(row.id), leg: row.leg, found: row.price });
  const unknown = unknownComponents(row);
  if (book === undefined) {
    return { ...named(), expected: undefined, problem: 'its price does not exist' };
  }
  if (unknown.length > 0) {
    const problem = `it counts what is no component: ${unknown.join(', ')}`;
    return { ...named(), expected: undefined, problem };
  }
  const expected = row.isTest ? 0n : priceOf(row, book);
  if (expected === row.price) return undefined;
  const problem =
    expected === undefined
      ? 'its price book has no price for what it counted'
      : 'its price is not what its quantities cost';
  return { ...named(), expected, problem };
}

function priceOf(row: PricedRow, book: PriceBook): Amount | undefined {
  try {
    return price(book, usageOf(row)).amount;
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}
