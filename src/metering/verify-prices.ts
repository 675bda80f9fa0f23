import type { Queryable } from '../db/index.ts';
import { type Amount, Fault, formatCallId } from '../kernel/index.ts';
import { type PriceBook, priceAmount, priceInMonth } from '../pricing/index.ts';
import { unknownComponents, usageOf } from './call-usage.ts';
import { type PricedRow, readPricedRows } from './read-priced-rows.ts';
import { isSameUsage, readTieredCalls, type UsedInMonth } from './tiered-calls.ts';

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
 * it names (and what was used before it, where that has tiers by the month), and yields each one
 * that differs. That what was used adds up is the ledger's check. Reads some at a time, in the
 * order of time.
 */
export async function* verifyPrices(
  db: Queryable,
  priceById: (priceId: bigint) => Promise<PriceBook | undefined> | PriceBook | undefined,
): AsyncGenerator<PriceDifference, void, void> {
  const books = new Map<bigint, PriceBook | undefined>();
  for await (const rows of readPricedRows(db)) {
    for (const row of rows) {
      if (!books.has(row.priceId)) books.set(row.priceId, await priceById(row.priceId));
    }
    const isTiered = ({ priceId }: PricedRow) => books.get(priceId)?.tiering !== undefined;
    const tiered = await readTieredCalls(
      db,
      rows.filter(isTiered).map(({ id }) => id),
    );
    for (const row of rows) {
      const difference = check(row, books.get(row.priceId), tiered.get(`${row.id} ${row.leg}`));
      if (difference !== undefined) yield difference;
    }
  }
}

function check(
  row: PricedRow,
  book: PriceBook | undefined,
  month: UsedInMonth | undefined,
): PriceDifference | undefined {
  const named = () => ({ callId: formatCallId(row.id), leg: row.leg, found: row.price });
  const unknown = unknownComponents(row);
  if (book === undefined) {
    return { ...named(), expected: undefined, problem: 'its price does not exist' };
  }
  if (unknown.length > 0) {
    const problem = `it counts what is no component: ${unknown.join(', ')}`;
    return { ...named(), expected: undefined, problem };
  }
  if (book.tiering !== undefined && month === undefined && !row.isTest) {
    const problem = 'what was used before it in its month is not on record';
    return { ...named(), expected: undefined, problem };
  }
  const expected = row.isTest ? 0n : priceOf(row, book, month);
  if (expected === row.price) return undefined;
  const problem =
    expected === undefined
      ? 'its price book has no price for what it counted'
      : 'its price is not what its quantities cost';
  return { ...named(), expected, problem };
}

function priceOf(
  row: PricedRow,
  book: PriceBook,
  month: UsedInMonth | undefined,
): Amount | undefined {
  try {
    if (month === undefined) return priceAmount(book, usageOf(row));
    const { amount, used } = priceInMonth(book, usageOf(row), month.before);
    return isSameUsage(used, month.after) ? amount : undefined;
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}
