import { assert, divideCeiling, Fault } from '../kernel/index.ts';
import {
  COMPONENTS,
  type Component,
  INPUT_CLASSES,
  type PriceBook,
  type PriceComponent,
  type Usage,
} from './components.ts';
import { add, formatRational, type Rational, ZERO } from './rational.ts';
import { tierAt } from './tiers.ts';

/** One line of a call's bill: what was counted, at which price, and what that comes to exactly. */
export interface PriceLine {
  readonly component: Component;
  readonly quantity: bigint;
  /** The component whose price was used: `component` itself or what stands in for it. */
  readonly pricedAs: Component;
  readonly fromContextTokens: bigint;
  /** Where the price has tiers by the month's quantity: the tier that this part of it fell into. */
  readonly fromMonthQuantity?: bigint;
  readonly amount: bigint;
  readonly per: bigint;
  /** quantity x amount / per in lowest terms, in smallest parts of the unit: `'37/2'`. */
  readonly exact: string;
}

/**
 * What a call costs, in smallest parts of the book's unit, at a price without tiers by the month
 * (with them: {@link priceInMonth}). The lines are summed as exact fractions and the sum is rounded
 * once, up. A call falls into one context tier by its input tokens of all classes together; each
 * component is taken from its highest tier that the call reaches.
 *
 * Throws the Fault `PRICING_MISSING` (status 500) when something was counted that the book has no
 * price for and nothing stands in for it: a call is never priced at zero by omission.
 */
export function price(book: PriceBook, usage: Usage): { amount: bigint; lines: PriceLine[] } {
  const { sum, counted } = countUp(book, usage);
  const lines = counted.map(({ component, quantity, rate, exact }) => ({
    component,
    quantity,
    pricedAs: rate.component,
    fromContextTokens: rate.fromContextTokens,
    amount: rate.amount,
    per: rate.per,
    exact: formatRational(exact),
  }));
  return { amount: divideCeiling(sum.numerator, sum.denominator), lines };
}

/** What {@link price} gives as the amount, for who needs no lines. */
export function priceAmount(book: PriceBook, usage: Usage): bigint {
  const { sum } = countUp(book, usage);
  return divideCeiling(sum.numerator, sum.denominator);
}

interface Counted {
  readonly component: Component;
  readonly quantity: bigint;
  readonly rate: PriceComponent;
  readonly exact: Rational;
}

function countUp(book: PriceBook, usage: Usage): { sum: Rational; counted: Counted[] } {
  assert(book.tiering === undefined, 'a price with tiers depends on what was used before');
  const { rates } = tierAt(book, totalOf(usage, INPUT_CLASSES));
  const counted: Counted[] = [];
  let sum = ZERO;
  for (const component of COMPONENTS) {
    const quantity = usage[component] ?? 0n;
    assert(quantity >= 0n, `the quantity of ${component} is negative`);
    if (quantity === 0n) continue;
    const rate = rates[component] ?? missingPrice(book, component);
    const exact = { numerator: quantity * rate.amount, denominator: rate.per };
    sum = add(sum, exact);
    counted.push({ component, quantity, rate, exact });
  }
  return { sum, counted };
}

/** Adds the one request that every call is, where the book has a price for requests. */
export function withRequest(book: PriceBook, usage: Usage): Usage {
  for (const { component } of book.components) {
    if (component === 'request') return { ...usage, request: 1n };
  }
  return usage;
}

/** The sum of some components of a usage, such as {@link INPUT_CLASSES}. */
export function totalOf(usage: Usage, components: readonly Component[]): bigint {
  let sum = 0n;
  for (const component of components) sum += usage[component] ?? 0n;
  return sum;
}

/** Throws the Fault that says which component the book cannot price. */
export function missingPrice(book: PriceBook, component: Component): never {
  throw new Fault({
    code: 'PRICING_MISSING',
    status: 500,
    message:
      `This product has no price for '${component}'. The call was not charged; ` +
      'tell the seller to publish a price that covers it.',
    internal: `price ${book.priceId} has no component '${component}' and no stand-in for it`,
  });
}
