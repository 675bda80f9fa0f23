import { describe, expect, test } from 'vitest';
import { createCalendar } from './calendar.ts';
import { formatDuration, rateLimitHeaders, statesOf } from './rate-limit-headers.ts';
import { type RuleSets, rulesOf } from './rules.ts';

// 30 s into a minute; in Kolkata it is 15:30:30 of the 20th of November.
const AT = new Date('2026-11-20T10:00:30Z');
const where = { calendar: createCalendar(), timeZone: 'Asia/Kolkata' };

/** The headers where `left` says what is left under each rule, by the order of the rules. */
function headersFor(sets: Partial<RuleSets>, left: readonly bigint[]): Record<string, string> {
  const rules = rulesOf({ key: {}, account: {}, plan: {}, ...sets });
  return rateLimitHeaders(statesOf(rules, left, AT, where));
}

describe('rate limit headers', () => {
  test("tell limit, remainder and reset in OpenAI's words and in the draft's", () => {
    expect(headersFor({ key: { requests_per_minute: 600n } }, [599n])).toEqual({
      'x-ratelimit-limit-requests': '600',
      'x-ratelimit-remaining-requests': '599',
      'x-ratelimit-reset-requests': '30s',
      'ratelimit-policy': '"key-requests-per-minute";q=600;w=60',
      ratelimit: '"key-requests-per-minute";r=599;t=30',
    });
  });

  test("tell of tokens in OpenAI's words only: the draft has no unit for them", () => {
    expect(headersFor({ plan: { tokens_per_day: 9_000n } }, [8_000n])).toEqual({
      'x-ratelimit-limit-tokens': '9000',
      'x-ratelimit-remaining-tokens': '8000',
      'x-ratelimit-reset-tokens': '8h29m30s',
    });
  });

  test("tell every limit of requests and of calls at once in the draft's words", () => {
    const key = { requests_per_minute: 5n, requests_per_day: 50n };
    const account = { requests_per_month: 100n, concurrent_requests: 3n };
    expect(headersFor({ key, account }, [98n, 48n, 4n, 2n])).toMatchObject({
      'ratelimit-policy': [
        '"account-requests-per-month";q=100;w=2592000',
        '"key-requests-per-day";q=50;w=86400',
        '"key-requests-per-minute";q=5;w=60',
        '"account-concurrent-requests";q=3;qu="concurrent-requests"',
      ].join(', '),
      ratelimit: [
        '"account-requests-per-month";r=98;t=894570',
        '"key-requests-per-day";r=48;t=30570',
        '"key-requests-per-minute";r=4;t=30',
        '"account-concurrent-requests";r=2',
      ].join(', '),
    });
  });

  test.each<[string, Partial<RuleSets>, left: bigint[], limit: string | undefined]>([
    [
      'the limit of a minute before that of a day',
      { key: { requests_per_minute: 60n, requests_per_day: 7n } },
      [1n, 50n],
      '60',
    ],
    [
      'the one of the same window that leaves the least',
      { key: { requests_per_minute: 60n }, plan: { requests_per_minute: 70n } },
      [50n, 4n],
      '70',
    ],
    [
      'that of a month where there is no other',
      { account: { requests_per_month: 30n } },
      [1n],
      '30',
    ],
    ['none for budgets', { key: { budget_total: 5n } }, [5n], undefined],
    ['none for calls at once', { key: { concurrent_requests: 5n } }, [5n], undefined],
  ])("OpenAI's tell %s", (_, sets, left, limit) => {
    expect(headersFor(sets, left)['x-ratelimit-limit-requests']).toBe(limit);
  });

  test('never tell a remainder below zero, and nothing where none is known', () => {
    const sets = { key: { requests_per_minute: 1n } };
    const headers = headersFor(sets, [-1n]);
    expect(headers['x-ratelimit-remaining-requests']).toBe('0');
    expect(headers.ratelimit).toBe('"key-requests-per-minute";r=0;t=30');
    expect(headersFor(sets, [])).toEqual({});
  });

  test.each([
    [-5, '0s'],
    [0, '0s'],
    [0.2, '1ms'],
    [250, '250ms'],
    [1_000, '1s'],
    [1_001, '2s'],
    [59_999, '1m0s'],
    [360_000, '6m0s'],
    [3_605_000, '1h0m5s'],
  ])('write %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
