import { describe, expect, test } from 'vitest';
import type { Queryable } from '../db/index.ts';
import type { HoldResult } from '../ledger/index.ts';
import { claimsFor, createLimiter, type LimitedCall, rulesInUnit, rulesOf } from './index.ts';

const NONE = { key: {}, account: {}, plan: {} };
const AT = new Date('2026-11-20T10:00:30Z');

const callWith = (rules: LimitedCall['rules']): LimitedCall => ({
  ...{ rules, tokens: 7n, keyId: 1n, walletId: 2n, timeZone: 'UTC', minimum: 1n },
  unit: { code: 'USD', scale: 9 },
});

const refusedBy = (call: LimitedCall, remaining: bigint[]): HoldResult => ({
  ...{ outcome: 'limited', granted: [0n], available: 9n, remaining, at: AT },
  refusedClaim: claimsFor(call.rules, call.tokens)[0],
});

describe('a sliding minute', () => {
  test('is read once for callers that are refused together, and anew for those after', async () => {
    let queries = 0;
    let answer = () => {};
    const db: Queryable = {
      query: async <Row>() => {
        queries += 1;
        await new Promise<void>((resolve) => {
          answer = resolve;
        });
        return [{ at: AT, start: AT, current: 5n, previous: 0n }] as Row[];
      },
    };
    const limiter = createLimiter({ db });
    const call = callWith(rulesOf({ ...NONE, key: { requests_per_minute: 5n } }));
    for (const round of [1, 2]) {
      const together = Array.from({ length: 64 }, () =>
        limiter.refusal(call, refusedBy(call, [0n])),
      );
      answer();
      for (const fault of await Promise.all(together)) {
        expect(fault).toMatchObject({ code: 'rate_limit_exceeded' });
      }
      expect(queries).toBe(round);
    }
  });

  test('is read from the key for its limit, from the wallet for all others', async () => {
    const asked: unknown[] = [];
    const db: Queryable = {
      query: async <Row>(text: string, values: readonly unknown[] = []) => {
        asked.push([/from (\w+)/.exec(text)?.[1], ...values]);
        return [{ at: AT, start: AT, current: 5n, previous: 0n }] as Row[];
      },
    };
    const limiter = createLimiter({ db });
    for (const source of ['key', 'account', 'plan'] as const) {
      const call = callWith(rulesOf({ ...NONE, [source]: { tokens_per_minute: 9n } }));
      await limiter.refusal(call, refusedBy(call, [2n]));
    }
    const call = callWith(rulesOf({ ...NONE, key: { requests_per_day: 9n } }));
    await limiter.refusal(call, refusedBy(call, [0n]));
    expect(asked).toEqual([
      ['api_key', 1n],
      ['wallet', 2n],
      ['wallet', 2n],
    ]);
  });
});

test('an answer that was lost and read again has no rate limit headers', () => {
  const limiter = createLimiter({ db: { query: () => Promise.reject(new Error('not asked')) } });
  const call = callWith(rulesOf({ ...NONE, key: { requests_per_minute: 5n } }));
  const result = { ...refusedBy(call, []), outcome: 'held', refusedClaim: undefined } as const;
  expect(limiter.headers(call, result)).toEqual({});
});

describe('of a call that is paid in another unit than the default one', () => {
  const counts = { requests_per_day: 5n };
  const budgets = { budget_total: 9n, budget_per_day: 9n, budget_per_month: 9n };

  test('budgets of account and plan do not go: they are amounts of the default unit', () => {
    const rules = rulesOf({ key: counts, account: budgets, plan: { ...budgets, ...counts } });
    expect(rulesInUnit(rules, 'USD', 'USD')).toBe(rules);
    expect(rulesInUnit(rules, 'credit', 'USD')).toEqual(
      rulesOf({ key: counts, account: {}, plan: counts }),
    );
  });

  test('a key with a budget is refused, so that nothing is spent beside its budget', () => {
    const rules = rulesOf({ ...NONE, key: { budget_per_month: 9n } });
    expect(() => rulesInUnit(rules, 'credit', 'USD')).toThrow(
      expect.objectContaining({ code: 'unit_not_allowed', status: 403 }),
    );
  });
});
