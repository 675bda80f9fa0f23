import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AMOUNT_MAX, divideCeiling, formatAmount, parseAmount } from './index.ts';

describe('money', () => {
  it.each([
    [5_000_000_000n, 9, '5'],
    [1n, 9, '0.000000001'],
    [-1_500_000_000n, 9, '-1.5'],
    [0n, 9, '0'],
    [42n, 0, '42'],
    [1_230n, 3, '1.23'],
  ])('%s in a unit of scale %s is written %s', (amount, scale, text) => {
    expect(formatAmount(amount, scale)).toBe(text);
    expect(parseAmount(text, scale)).toBe(amount);
  });

  it('what is written is read back exactly, for every amount and scale', () => {
    const amounts = fc.bigInt({ min: -AMOUNT_MAX, max: AMOUNT_MAX });
    fc.assert(
      fc.property(amounts, fc.integer({ min: 0, max: 12 }), (amount, scale) => {
        expect(parseAmount(formatAmount(amount, scale), scale)).toBe(amount);
      }),
    );
  });

  it.each(['', '1e3', '1,000', '.5', '5.', '--1', '0x10', 'NaN', '1 000', '９'])(
    '%j is not an amount',
    (text) => expect(parseAmount(text, 9)).toBeUndefined(),
  );

  it('an amount finer than its unit or larger than the database is refused, not rounded', () => {
    expect(parseAmount('0.0000000001', 9)).toBeUndefined();
    expect(parseAmount('0.1', 0)).toBeUndefined();
    expect(parseAmount('9223372036.854775808', 9)).toBeUndefined();
    expect(parseAmount('9223372036.854775807', 9)).toBe(AMOUNT_MAX);
  });

  it('a division rounds up, once', () => {
    expect([divideCeiling(10n, 5n), divideCeiling(11n, 5n), divideCeiling(0n, 5n)]).toEqual([
      2n,
      3n,
      0n,
    ]);
    expect(() => divideCeiling(-1n, 5n)).toThrow('divideCeiling');
  });
});
