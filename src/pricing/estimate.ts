import { AMOUNT_MAX, assert, divideCeiling } from '../kernel/index.ts';
import {
  type Component,
  INPUT_CLASSES,
  OUTPUT_CLASSES,
  type PriceBook,
  type PriceComponent,
} from './components.ts';
import { missingPrice, rateOf } from './price.ts';
import { add, compare, multiply, type Rational, ZERO } from './rational.ts';

/** What a call may use at most, as far as that is known before it starts. */
export interface CallBounds {
  readonly inputTokens: bigint;
  /** For each choice. */
  readonly outputTokens: bigint;
  /** How many answers are asked for (`n`); each is billed. */
  readonly choices: bigint;
}

/**
 * An upper bound of the input tokens of a request: half its bytes times the model's factor, up.
 * The factor comes in thousandths: 1000 for common tokenizers, more for those that split finer.
 */
export function estimateInputTokens(bodyBytes: number, factorThousandths: number): bigint {
  return divideCeiling(BigInt(bodyBytes) * BigInt(factorThousandths), 2_000n);
}

/**
 * The most that a call within these bounds can cost, in smallest parts of the book's unit: for any
 * usage whose input classes sum to at most `inputTokens` and whose output classes sum to at most
 * `outputTokens` x `choices`, {@link price} gives no more. Each token is counted at the dearest
 * class that it could turn out to be (cache writes cost more than input, reasoning may cost more
 * than output), in the dearest context tier within reach. It includes the price for one request.
 *
 * Throws the Fault `PRICING_MISSING` when tokens are expected that the book has no price for.
 */
export function upperBound(book: PriceBook, bounds: CallBounds): bigint {
  const outputTokens = bounds.outputTokens * bounds.choices;
  let most = ZERO;
  for (const tier of tiersWithin(book, bounds.inputTokens, outputTokens > 0n)) {
    const cost = add(tier.beforeOutput, multiply(tier.outputRate, outputTokens));
    if (compare(cost, most) > 0) most = cost;
  }
  return divideCeiling(most.numerator, most.denominator);
}

/**
 * The greatest `outputTokens` (for each choice) whose {@link upperBound} is still within `granted`;
 * undefined when not even the input is. Where output costs nothing it is {@link AMOUNT_MAX}.
 */
export function affordableOutputTokens(
  book: PriceBook,
  granted: bigint,
  bounds: { readonly inputTokens: bigint; readonly choices: bigint },
): bigint | undefined {
  assert(bounds.choices > 0n, 'a call asks for at least one choice');
  let tokens = AMOUNT_MAX;
  for (const tier of tiersWithin(book, bounds.inputTokens, true)) {
    const { numerator, denominator } = tier.beforeOutput;
    const left = granted * denominator - numerator;
    if (left < 0n) return undefined;
    const perToken = tier.outputRate.numerator * bounds.choices * denominator;
    if (perToken === 0n) continue;
    const fits = (left * tier.outputRate.denominator) / perToken;
    if (fits < tokens) tokens = fits;
  }
  return tokens;
}

/** One context tier: the dearest input that falls into it, and its dearest price of output. */
interface TierBound {
  readonly beforeOutput: Rational;
  readonly outputRate: Rational;
}

function tiersWithin(book: PriceBook, inputTokens: bigint, withOutput: boolean): TierBound[] {
  assert(inputTokens >= 0n, 'a bound of tokens is not negative');
  const starts = [...new Set([0n, ...book.components.map((one) => one.fromContextTokens)])]
    .filter((start) => start <= inputTokens)
    .sort((left, right) => (left < right ? -1 : 1));
  return starts.map((start, index) => {
    const next = starts[index + 1];
    const largestInput = next === undefined ? inputTokens : next - 1n;
    const inputRate = largestInput > 0n ? dearest(book, INPUT_CLASSES, start) : ZERO;
    const request = asRational(rateOf(book, 'request', start));
    return {
      beforeOutput: add(multiply(inputRate, largestInput), request),
      outputRate: withOutput ? dearest(book, OUTPUT_CLASSES, start) : ZERO,
    };
  });
}

/** The dearest price among classes; the first class is the one that plain tokens fall into. */
function dearest(
  book: PriceBook,
  classes: readonly [Component, ...Component[]],
  contextTokens: bigint,
): Rational {
  if (rateOf(book, classes[0], contextTokens) === undefined) missingPrice(book, classes[0]);
  return classes
    .map((component) => asRational(rateOf(book, component, contextTokens)))
    .reduce((most, rate) => (compare(rate, most) > 0 ? rate : most), ZERO);
}

function asRational(rate: PriceComponent | undefined): Rational {
  return rate === undefined ? ZERO : { numerator: rate.amount, denominator: rate.per };
}
