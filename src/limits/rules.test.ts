import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COUNTERS, LIMIT_NAMES, type Limits } from '../ledger/index.ts';
import { claimsFor, rulesOf, tokensAtMost } from './index.ts';

const NONE = { key: {}, account: {}, plan: {} };
const anyLimits: fc.Arbitrary<Limits> = fc
  .dictionary(fc.constantFrom(...LIMIT_NAMES), fc.bigInt(1n, 1_000n))
  .map((limits) => limits as Limits);
const anySets = fc.record({ key: anyLimits, account: anyLimits, plan: anyLimits });

test('every counter of the ledger can be limited, by one name', () => {
  const all = Object.fromEntries(LIMIT_NAMES.map((name) => [name, 1n]));
  const ofKey = rulesOf({ ...NONE, key: all }).map(({ counter }) => counter);
  expect(ofKey.toSorted()).toEqual(COUNTERS.map((name) => `key.${name}`).toSorted());
});

describe('rules', () => {
  test('are none where nothing is limited', () => {
    expect(rulesOf(NONE)).toEqual([]);
    expect(tokensAtMost([])).toBeUndefined();
  });

  test.each([
    [5n, 9n, 'account'],
    [9n, 5n, 'plan'],
    [5n, 5n, 'account'],
  ])('of an account (%d) and its plan (%d) are one: that of the %s', (account, plan, source) => {
    const name = 'tokens_per_day';
    const rules = rulesOf({ ...NONE, account: { [name]: account }, plan: { [name]: plan } });
    const counted = { counter: 'account.day.tokens', window: 'day', counts: 'tokens' };
    const policy = `${source}-tokens-per-day`;
    const quota = `"${policy}";q=5`;
    expect(rules).toEqual([{ source, name, cap: 5n, ...counted, policy, quota }]);
  });

  test('of a key and its account both go, the longest window is asked first', () => {
    const limits = { requests_per_minute: 2n, requests_per_month: 9n, budget_total: 1n };
    const rules = rulesOf({ key: limits, account: limits, plan: {} });
    expect(rules.map(({ policy }) => policy)).toEqual([
      'key-budget-total',
      'account-budget-total',
      'key-requests-per-month',
      'account-requests-per-month',
      'key-requests-per-minute',
      'account-requests-per-minute',
    ]);
  });

  test('name each counter once, with its least cap, whatever is limited', () => {
    fc.assert(
      fc.property(anySets, (sets) => {
        const rules = rulesOf(sets);
        expect(new Set(rules.map(({ counter }) => counter)).size).toBe(rules.length);
        for (const source of ['key', 'account', 'plan'] as const) {
          for (const [name, cap] of Object.entries(sets[source])) {
            const owner = source === 'key' ? ['key'] : ['account', 'plan'];
            const rule = rules.find((one) => one.name === name && owner.includes(one.source));
            expect(rule?.cap).toBeLessThanOrEqual(cap);
            expect(rule?.cap).toBe(sets[rule?.source ?? source][rule?.name ?? 'budget_total']);
          }
        }
      }),
    );
  });
});

describe('claims', () => {
  test('add one request and the tokens of the call; the hold itself decides what is spent', () => {
    fc.assert(
      fc.property(anySets, fc.bigInt(0n, 5_000n), (sets, tokens) => {
        const rules = rulesOf(sets);
        const added = { requests: 1n, tokens, spent: 0n };
        expect(claimsFor(rules, tokens)).toEqual(
          rules.map((rule) => {
            const { counter, cap } = rule;
            return { counter, cap, amount: added[rule.counts] };
          }),
        );
      }),
    );
  });

  test('of tokens bound what a single call can have', () => {
    const key = { tokens_per_minute: 500n, tokens_per_day: 400n, requests_per_minute: 1n };
    expect(tokensAtMost(rulesOf({ ...NONE, key }))).toBe(400n);
  });
});
