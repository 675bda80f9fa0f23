import { assert } from './assert.ts';

/** An amount in a unit's smallest part (USD: 10^-9 dollar). Never a float. */
export type Amount = bigint;

/** What a wallet counts: its code ('USD', 'credit') and how many decimals its smallest part has. */
export interface Unit {
  readonly code: string;
  readonly scale: number;
}

/** The largest amount the database can hold (PostgreSQL bigint). */
export const AMOUNT_MAX: Amount = 2n ** 63n - 1n;

/**
 * Writes an amount as an exact decimal string in whole units, without trailing zeros.
 * `formatAmount(5_000_000_000n, 9)` is `'5'`.
 */
export function formatAmount(amount: Amount, scale: number): string {
  const sign = amount < 0n ? '-' : '';
  const digits = (amount < 0n ? -amount : amount).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return fraction === '' ? sign + whole : `${sign}${whole}.${fraction}`;
}

/**
 * Reads a plain decimal string ('12.5', '-0.000000001') into a unit's smallest part.
 * Returns undefined when it is not a decimal, has more decimals than the unit, or does not fit
 * the database: nothing is rounded.
 */
export function parseAmount(text: string, scale: number): Amount | undefined {
  const match = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?$/.exec(text.trim());
  if (match === null) return undefined;
  const fraction = (match[3] ?? '').replace(/0+$/, '');
  if (fraction.length > scale) return undefined;
  const magnitude = BigInt(`${match[2]}${fraction.padEnd(scale, '0')}`);
  if (magnitude > AMOUNT_MAX) return undefined;
  return match[1] === '-' ? -magnitude : magnitude;
}

/** Divides rounding up. Both arguments must be non-negative, the divisor positive. */
export function divideCeiling(dividend: bigint, divisor: bigint): bigint {
  assert(dividend >= 0n && divisor > 0n, 'divideCeiling takes a dividend >= 0 and a divisor > 0');
  return (dividend + divisor - 1n) / divisor;
}
