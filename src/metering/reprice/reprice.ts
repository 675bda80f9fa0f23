import { createBookReader } from '../../catalog/index.ts';
import type { Queryable } from '../../db/index.ts';
import { type Amount, Fault } from '../../kernel/index.ts';
import { type PriceBook, priceInMonth, type Usage, withRequest } from '../../pricing/index.ts';
import { usageOf } from '../call-usage.ts';
import { createBooks, loadCosts } from './costs.ts';
import { type AccountChange, createMostAffected } from './most-affected.ts';
import { readSettledRows, type SettledRow, type Walk } from './settled-rows.ts';

/** A price to try: by it, calls of the product in the book's unit are priced anew. */
export interface Trial {
  readonly productId: bigint;
  readonly kind: 'sale' | 'cost';
  readonly book: PriceBook;
}

/** What the calls of a product in one unit came to, and would come to. */
export interface ProductSums {
  readonly productId: bigint;
  readonly unit: string;
  calls: number;
  /** What was really taken. */
  charged: Amount;
  /** By the prices that they were made at, and by those on trial. */
  priceThen: Amount;
  priceNow: Amount;
  /** Calls that a price on trial has no component for: they would fail, and cost nothing. */
  notPriced: number;
  /** Calls whose cost is known, and what goes for these alone. */
  costed: number;
  chargedOfCosted: Amount;
  priceThenOfCosted: Amount;
  priceNowOfCosted: Amount;
  costThen: Amount;
  costNow: Amount;
}

export interface Repriced {
  readonly products: readonly ProductSums[];
  readonly up: readonly AccountChange[];
  readonly down: readonly AccountChange[];
}

const MOST_ACCOUNTS = 20;

/**
 * Prices a platform's settled calls anew: at their own prices, and by those on trial. Calls are
 * read as a stream, so that memory does not grow with them; sums are exact. A price on trial with
 * tiers by the month counts from the first call that is read. Fault: `too_many_calls` (422) beyond
 * `mostCalls`.
 */
export async function reprice(
  db: Queryable,
  walk: Walk,
  { trials = [], mostCalls = Infinity }: { trials?: readonly Trial[]; mostCalls?: number } = {},
): Promise<Repriced> {
  const find = trialFinder(trials);
  const books = createBooks(createBookReader(db));
  const costs = await loadCosts(db, walk.platformId);
  const sums = new Map<string, ProductSums>();
  const affected = createMostAffected(MOST_ACCOUNTS);
  let account = new AccountSums(0n);
  let calls = 0;
  for await (const row of readSettledRows(db, walk)) {
    calls += 1;
    if (calls > mostCalls) throw tooManyCalls(mostCalls);
    if (row.accountId !== account.accountId) {
      for (const change of account.changes()) affected.add(change);
      account = new AccountSums(row.accountId);
    }
    const { unit } = row;
    const known = costs.versionAt(row.productId, unit, row.heldAt);
    const cost = known === undefined ? undefined : books(known);
    const costThen = cost instanceof Promise ? await cost : cost;
    const costNow = find(row.productId, 'cost', unit) ?? costThen;
    const onTrial = find(row.productId, 'sale', unit);
    const priceNow = onTrial === undefined ? row.price : account.priceBy(onTrial, row);
    account.add(unit, row.price, priceNow ?? 0n);
    const key = `${row.productId} ${unit}`;
    const sum = sums.get(key) ?? emptySums(row.productId, unit);
    sums.set(key, sum);
    count(sum, row, { priceNow, costThen: at(costThen, row), costNow: at(costNow, row) });
  }
  for (const change of account.changes()) affected.add(change);
  return { products: [...sums.values()], up: affected.up, down: affected.down };
}

function trialFinder(trials: readonly Trial[]) {
  const byName = new Map(
    trials.map(({ productId, kind, book }) => [`${productId} ${kind} ${book.unit}`, book]),
  );
  return (productId: bigint, kind: Trial['kind'], unit: string) =>
    byName.get(`${productId} ${kind} ${unit}`);
}

function emptySums(productId: bigint, unit: string): ProductSums {
  return {
    ...{ productId, unit, calls: 0, charged: 0n, priceThen: 0n, priceNow: 0n, notPriced: 0 },
    ...{ costed: 0, chargedOfCosted: 0n, priceThenOfCosted: 0n, priceNowOfCosted: 0n },
    ...{ costThen: 0n, costNow: 0n },
  };
}

function count(
  sum: ProductSums,
  row: SettledRow,
  now: Readonly<Record<'priceNow' | 'costThen' | 'costNow', Amount | undefined>>,
): void {
  sum.calls += 1;
  sum.charged += row.charge;
  sum.priceThen += row.price;
  sum.priceNow += now.priceNow ?? 0n;
  if (now.priceNow === undefined) sum.notPriced += 1;
  if (now.costThen === undefined && now.costNow === undefined) return;
  sum.costed += 1;
  sum.chargedOfCosted += row.charge;
  sum.priceThenOfCosted += row.price;
  sum.priceNowOfCosted += now.priceNow ?? 0n;
  sum.costThen += now.costThen ?? 0n;
  sum.costNow += now.costNow ?? 0n;
}

/** What a call comes to by a book; undefined where there is none, or none of its components. */
function at(book: PriceBook | undefined, row: SettledRow, before: Usage = {}) {
  return book === undefined ? undefined : pricedOnce(book, row, before)?.amount;
}

function pricedOnce(book: PriceBook, row: SettledRow, before: Usage) {
  // Each book says for itself whether a call is counted as a request, too.
  const { request: _, ...counted } = usageOf(row);
  try {
    return priceInMonth(book, withRequest(book, counted), before);
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}

/** What one account's calls come to. */
class AccountSums {
  readonly accountId: bigint;
  readonly #sums = new Map<string, { before: Amount; after: Amount }>();
  /** What it has used in the month, by the price on trial. */
  readonly #used = new Map<PriceBook, { month: number; used: Usage }>();

  constructor(accountId: bigint) {
    this.accountId = accountId;
  }

  priceBy(book: PriceBook, row: SettledRow): Amount | undefined {
    const known = this.#used.get(book);
    const before = known?.month === row.month ? known.used : {};
    const priced = pricedOnce(book, row, before);
    if (priced !== undefined && book.tiering !== undefined) {
      this.#used.set(book, { month: row.month, used: priced.used });
    }
    return priced?.amount;
  }

  add(unit: string, before: Amount, after: Amount): void {
    const sum = this.#sums.get(unit) ?? { before: 0n, after: 0n };
    this.#sums.set(unit, { before: sum.before + before, after: sum.after + after });
  }

  changes(): AccountChange[] {
    return [...this.#sums].map(([unit, sum]) => ({ accountId: this.accountId, unit, ...sum }));
  }
}

function tooManyCalls(most: number): Fault {
  return new Fault({
    code: 'too_many_calls',
    status: 422,
    message: `There are more than ${most} calls in this time. Ask for fewer days.`,
  });
}
