import { assert } from '../kernel/index.ts';
import { formatDecimal } from '../pricing/index.ts';

/**
 * Writes a fraction of a unit's smallest parts ('37/2', '5') as an exact decimal of whole units. A
 * fraction that has none, such as a third, is written as a fraction of whole units.
 */
export function exactDecimal(parts: string, scale: number): string {
  const [, above, below = '1'] = /^(\d+)(?:\/(\d+))?$/.exec(parts) ?? [];
  assert(above !== undefined, 'a line of a price is a fraction');
  const numerator = BigInt(above);
  const denominator = BigInt(below) * 10n ** BigInt(scale);
  return formatDecimal({ numerator, denominator }) ?? `${numerator}/${denominator}`;
}
