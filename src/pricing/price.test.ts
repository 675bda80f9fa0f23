import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyBook, anyUsage } from '../../test/arbitrary-prices.ts';
import { Fault } from '../kernel/index.ts';
import { COMPONENTS, FALLBACKS, INPUT_CLASSES, type PriceBook, type Usage } from './components.ts';
import { price, withRequest } from './price.ts';

const MILLION = 1_000_000n;

function book(...rows: [PriceBook['components'][number]['component'], bigint, bigint, bigint?][]) {
  return {
    priceId: 1n,
    unit: 'USD',
    components: rows.map(([component, amount, per, fromContextTokens = 0n]) => ({
      component,
      amount,
      per,
      fromContextTokens,
    })),
  } satisfies PriceBook;
}

describe('price', () => {
  it('charges the golden vector of a cached, reasoning call to the nano-dollar', () => {
    // $1.25 input, $0.125 cached, $10 output per million; reasoning is output.
    const gpt = book(
      ['input', 1_250_000_000n, MILLION],
      ['cached_input', 125_000_000n, MILLION],
      ['output', 10_000_000_000n, MILLION],
    );
    const bill = price(gpt, { input: 1_000n, cached_input: 3_072n, reasoning: 64n, output: 15n });
    expect(bill.amount).toBe(1_250_000n + 384_000n + 640_000n + 150_000n);
    expect(
      bill.lines.map(({ component, pricedAs, exact }) => [component, pricedAs, exact]),
    ).toEqual([
      ['input', 'input', '1250000'],
      ['cached_input', 'cached_input', '384000'],
      ['output', 'output', '150000'],
      ['reasoning', 'output', '640000'],
    ]);
  });

  it('rounds once, up, after all lines are summed', () => {
    const thirds = book(['input', 1n, 3n], ['output', 1n, 6n], ['request', 1n, 2n]);
    expect(price(thirds, { input: 1n, output: 1n, request: 1n }).amount).toBe(1n);
    expect(price(thirds, { input: 1n, output: 2n, request: 1n }).amount).toBe(2n);
    expect(price(thirds, { input: 1n }).lines[0]?.exact).toBe('1/3');
  });

  it('takes every component from the tier that all input tokens together reach', () => {
    const tiered = book(
      ['input', 2n, 1n],
      ['cached_input', 1n, 1n],
      ['output', 10n, 1n],
      ['input', 4n, 1n, 101n],
      ['output', 15n, 1n, 101n],
    );
    expect(price(tiered, { input: 60n, cached_input: 40n, output: 1n }).amount).toBe(170n);
    expect(price(tiered, { input: 60n, cached_input: 41n, output: 1n }).amount).toBe(296n);
  });

  it('lets a component that only a higher tier prices fall back below it', () => {
    const partly = book(['input', 2n, 1n], ['cache_write', 5n, 1n, 101n]);
    expect(price(partly, { cache_write: 100n }).amount).toBe(200n);
    expect(price(partly, { cache_write: 101n }).amount).toBe(505n);
  });

  it('refuses with PRICING_MISSING what was counted and has neither price nor stand-in', () => {
    const chat = book(['input', 1n, 1n], ['output', 1n, 1n]);
    const attempt = () => price(chat, { input: 1n, image: 1n });
    expect(attempt).toThrow(Fault);
    expect(attempt).toThrow(expect.objectContaining({ code: 'PRICING_MISSING', status: 500 }));
    expect(price(chat, { input: 1n, image: 0n }).amount).toBe(1n);
  });

  it('counts a request only where the book has a price for it', () => {
    const each = book(['request', 7n, 1n]);
    expect(price(each, withRequest(each, {})).amount).toBe(7n);
    const chat = book(['input', 1n, 1n]);
    expect(price(chat, withRequest(chat, { input: 3n })).amount).toBe(3n);
  });

  it('equals a slow rational sum over any number of calls', () => {
    fc.assert(
      fc.property(anyBook, fc.array(anyUsage, { maxLength: 30 }), (any, usages) => {
        let fast = 0n;
        let slow = 0n;
        for (const usage of usages) {
          fast += price(any, usage).amount;
          slow += slowPrice(any, usage);
        }
        expect(fast).toBe(slow);
      }),
    );
  });

  it('never falls when more of one component is used within the same tier', () => {
    fc.assert(
      fc.property(
        anyBook,
        anyUsage,
        fc.constantFrom(...COMPONENTS),
        fc.bigInt(0n, 50_000n),
        (any, usage, component, more) => {
          const flat = { ...any, components: any.components.filter((c) => !c.fromContextTokens) };
          const greater = { ...usage, [component]: (usage[component] ?? 0n) + more };
          expect(price(flat, greater).amount >= price(flat, usage).amount).toBe(true);
        },
      ),
    );
  });

  it('explains the amount: the exact lines sum to it before rounding', () => {
    fc.assert(
      fc.property(anyBook, anyUsage, (any, usage) => {
        const { amount, lines } = price(any, usage);
        let [top, bottom] = [0n, 1n];
        for (const { exact } of lines) {
          const [n = '', d = '1'] = exact.split('/');
          [top, bottom] = [top * BigInt(d) + BigInt(n) * bottom, bottom * BigInt(d)];
        }
        expect(amount * bottom >= top && (amount - 1n) * bottom < top).toBe(true);
      }),
    );
  });
});

/** Independent arithmetic: one huge denominator, no reduction, tiers looked up by sorting. */
function slowPrice(any: PriceBook, usage: Usage): bigint {
  const context = INPUT_CLASSES.map((name) => usage[name] ?? 0n).reduce((a, b) => a + b, 0n);
  const denominator = any.components.map(({ per }) => per).reduce((a, b) => a * b, 1n);
  let numerator = 0n;
  for (const component of COMPONENTS) {
    const reachable = (name: string | undefined) =>
      any.components
        .filter((row) => row.component === name && row.fromContextTokens <= context)
        .sort((a, b) => Number(b.fromContextTokens - a.fromContextTokens))[0];
    const row = reachable(component) ?? reachable(FALLBACKS[component]);
    if (row !== undefined) {
      numerator += ((usage[component] ?? 0n) * row.amount * denominator) / row.per;
    }
  }
  const whole = numerator / denominator;
  return whole * denominator === numerator ? whole : whole + 1n;
}
