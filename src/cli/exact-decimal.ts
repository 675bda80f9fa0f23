import { assert } from '../kernel/index.ts';

/**
 * Writes a fraction of a unit's smallest parts ('37/2', '5') as an exact decimal of whole units. A
 * fraction that has none, such as a third, is written as a fraction of whole units.
 */
export function exactDecimal(parts: string, scale: number): string {
  const [, above, below = '1'] = /^(\d+)(?:\/(\d+))?$/.exec(parts) ?? [];
  assert(above !== undefined, 'a line of a price is a fraction');
  const numerator = BigInt(above);
  const denominator = BigInt(below) * 10n ** BigInt(scale);
  const places = decimalPlaces(denominator);
  if (places === undefined) return `${numerator}/${denominator}`;
  const digits = ((numerator * 10n ** BigInt(places)) / denominator).toString();
  const padded = digits.padStart(places + 1, '0');
  const fraction = padded.slice(padded.length - places).replace(/0+$/, '');
  const whole = padded.slice(0, padded.length - places);
  return places === 0 || fraction === '' ? whole : `${whole}.${fraction}`;
}

/** How many decimals 1/denominator has at most; undefined when it has no end. */
function decimalPlaces(denominator: bigint): number | undefined {
  let rest = denominator;
  let [twos, fives] = [0, 0];
  for (; rest % 2n === 0n; rest /= 2n) twos += 1;
  for (; rest % 5n === 0n; rest /= 5n) fives += 1;
  return rest === 1n ? Math.max(twos, fives) : undefined;
}
