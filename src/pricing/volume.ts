import { divideCeiling } from '../kernel/index.ts';
import {
  COMPONENTS,
  type Component,
  type PriceBook,
  type PriceComponent,
  type Usage,
} from './components.ts';
import { missingPrice, type PriceLine, price } from './price.ts';
import { add, formatRational, type Rational, ZERO } from './rational.ts';
import { tierAt } from './tiers.ts';

/** What a call costs within its account's month, and what the month has come to with it. */
export interface MonthPrice {
  readonly amount: bigint;
  readonly lines: readonly PriceLine[];
  /** What is used with this call, by the component whose price was taken. */
  readonly used: Usage;
}

/** What the quantities of one component come to at one tier's price. */
interface Part {
  readonly rate: PriceComponent;
  readonly quantity: bigint;
}

/**
 * What a call costs after `before` was used of the product in the month, counted as an earlier
 * call's `used` has it. A book without tiers does not look at it.
 *
 * `graduated`: the month costs what its whole quantity does, each part at its tier's price, rounded
 * once, up; a call costs what the month comes to more with it. However a quantity is divided into
 * calls, in whatever order, they add up to the price of it all. `volume`: the call's quantity at
 * the price of the tier that the month reaches with it; what was charged before stays.
 *
 * Throws the Fault `PRICING_MISSING`, as {@link price} does.
 */
export function priceInMonth(book: PriceBook, usage: Usage, before: Usage = {}): MonthPrice {
  if (book.tiering === undefined) return { ...price(book, usage), used: before };
  const counted = byPricedComponent(book, usage);
  const used = sumOf(before, counted);
  const parts = COMPONENTS.flatMap((component) => {
    const [from, to] = [before[component] ?? 0n, used[component] ?? 0n];
    const ladder = ladderOf(book, component);
    if (book.tiering === 'graduated') return partsWithin(ladder, from, to);
    const reached = ladder.findLast((rate) => startOf(rate) < to);
    return reached === undefined || to === from ? [] : [{ rate: reached, quantity: to - from }];
  });
  const lines = parts.map(lineOf);
  if (book.tiering === 'volume') return { amount: roundedUp(parts), lines, used };
  const monthTo = (usage: Usage) =>
    roundedUp(COMPONENTS.flatMap((one) => partsWithin(ladderOf(book, one), 0n, usage[one] ?? 0n)));
  return { amount: monthTo(used) - monthTo(before), lines, used };
}

/** What was counted, each component under the one whose price stands in for it. */
function byPricedComponent(book: PriceBook, usage: Usage): Usage {
  const { rates } = tierAt(book, 0n);
  const sums: { [C in Component]?: bigint } = {};
  for (const component of COMPONENTS) {
    const quantity = usage[component] ?? 0n;
    if (quantity === 0n) continue;
    const { component: pricedAs } = rates[component] ?? missingPrice(book, component);
    sums[pricedAs] = (sums[pricedAs] ?? 0n) + quantity;
  }
  return sums;
}

function sumOf(one: Usage, other: Usage): Usage {
  const sums: { [C in Component]?: bigint } = { ...one };
  for (const component of COMPONENTS) {
    const more = other[component];
    if (more !== undefined) sums[component] = (sums[component] ?? 0n) + more;
  }
  return sums;
}

const startOf = (rate: PriceComponent) => rate.fromMonthQuantity ?? 0n;

/** A component's tiers, the lowest first. */
function ladderOf(book: PriceBook, component: Component): PriceComponent[] {
  return book.components
    .filter((one) => one.component === component)
    .sort((left, right) => (startOf(left) < startOf(right) ? -1 : 1));
}

/** The quantity from `from` to `to`, divided among the tiers. */
function partsWithin(ladder: readonly PriceComponent[], from: bigint, to: bigint): Part[] {
  return ladder.flatMap((rate, place) => {
    const next = ladder[place + 1];
    const low = startOf(rate) > from ? startOf(rate) : from;
    const high = next !== undefined && startOf(next) < to ? startOf(next) : to;
    return high > low ? [{ rate, quantity: high - low }] : [];
  });
}

const exactOf = ({ rate, quantity }: Part): Rational => ({
  numerator: quantity * rate.amount,
  denominator: rate.per,
});

function roundedUp(parts: readonly Part[]): bigint {
  const { numerator, denominator } = parts.map(exactOf).reduce(add, ZERO);
  return divideCeiling(numerator, denominator);
}

function lineOf(part: Part): PriceLine {
  const { component, amount, per } = part.rate;
  return {
    component,
    quantity: part.quantity,
    pricedAs: component,
    fromContextTokens: 0n,
    fromMonthQuantity: startOf(part.rate),
    amount,
    per,
    exact: formatRational(exactOf(part)),
  };
}
