import { describe, expect, test } from 'vitest';
import { renderFault } from '../http/index.ts';
import { createCalendar } from './calendar.ts';
import { statesOf } from './rate-limit-headers.ts';
import { limitFault } from './refusal.ts';
import { type RuleSets, rulesOf } from './rules.ts';

const AT = new Date('2026-10-31T22:00:30Z');
// The day after has 25 hours there.
const where = { calendar: createCalendar(), timeZone: 'America/New_York' };

/** The refusal by the first rule, of a call with 100 tokens that may cost 3 USD. */
function refuse(sets: Partial<RuleSets>, left: readonly bigint[], roomInMs = 0) {
  const rules = rulesOf({ key: {}, account: {}, plan: {}, ...sets });
  const [rule] = rules;
  if (rule === undefined) throw new Error('there is no rule');
  return limitFault({
    rule,
    states: statesOf(rules, left, AT, where),
    ...{ tokens: 100n, minimum: 3n, unit: { code: 'USD', scale: 0 }, at: AT, roomInMs },
  });
}

describe('a refusal names the limit and says when to come back', () => {
  test.each<[string, Partial<RuleSets>, left: bigint, expected: object, message: RegExp]>([
    [
      'requests of a minute',
      { key: { requests_per_minute: 5n } },
      0n,
      { code: 'rate_limit_exceeded', status: 429, retryAfterSeconds: 1.2 },
      /^The limit of 5 requests a minute of this key is reached\. There is room again in 2 s\.$/,
    ],
    [
      'tokens of a minute',
      { plan: { tokens_per_minute: 500n } },
      40n,
      { code: 'rate_limit_exceeded', status: 429, retryAfterSeconds: 1.2 },
      /may use 100 tokens, and of the limit of 500 tokens a minute of this account's plan 40 are/,
    ],
    [
      'requests of a day',
      { account: { requests_per_day: 5n } },
      0n,
      { code: 'quota_exceeded', status: 429, retryAfterSeconds: 5 * 3_600 + 3_570 },
      /5 requests a day of this account is reached\. The next day begins at 2026-11-01T04:00:00/,
    ],
    [
      'tokens of a month',
      { key: { tokens_per_month: 500n } },
      -7n,
      { code: 'quota_exceeded', status: 429, retryAfterSeconds: 5 * 3_600 + 3_570 },
      /tokens a month of this key 0 are left\. The next month begins at 2026-11-01T04:00:00/,
    ],
    [
      'calls at once',
      { key: { concurrent_requests: 5n } },
      0n,
      { code: 'concurrency_limit_exceeded', status: 429, retryAfterSeconds: 1 },
      /^The limit of 5 requests at once of this key is reached/,
    ],
    [
      'a budget of a day',
      { account: { budget_per_day: 20n } },
      1n,
      { code: 'budget_exceeded', status: 402, retryAfterSeconds: undefined },
      /cost 3 USD, and of the budget of this account, 20 USD a day, 1 USD is left\. The next day/,
    ],
    [
      'a budget in all',
      { key: { budget_total: 20n } },
      -1n,
      { code: 'budget_exceeded', status: 402, retryAfterSeconds: undefined },
      /the budget of this key, 20 USD in all, 0 USD is left\.$/,
    ],
  ])('of %s', (_, sets, left, expected, message) => {
    const fault = refuse(sets, [left], 1_200);
    expect(fault).toMatchObject({ ...expected, message: expect.stringMatching(message) });
  });

  test('a call that is larger than a limit is not told to wait, whichever limit refused it', () => {
    const key = { requests_per_day: 5n, tokens_per_minute: 99n };
    const fault = refuse({ key }, [0n, 99n]);
    expect(fault).toMatchObject({
      code: 'request_exceeds_limit',
      status: 429,
      retryAfterSeconds: undefined,
      message: expect.stringMatching(/100 tokens, more than 99 tokens a minute of this key lets/),
      violatedPolicies: ['key-tokens-per-minute'],
    });
    const { headers, body } = renderFault('openai', fault, 'req_1');
    expect(headers).toMatchObject({ 'x-should-retry': 'false' });
    expect(headers).not.toHaveProperty('retry-after');
    expect(JSON.parse(body).error.type).toBe('rate_limit_error');
  });
});

describe('on the wire', () => {
  const headersOf = (sets: Partial<RuleSets>, left: bigint, roomInMs = 0) =>
    renderFault('openai', refuse(sets, [left], roomInMs), 'req_1').headers;

  test('a full minute has an exact wait, and its reset is no earlier', () => {
    expect(headersOf({ key: { requests_per_minute: 5n } }, 0n, 40_500)).toMatchObject({
      'retry-after': '41',
      'retry-after-ms': '40500',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '41s',
      ratelimit: '"key-requests-per-minute";r=0;t=41',
    });
  });

  test('a full day has a wait, which clients are told not to sit out', () => {
    expect(headersOf({ key: { requests_per_day: 5n } }, 0n)).toMatchObject({
      'retry-after': '21570',
      'x-should-retry': 'false',
      'x-ratelimit-remaining-requests': '0',
    });
  });

  test('a spent budget has none', () => {
    const headers = headersOf({ key: { budget_per_day: 5n } }, 0n);
    expect(headers).toMatchObject({ 'x-should-retry': 'false' });
    expect(headers).not.toHaveProperty('retry-after');
  });

  test('a problem document has the type of the draft and every limit without room', () => {
    const key = { requests_per_day: 5n, tokens_per_day: 500n, requests_per_minute: 3n };
    const { body } = renderFault('problem', refuse({ key }, [0n, 99n, 3n]), 'req_1');
    expect(JSON.parse(body)).toMatchObject({
      type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
      status: 429,
      code: 'quota_exceeded',
      'violated-policies': ['key-requests-per-day', 'key-tokens-per-day'],
    });
  });
});
