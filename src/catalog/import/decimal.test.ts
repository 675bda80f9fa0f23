import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { amountPer, equalDecimals, multiplyDecimals, parseDecimal } from './decimal.ts';

describe('parseDecimal', () => {
  it.each([
    ['3.75e-06', 375n, -8],
    ['-0.5', -5n, -1],
    ['12', 12n, 0],
    ['1.50E+2', 150n, 0],
  ])('reads %s', (text, digits, exponent) => {
    expect(parseDecimal(text)).toEqual({ digits, exponent });
  });

  it.each(['', '.5', '1.', '1e', '0x10', '1_000', 'NaN', '1e99999999', '9'.repeat(61), ' 1'])(
    'refuses %j',
    (text) => {
      expect(parseDecimal(text)).toBe(undefined);
    },
  );
});

describe('equalDecimals', () => {
  it('compares values, not spellings', () => {
    const read = (text: string) => parseDecimal(text) ?? { digits: -1n, exponent: 0 };
    expect(equalDecimals(read('2.5e-6'), read('0.0000025'))).toBe(true);
    expect(equalDecimals(read('1e3'), read('1000.0'))).toBe(true);
    expect(equalDecimals(read('2.5e-6'), read('2.51e-6'))).toBe(false);
  });
});

describe('amountPer', () => {
  it('chooses the least power of ten that makes the amount whole', () => {
    expect(amountPer({ digits: 3750n, exponent: 0 }, 6)).toEqual({
      amount: 3_750_000_000n,
      per: 1_000_000n,
    });
    expect(amountPer({ digits: 28333333333333333n, exponent: -11 }, 0)).toEqual({
      amount: 28333333333333333n,
      per: 10n ** 11n,
    });
    expect(amountPer({ digits: 0n, exponent: -40 }, 6)).toEqual({ amount: 0n, per: 1_000_000n });
  });

  it('gives up where the database could not hold the amount or the quantity', () => {
    expect(amountPer({ digits: 1n, exponent: -19 }, 0)).toBe(undefined);
    expect(amountPer({ digits: 10n ** 19n + 1n, exponent: 0 }, 0)).toBe(undefined);
  });

  it('is exact for any decimal and factor', () => {
    const decimal = fc.record({
      digits: fc.bigInt(0n, 10n ** 9n),
      exponent: fc.integer({ min: -9, max: 3 }),
    });
    fc.assert(
      fc.property(decimal, decimal, fc.constantFrom(0, 6), (price, margin, least) => {
        const value = multiplyDecimals(price, margin);
        const found = amountPer(value, least);
        if (found === undefined) return;
        // amount / per = digits x 10^exponent, cross-multiplied.
        const shift = 10n ** 30n;
        const scaled = (value.digits * shift * 10n ** BigInt(value.exponent + 20)) / 10n ** 20n;
        expect(found.amount * shift).toBe(scaled * found.per);
        expect(found.per >= 10n ** BigInt(least)).toBe(true);
      }),
    );
  });
});
