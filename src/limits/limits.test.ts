import { describe, expect, test } from 'vitest';
import { COUNTERS } from '../ledger/index.ts';
import { claimsFor, rateLimitHeaders, untilNextMinuteMs } from './index.ts';
import { formatDuration } from './rate-limit-headers.ts';

describe('claims', () => {
  test('count one request against the key when it has a limit', () => {
    const claims = claimsFor({ requestsPerMinute: 600 });
    expect(claims).toEqual([{ counter: 'key.minute.requests', amount: 1n, cap: 600n }]);
    expect(COUNTERS.map((name) => `key.${name}`)).toContain(claims[0]?.counter);
  });

  test('are none when there is no limit', () => {
    expect(claimsFor({ requestsPerMinute: undefined })).toEqual([]);
  });
});

describe('rate limit headers', () => {
  test("tell limit, remainder and reset in OpenAI's words and in the draft's", () => {
    expect(rateLimitHeaders({ limit: 600n, remaining: 599n, resetMs: 30_400 })).toEqual({
      'x-ratelimit-limit-requests': '600',
      'x-ratelimit-remaining-requests': '599',
      'x-ratelimit-reset-requests': '31s',
      'ratelimit-policy': '"requests";q=600;w=60',
      ratelimit: '"requests";r=599;t=31',
    });
  });

  test('never tell a remainder or a reset below zero', () => {
    const headers = rateLimitHeaders({ limit: 1n, remaining: -1n, resetMs: -5 });
    expect(headers['x-ratelimit-remaining-requests']).toBe('0');
    expect(headers['x-ratelimit-reset-requests']).toBe('0s');
    expect(headers.ratelimit).toBe('"requests";r=0;t=0');
  });

  test.each([
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

  test('reset where the minute of the decision ends', () => {
    expect(untilNextMinuteMs(new Date('2026-11-20T10:00:59.250Z'))).toBe(750);
    expect(untilNextMinuteMs(new Date('2026-11-20T10:01:00.000Z'))).toBe(60_000);
  });
});
