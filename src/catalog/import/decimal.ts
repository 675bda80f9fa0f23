import { AMOUNT_MAX } from '../../kernel/index.ts';

/** An exact decimal: `digits` x 10^`exponent`. */
export interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

const LENGTH_MAX = 60;
const EXPONENT_MAX = 60;

/** Reads `12`, `-0.5` or `3.75e-06`; undefined for anything else and for absurd lengths. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = /^(-?\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (match === null || text.length > LENGTH_MAX) return undefined;
  const fraction = match[2] ?? '';
  const exponent = Number(match[3] ?? '0') - fraction.length;
  if (Math.abs(exponent) > EXPONENT_MAX) return undefined;
  return { digits: BigInt(`${match[1]}${fraction}`), exponent };
}

export function multiplyDecimals(left: Decimal, right: Decimal): Decimal {
  return { digits: left.digits * right.digits, exponent: left.exponent + right.exponent };
}

export function equalDecimals(left: Decimal, right: Decimal): boolean {
  const lowest = Math.min(left.exponent, right.exponent);
  const scaled = (value: Decimal) => value.digits * 10n ** BigInt(value.exponent - lowest);
  return scaled(left) === scaled(right);
}

/**
 * Writes a non-negative decimal (smallest parts for one counted) as `amount` for each `per`, both
 * whole: `per` is the least power of ten, at least 10^`perExponent`, that makes the amount whole.
 * Undefined when one of them would not fit the database: nothing is rounded.
 */
export function amountPer(
  value: Decimal,
  perExponent: number,
): { amount: bigint; per: bigint } | undefined {
  let { digits, exponent } = value;
  while (digits > 0n && digits % 10n === 0n) {
    digits /= 10n;
    exponent += 1;
  }
  const shift = digits === 0n ? perExponent : Math.max(perExponent, -exponent);
  const per = 10n ** BigInt(shift);
  const amount = digits === 0n ? 0n : digits * 10n ** BigInt(shift + exponent);
  return amount > AMOUNT_MAX || per > AMOUNT_MAX ? undefined : { amount, per };
}
