import fc from 'fast-check';
import { expect, test } from 'vitest';
import { price } from '../../pricing/index.ts';
import { exactCost } from './exact-cost.ts';
import { componentOf } from './platform.ts';
import { REPLAY_MODELS, type ReplayModel } from './price-list.ts';

const NOTHING = { promptTokens: 0, cachedTokens: 0, completionTokens: 0, reasoningTokens: 0 };

function modelOf(...prices: ReplayModel['prices']): ReplayModel {
  return { slug: 'test', prices };
}

test('fractions of a nano-dollar are added up before the sum is rounded up, once', () => {
  const model = modelOf(
    { component: 'input', from: 0, usd: '0.0000000000375', per: 1 },
    { component: 'output', from: 0, usd: '0.0000000000375', per: 1 },
  );
  // 10 x 0.0375 + 10 x 0.0375 = 0.75: one nano-dollar, not two.
  expect(exactCost(model, { ...NOTHING, promptTokens: 10, completionTokens: 10 })).toBe(1n);
  // 80 x 0.0375 is 3 exactly: nothing is added.
  expect(exactCost(model, { ...NOTHING, promptTokens: 40, completionTokens: 40 })).toBe(3n);
});

test('a price for each so many is divided, and a request has its fee', () => {
  const model = modelOf(
    { component: 'input', from: 0, usd: '0', per: 1 },
    { component: 'request', from: 0, usd: '0.001', per: 7 },
  );
  // 1,000,000 / 7 = 142,857.14...
  expect(exactCost(model, NOTHING)).toBe(142_858n);
});

test('cached input and reasoning leave input and output, at their own price or theirs', () => {
  const base = [
    { component: 'input', from: 0, usd: '0.000000005', per: 1 },
    { component: 'output', from: 0, usd: '0.000000007', per: 1 },
  ] as const;
  const counted = { promptTokens: 10, cachedTokens: 4, completionTokens: 6, reasoningTokens: 1 };
  expect(exactCost(modelOf(...base), counted)).toBe(92n);
  const cached = { component: 'cached_input', from: 0, usd: '0.000000001', per: 1 } as const;
  const reasoning = { component: 'reasoning', from: 0, usd: '0.00000001', per: 1 } as const;
  expect(exactCost(modelOf(...base, cached, reasoning), counted)).toBe(30n + 4n + 35n + 10n);
});

test('a call pays the prices of the highest tier that its whole prompt reaches', () => {
  const model = modelOf(
    { component: 'input', from: 0, usd: '0.000000001', per: 1 },
    { component: 'input', from: 100, usd: '0.000000003', per: 1 },
    { component: 'output', from: 0, usd: '0.000000001', per: 1 },
    { component: 'output', from: 101, usd: '0.000000009', per: 1 },
  );
  const cost = (promptTokens: number) =>
    exactCost(model, { ...NOTHING, promptTokens, cachedTokens: 50, completionTokens: 1 });
  expect([cost(99), cost(100), cost(101)]).toEqual([100n, 301n, 312n]);
});

test('it comes to the same as the pricing of the program, which it shares no code with', () => {
  const counted = fc
    .tuple(fc.nat(20_000), fc.nat(20_000), fc.nat(5_000), fc.nat(5_000))
    .map(([input, cached, output, reasoning]) => ({
      promptTokens: input + cached,
      cachedTokens: cached,
      completionTokens: output + reasoning,
      reasoningTokens: reasoning,
    }));
  fc.assert(
    fc.property(fc.constantFrom(...REPLAY_MODELS), counted, (model, one) => {
      const components = model.prices.map(componentOf);
      const hasFee = components.some(({ component }) => component === 'request');
      const { amount } = price(
        { priceId: 1n, unit: 'USD', components },
        {
          input: BigInt(one.promptTokens - one.cachedTokens),
          cached_input: BigInt(one.cachedTokens),
          output: BigInt(one.completionTokens - one.reasoningTokens),
          reasoning: BigInt(one.reasoningTokens),
          ...(hasFee ? { request: 1n } : {}),
        },
      );
      expect(exactCost(model, one)).toBe(amount);
    }),
  );
});

test('with every model most calls leave a fraction of a nano-dollar to round up', () => {
  for (const model of REPLAY_MODELS) {
    // A thousand times the price costs less than a thousand times what was rounded up.
    const prices = model.prices.map((one) => ({ ...one, usd: thousandfold(one.usd) }));
    const rounded = Array.from({ length: 100 }, (_, index) => {
      const counted = { ...NOTHING, promptTokens: 301 + index, completionTokens: 97 };
      return exactCost(modelOf(...prices), counted) < exactCost(model, counted) * 1_000n;
    });
    expect(rounded.filter(Boolean).length).toBeGreaterThan(50);
  }
});

function thousandfold(usd: string): string {
  const [whole = '', decimals = ''] = usd.split('.');
  const digits = decimals.padEnd(3, '0');
  return `${whole}${digits.slice(0, 3)}.${digits.slice(3)}`;
}
