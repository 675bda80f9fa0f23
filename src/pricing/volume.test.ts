import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyUsage, tieredBook } from '../../test/arbitrary-prices.ts';
import { COMPONENTS, type PriceBook, type Tiering, type Usage } from './components.ts';
import { upperBound } from './estimate.ts';
import { add, type Rational, ZERO } from './rational.ts';
import { priceInMonth } from './volume.ts';

const book = (tiering: Tiering, ...tiers: [bigint, bigint][]): PriceBook => ({
  ...{ priceId: 1n, unit: 'USD', tiering },
  components: tiers.map(([fromMonthQuantity, amount]) => ({
    ...{ component: 'input', fromContextTokens: 0n, fromMonthQuantity, amount, per: 10n },
  })),
});

describe('tiers by the quantity of a month', () => {
  it('that are graduated go for the part of the quantity that lies in them', () => {
    const tiers = book('graduated', [0n, 0n], [100n, 20n], [200n, 10n]);
    const first = priceInMonth(tiers, { input: 150n });
    expect(first).toMatchObject({ amount: 100n, used: { input: 150n } });
    const second = priceInMonth(tiers, { input: 100n }, first.used);
    expect(second.amount).toBe(100n + 50n);
    expect(
      second.lines.map(({ quantity, fromMonthQuantity }) => [quantity, fromMonthQuantity]),
    ).toEqual([
      [50n, 100n],
      [50n, 200n],
    ]);
  });

  it('by volume go for all of a call, at the tier that the month reaches with it', () => {
    const tiers = book('volume', [0n, 20n], [100n, 10n]);
    expect(priceInMonth(tiers, { input: 100n }).amount).toBe(200n);
    expect(priceInMonth(tiers, { input: 101n }).amount).toBe(101n);
    expect(priceInMonth(tiers, { input: 10n }, { input: 95n }).amount).toBe(10n);
  });

  it('count what another component stands in for together with that', () => {
    const tiers = book('graduated', [0n, 10n], [100n, 0n]);
    const first = priceInMonth(tiers, { cached_input: 60n });
    expect(first.used).toEqual({ input: 60n });
    expect(priceInMonth(tiers, { input: 60n }, first.used).amount).toBe(40n);
  });

  it('graduated, add up to the price of the sum, however it is divided into calls', () => {
    fc.assert(
      fc.property(
        tieredBook('graduated'),
        fc.array(anyUsage, { maxLength: 12 }),
        (tiers, calls) => {
          let used: Usage = {};
          let sum = 0n;
          for (const call of calls) {
            const priced = priceInMonth(tiers, call, used);
            expect(priced.amount).toBeGreaterThanOrEqual(0n);
            sum += priced.amount;
            used = priced.used;
          }
          expect(sum).toBe(priceInMonth(tiers, sumOf(calls)).amount);
          expect(sum).toBe(slowly(tiers, used));
        },
      ),
    );
  });

  it('never cost more than the bound that is held for a call, whatever was used before', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Tiering>('graduated', 'volume').chain(tieredBook),
        fc.record({ input: fc.bigInt(0n, 9_000n), output: fc.bigInt(0n, 9_000n) }),
        fc.record({ input: fc.bigInt(0n, 9_000n), output: fc.bigInt(0n, 9_000n) }),
        (tiers, before, { input, output }) => {
          const usage = { input, output, request: 1n };
          const bound = upperBound(tiers, {
            ...{ inputTokens: input, outputTokens: output, choices: 1n },
          });
          expect(priceInMonth(tiers, usage, before).amount).toBeLessThanOrEqual(bound);
        },
      ),
    );
  });
});

function sumOf(calls: readonly Usage[]): Usage {
  const sums: Record<string, bigint> = {};
  for (const call of calls) {
    for (const [name, quantity] of Object.entries(call)) sums[name] = (sums[name] ?? 0n) + quantity;
  }
  return sums;
}

/** One by one: each unit of each component at the price of the tier that it lies in. */
function slowly(tiers: PriceBook, used: Usage): bigint {
  let sum: Rational = ZERO;
  for (const component of COMPONENTS) {
    const ladder = tiers.components.filter((one) => one.component === component);
    const starts = [...new Set(ladder.map((one) => one.fromMonthQuantity ?? 0n))];
    for (const start of starts) {
      const rate = ladder.find((one) => (one.fromMonthQuantity ?? 0n) === start);
      const above = starts
        .filter((one) => one > start)
        .reduce((a, b) => (b < a ? b : a), 2n ** 62n);
      const quantity = used[component] ?? 0n;
      const within = (quantity < above ? quantity : above) - start;
      if (rate === undefined || within <= 0n) continue;
      sum = add(sum, { numerator: within * rate.amount, denominator: rate.per });
    }
  }
  return (sum.numerator + sum.denominator - 1n) / sum.denominator;
}
