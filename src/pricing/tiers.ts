import {
  COMPONENTS,
  type Component,
  FALLBACKS,
  INPUT_CLASSES,
  OUTPUT_CLASSES,
  type PriceBook,
  type PriceComponent,
} from './components.ts';
import { compare, type Rational, ZERO } from './rational.ts';

/** What a price book comes to for calls from so many input tokens on, up to the next tier. */
export interface Tier {
  readonly fromContextTokens: bigint;
  /** Each component's own price, else that of its stand-in; undefined when there is neither. */
  readonly rates: Readonly<Partial<Record<Component, PriceComponent>>>;
  /** The dearest price of the classes; undefined when plain tokens have none. */
  readonly dearestInput: Rational | undefined;
  readonly dearestOutput: Rational | undefined;
  readonly request: Rational;
}

/** A book never changes, so its tiers are taken out of it once and for all calls. */
const known = new WeakMap<PriceBook, readonly Tier[]>();

/** A book's tiers, the lowest first; that from 0 on is always there. */
export function tiersOf(book: PriceBook): readonly Tier[] {
  let tiers = known.get(book);
  if (tiers === undefined) {
    tiers = makeTiers(book);
    known.set(book, tiers);
  }
  return tiers;
}

/** The tier that a call with so many input tokens falls into. */
export function tierAt(book: PriceBook, contextTokens: bigint): Tier {
  const tiers = tiersOf(book);
  let found = tiers[0] as Tier;
  for (const tier of tiers) if (tier.fromContextTokens <= contextTokens) found = tier;
  return found;
}

function makeTiers(book: PriceBook): Tier[] {
  const starts = new Set([0n, ...book.components.map((one) => one.fromContextTokens)]);
  return [...starts]
    .sort((left, right) => (left < right ? -1 : 1))
    .map((fromContextTokens) => {
      const rates: Partial<Record<Component, PriceComponent>> = {};
      for (const component of COMPONENTS) {
        const rate = rateOf(book, component, fromContextTokens);
        if (rate !== undefined) rates[component] = rate;
      }
      return {
        fromContextTokens,
        rates,
        dearestInput: rates.input && dearest(rates, INPUT_CLASSES),
        dearestOutput: rates.output && dearest(rates, OUTPUT_CLASSES),
        request: asRational(rates.request),
      };
    });
}

/** From the highest tier of the component, else of its stand-in, that such a call reaches. */
function rateOf(
  book: PriceBook,
  component: Component,
  contextTokens: bigint,
): PriceComponent | undefined {
  let best: PriceComponent | undefined;
  for (const candidate of book.components) {
    if (candidate.component !== component) continue;
    if (candidate.fromContextTokens > contextTokens) continue;
    if (best === undefined || isAhead(candidate, best)) best = candidate;
  }
  if (best !== undefined) return best;
  const fallback = FALLBACKS[component];
  return fallback === undefined ? undefined : rateOf(book, fallback, contextTokens);
}

/** Of tiers by the month's quantity the dearest stands for all: what is left is a bound. */
function isAhead(one: PriceComponent, other: PriceComponent): boolean {
  if (one.fromContextTokens !== other.fromContextTokens) {
    return one.fromContextTokens > other.fromContextTokens;
  }
  return compare(asRational(one), asRational(other)) > 0;
}

function dearest(rates: Tier['rates'], classes: readonly Component[]): Rational {
  return classes
    .map((component) => asRational(rates[component]))
    .reduce((most, rate) => (compare(rate, most) > 0 ? rate : most), ZERO);
}

function asRational(rate: PriceComponent | undefined): Rational {
  return rate === undefined ? ZERO : { numerator: rate.amount, denominator: rate.per };
}
