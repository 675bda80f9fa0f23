import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyBook } from '../../test/arbitrary-prices.ts';
import { AMOUNT_MAX } from '../kernel/index.ts';
import { INPUT_CLASSES, OUTPUT_CLASSES, type PriceBook } from './components.ts';
import { affordableOutputTokens, estimateInputTokens, upperBound } from './estimate.ts';
import { price } from './price.ts';

const chat: PriceBook = {
  priceId: 1n,
  unit: 'USD',
  components: [
    { component: 'input', fromContextTokens: 0n, amount: 3n, per: 1n },
    { component: 'cache_write', fromContextTokens: 0n, amount: 4n, per: 1n },
    { component: 'output', fromContextTokens: 0n, amount: 10n, per: 1n },
    { component: 'reasoning', fromContextTokens: 0n, amount: 12n, per: 1n },
    { component: 'input', fromContextTokens: 101n, amount: 6n, per: 1n },
  ],
};

const tokens = fc.oneof(fc.bigInt(0n, 40n), fc.bigInt(0n, 300_000n));
const someChoices = fc.bigInt(1n, 8n);

describe('estimateInputTokens', () => {
  it('is half the bytes times the factor, rounded up', () => {
    expect(estimateInputTokens(1_000, 1_000)).toBe(500n);
    expect(estimateInputTokens(1_001, 1_000)).toBe(501n);
    expect(estimateInputTokens(1_000, 1_333)).toBe(667n);
    expect(estimateInputTokens(0, 1_000)).toBe(0n);
  });
});

describe('upperBound', () => {
  it('counts each token at the dearest class it could be, for every choice', () => {
    const bounds = { inputTokens: 100n, outputTokens: 5n, choices: 3n };
    expect(upperBound(chat, bounds)).toBe(100n * 4n + 15n * 12n);
  });

  it('looks into the context tier that the estimate reaches', () => {
    const bounds = { inputTokens: 101n, outputTokens: 0n, choices: 1n };
    expect(upperBound(chat, bounds)).toBe(606n);
  });

  it('keeps the top of a dearer lower tier when the higher tier is cheaper', () => {
    const falling: PriceBook = {
      ...chat,
      components: [
        { component: 'input', fromContextTokens: 0n, amount: 9n, per: 1n },
        { component: 'input', fromContextTokens: 101n, amount: 1n, per: 1n },
        { component: 'output', fromContextTokens: 0n, amount: 0n, per: 1n },
      ],
    };
    const bounds = { inputTokens: 110n, outputTokens: 1n, choices: 1n };
    expect(upperBound(falling, bounds)).toBe(900n);
  });

  it('refuses before any value is set aside when the tokens to come have no price', () => {
    const perPicture: PriceBook = {
      ...chat,
      components: [{ component: 'image', fromContextTokens: 0n, amount: 9n, per: 1n }],
    };
    const refusal = expect.objectContaining({ code: 'PRICING_MISSING' });
    const input = { inputTokens: 1n, outputTokens: 0n, choices: 1n };
    expect(() => upperBound(perPicture, input)).toThrow(refusal);
    expect(() => upperBound(perPicture, { ...input, inputTokens: 0n, outputTokens: 1n })).toThrow(
      refusal,
    );
  });

  it('is never below the price of any usage within the bounds', () => {
    const shares = fc.array(fc.nat(1_000), { minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(anyBook, tokens, tokens, someChoices, shares, (book, input, output, n, cut) => {
        const usage = {
          ...divide(input, INPUT_CLASSES, cut.slice(0, 6)),
          ...divide(output * n, OUTPUT_CLASSES, cut.slice(6)),
          request: 1n,
        };
        const bounds = { inputTokens: input, outputTokens: output, choices: n };
        expect(upperBound(book, bounds) >= price(book, usage).amount).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('never falls when a bound grows, over tiers that rise or fall', () => {
    fc.assert(
      fc.property(anyBook, tokens, tokens, tokens, tokens, (book, input, output, more, longer) => {
        const bounds = { inputTokens: input, outputTokens: output, choices: 1n };
        const wider = { inputTokens: input + more, outputTokens: output + longer, choices: 1n };
        expect(upperBound(book, wider) >= upperBound(book, bounds)).toBe(true);
      }),
    );
  });
});

describe('affordableOutputTokens', () => {
  it('is exact: that many fit into what was granted and one more does not', () => {
    fc.assert(
      fc.property(
        anyBook,
        tokens,
        someChoices,
        fc.bigInt(0n, 10n ** 15n),
        (book, inputTokens, choices, granted) => {
          const bound = (outputTokens: bigint) =>
            upperBound(book, { inputTokens, outputTokens, choices });
          const fits = affordableOutputTokens(book, granted, { inputTokens, choices });
          if (fits === undefined) {
            expect(bound(0n) > granted).toBe(true);
          } else {
            expect(bound(fits) <= granted).toBe(true);
            if (fits !== AMOUNT_MAX) expect(bound(fits + 1n) > granted).toBe(true);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('has no end where output is free', () => {
    const free: PriceBook = {
      ...chat,
      components: [
        { component: 'input', fromContextTokens: 0n, amount: 1n, per: 1n },
        { component: 'output', fromContextTokens: 0n, amount: 0n, per: 1n },
      ],
    };
    const bounds = { inputTokens: 10n, choices: 1n };
    expect(affordableOutputTokens(free, 10n, bounds)).toBe(AMOUNT_MAX);
    expect(affordableOutputTokens(free, 9n, bounds)).toBe(undefined);
  });
});

/** Cuts a total into classes by shares; the last share is left over, so the sum may be less. */
function divide(total: bigint, classes: readonly string[], shares: readonly number[]) {
  const whole = BigInt(shares.reduce((a, b) => a + b, 0)) || 1n;
  return Object.fromEntries(
    classes.map((name, index) => [name, (total * BigInt(shares[index] ?? 0)) / whole]),
  );
}
