import { formatAmount } from '../kernel/index.ts';

/** An exact fraction of non-negative integers; the denominator is positive. */
export interface Rational {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export const ZERO: Rational = { numerator: 0n, denominator: 1n };

/** Adds over the least common denominator, so that long sums of one denominator stay small. */
export function add(left: Rational, right: Rational): Rational {
  if (left.denominator === right.denominator) {
    return { numerator: left.numerator + right.numerator, denominator: left.denominator };
  }
  const shared = greatestCommonDivisor(left.denominator, right.denominator);
  const leftFactor = right.denominator / shared;
  const rightFactor = left.denominator / shared;
  return {
    numerator: left.numerator * leftFactor + right.numerator * rightFactor,
    denominator: left.denominator * leftFactor,
  };
}

/** Negative, zero or positive as `left` is less than, equal to or greater than `right`. */
export function compare(left: Rational, right: Rational): number {
  const difference = left.numerator * right.denominator - right.numerator * left.denominator;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function multiply(value: Rational, factor: bigint): Rational {
  return { numerator: value.numerator * factor, denominator: value.denominator };
}

/** Writes the fraction in lowest terms: `'5/2'`, or `'3'` where it is whole. */
export function formatRational(value: Rational): string {
  const shared = greatestCommonDivisor(value.numerator, value.denominator);
  const denominator = value.denominator / shared;
  const numerator = value.numerator / shared;
  return denominator === 1n ? numerator.toString() : `${numerator}/${denominator}`;
}

/** Writes a fraction, of any sign, as a decimal without a rest; undefined when it has no end. */
export function formatDecimal(value: Rational): string | undefined {
  const isBelow = value.numerator < 0n;
  const above = isBelow ? -value.numerator : value.numerator;
  const shared = greatestCommonDivisor(above, value.denominator);
  const denominator = value.denominator / shared;
  const places = decimalPlaces(denominator);
  if (places === undefined) return undefined;
  const scaled = ((above / shared) * 10n ** BigInt(places)) / denominator;
  return formatAmount(isBelow ? -scaled : scaled, places);
}

/** How many decimals 1/denominator has at most; undefined when it has no end. */
function decimalPlaces(denominator: bigint): number | undefined {
  let rest = denominator;
  let [twos, fives] = [0, 0];
  for (; rest % 2n === 0n; rest /= 2n) twos += 1;
  for (; rest % 5n === 0n; rest /= 5n) fives += 1;
  return rest === 1n ? Math.max(twos, fives) : undefined;
}

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let [a, b] = [left, right];
  while (b > 0n) [a, b] = [b, a % b];
  return a;
}
