import { AMOUNT_MAX, assert, divideCeiling } from '../kernel/index.ts';
import type { PriceBook } from './components.ts';
import { missingPrice } from './price.ts';
import { add, compare, multiply, type Rational, ZERO } from './rational.ts';
import { type Tier, tiersOf } from './tiers.ts';

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
  const bounds: TierBound[] = [];
  const tiers = tiersOf(book);
  for (let index = 0; index < tiers.length; index += 1) {
    const tier = tiers[index] as Tier;
    if (tier.fromContextTokens > inputTokens) break;
    const next = tiers[index + 1]?.fromContextTokens;
    const largestInput = next === undefined || next > inputTokens ? inputTokens : next - 1n;
    const inputRate = largestInput > 0n ? (tier.dearestInput ?? missingPrice(book, 'input')) : ZERO;
    bounds.push({
      beforeOutput: add(multiply(inputRate, largestInput), tier.request),
      outputRate: withOutput ? (tier.dearestOutput ?? missingPrice(book, 'output')) : ZERO,
    });
  }
  return bounds;
}
