import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changePlanLimits, createPlan } from '../../src/catalog/index.ts';
import { parseCallId } from '../../src/kernel/index.ts';
import type { LimitChanges, LimitName } from '../../src/ledger/index.ts';
import { changeAccountLimits, changeKey, setAccountPlan } from '../../src/tenants/index.ts';
import { testIds } from '../books.ts';
import { errorOf, type RawAnswer, rawCall, startCall } from '../raw-call.ts';
import { type Serving, startServing, type TestCustomer } from '../serving.ts';
import {
  callsOf,
  chat,
  eventually,
  platformOf,
  sellThrough,
  untilSold,
  walletOf,
} from './market.ts';

const BALANCE = 1_000_000_000n;
/** Only output costs, so that a hold is the output's bound times this. */
const OUTPUT = 100n;

let serving: Serving;
let platformId: bigint;

beforeAll(async () => {
  serving = await startServing();
  platformId = await platformOf(serving);
  await sellThrough(serving, 'demo', { input: 0n, output: OUTPUT }, [serving.provider.url]);
  await untilSold(serving, 'demo');
});
afterAll(() => serving?.close());

const oneToken = chat('demo', { completion_tokens: 1 }, { max_tokens: 1 });
const ask = (customer: TestCustomer, body: object = oneToken): Promise<RawAnswer> =>
  rawCall(serving.url, { key: customer.key, body });
const outcome = (answer: RawAnswer) =>
  answer.status === 200 ? 200 : `${answer.status} ${errorOf(answer).code}`;

/** A customer whose key, account or plan has these limits. */
async function limitedCustomer(
  source: 'key' | 'account' | 'plan',
  limits: LimitChanges,
): Promise<TestCustomer> {
  const customer = await serving.openCustomer(BALANCE, source === 'key' ? limits : {});
  const { accountId } = customer;
  if (source === 'account') await changeAccountLimits(serving.db, platformId, accountId, limits);
  if (source === 'plan') {
    const slug = `plan-${testIds.rowId()}`;
    const plan = await createPlan(serving.db, testIds, { platformId, slug, name: slug, limits });
    await setAccountPlan(serving.db, platformId, accountId, plan.id);
  }
  return customer;
}

const sources = ['key', 'account', 'plan'] as const;
const owners = { key: 'this key', account: 'this account', plan: "this account's plan" };

describe.each(sources)('a limit of the %s', (source) => {
  test.each<[LimitName, bigint, string, RegExp]>([
    ['requests_per_minute', 1n, '429 rate_limit_exceeded', /1 requests a minute of/],
    ['requests_per_day', 1n, '429 quota_exceeded', /1 requests a day of/],
    ['requests_per_month', 1n, '429 quota_exceeded', /1 requests a month of/],
    ['budget_total', OUTPUT, '402 budget_exceeded', /in all/],
    ['budget_per_day', OUTPUT, '402 budget_exceeded', /USD a day/],
    ['budget_per_month', OUTPUT, '402 budget_exceeded', /USD a month/],
  ])('on %s lets one call through and refuses the next', async (name, limit, code, named) => {
    const customer = await limitedCustomer(source, { [name]: limit });
    const [first, second] = [await ask(customer), await ask(customer)];
    expect([outcome(first), outcome(second)]).toEqual([200, code]);
    expect(errorOf(second).message).toMatch(named);
    expect(errorOf(second).message).toContain(owners[source]);
    expect(await callsOf(serving, customer)).toHaveLength(1);
  });

  test('of calls at once refuses the second while the first is under way, not after', async () => {
    const customer = await limitedCustomer(source, { concurrent_requests: 1n });
    const slow = chat('demo', { completion_tokens: 5, chunk_delay_ms: 50 }, { stream: true });
    const first = startCall(serving.url, { key: customer.key, body: slow });
    await first.opened;
    const second = await ask(customer);
    expect(outcome(second)).toBe('429 concurrency_limit_exceeded');
    expect(second.headers).toMatchObject({
      'retry-after': '1',
      'ratelimit-policy': `"${source}-concurrent-requests";q=1;qu="concurrent-requests"`,
      ratelimit: `"${source}-concurrent-requests";r=0`,
    });
    expect((await first.answer).status).toBe(200);
    await eventually(async () => expect(outcome(await ask(customer))).toBe(200));
  });
});

describe('tokens', () => {
  test('are set aside at the hold, and what was not used can be used again', async () => {
    const customer = await limitedCustomer('key', { tokens_per_day: 300n });
    const body = chat('demo', { prompt_tokens: 10, completion_tokens: 20 }, { max_tokens: 150 });
    const answer = await ask(customer, body);
    expect(outcome(answer)).toBe(200);
    expect(answer.headers['x-ratelimit-limit-tokens']).toBe('300');
    const left = Number(answer.headers['x-ratelimit-remaining-tokens']);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(150);
    // 30 of them were used, so another 150 fit, and then 240 are left.
    const second = await ask(customer, body);
    expect(outcome(second)).toBe(200);
    expect(Number(second.headers['x-ratelimit-remaining-tokens'])).toBe(left - 30);
  });

  test('beyond what the limit lets through at all are refused without a wait', async () => {
    const customer = await limitedCustomer('plan', { tokens_per_minute: 300n });
    const answer = await ask(customer, chat('demo', {}, { max_tokens: 300 }));
    expect(outcome(answer)).toBe('429 request_exceeds_limit');
    expect(answer.headers['x-should-retry']).toBe('false');
    expect(answer.headers['retry-after']).toBeUndefined();
    expect(outcome(await ask(customer))).toBe(200);
  });

  test('of a call without a bound of its own are bounded by the limit', async () => {
    const customer = await limitedCustomer('key', { tokens_per_minute: 1_000n });
    const answer = await ask(customer, chat('demo', { completion_tokens: 3 }));
    expect(outcome(answer)).toBe(200);
    const sent = JSON.parse(serving.provider.lastRequests().at(-1)?.body.toString() ?? '');
    expect(sent.max_tokens).toBeGreaterThanOrEqual(256);
    expect(sent.max_tokens).toBeLessThan(1_000);
    expect(answer.headers['x-ratelimit-remaining-tokens']).toBe('0');
  });
});

describe('a budget', () => {
  test('bounds what a call without a bound of its own may cost', async () => {
    const customer = await limitedCustomer('key', { budget_total: 1_000n * OUTPUT });
    const answer = await ask(customer, chat('demo', { completion_tokens: 3 }));
    expect(answer.headers['x-farebox-hold']).toBe('0.0001');
    const sent = JSON.parse(serving.provider.lastRequests().at(-1)?.body.toString() ?? '');
    expect(sent.max_tokens).toBe(1_000);
  });

  test('is never overspent by calls at once, and clients are told not to repeat', async () => {
    const customer = await limitedCustomer('account', { budget_per_month: 7n * OUTPUT + 1n });
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask(customer)));
    const outcomes = answers.map(outcome);
    expect(outcomes.filter((one) => one === 200)).toHaveLength(7);
    expect(outcomes.filter((one) => one === '402 budget_exceeded')).toHaveLength(33);
    const refused = answers.find(({ status }) => status === 402);
    expect(refused?.headers).toMatchObject({ 'x-should-retry': 'false' });
    expect(refused?.headers['retry-after']).toBeUndefined();
    const { balance } = await walletOf(serving, customer);
    expect(balance).toBe(BALANCE - 7n * OUTPUT);
  });
});

test('of account and plan the lesser limit goes, and a plan goes for each account', async () => {
  const limits = { requests_per_day: 2n };
  const first = await limitedCustomer('plan', limits);
  const second = await serving.openCustomer(BALANCE);
  const [row] = await serving.db.query<{ id: bigint }>(
    'select plan_id as id from subscription where account_id = $1',
    [first.accountId],
  );
  await setAccountPlan(serving.db, platformId, second.accountId, row?.id ?? 0n);
  for (const customer of [first, second]) {
    const outcomes = [await ask(customer), await ask(customer), await ask(customer)].map(outcome);
    expect(outcomes).toEqual([200, 200, '429 quota_exceeded']);
  }
  await changeAccountLimits(serving.db, platformId, first.accountId, { requests_per_day: 1n });
  await eventually(async () => {
    expect(errorOf(await ask(first)).message).toContain('1 requests a day of this account is');
  });
});

describe('a limit that is changed', () => {
  test('holds from then on, higher, lower or gone', async () => {
    const customer = await limitedCustomer('plan', { requests_per_month: 1n });
    const { accountId, keyId } = customer;
    const [row] = await serving.db.query<{ id: bigint }>(
      'select plan_id as id from subscription where account_id = $1',
      [accountId],
    );
    const planId = row?.id ?? 0n;
    expect([outcome(await ask(customer)), outcome(await ask(customer))]).toEqual([
      200,
      '429 quota_exceeded',
    ]);
    await changePlanLimits(serving.db, platformId, planId, { requests_per_month: null });
    await eventually(async () => expect(outcome(await ask(customer))).toBe(200));
    await changeKey(serving.db, platformId, keyId, { limits: { requests_per_month: 1n } });
    await eventually(async () => expect(outcome(await ask(customer))).toBe('429 quota_exceeded'));
    await changeKey(serving.db, platformId, keyId, { limits: { requests_per_month: 1_000n } });
    await eventually(async () => expect(outcome(await ask(customer))).toBe(200));
  });
});

describe('the rate limit headers', () => {
  test.each<[string, object, number]>([
    ['an answer', oneToken, 200],
    ['a stream', { ...oneToken, stream: true }, 200],
    ["a provider's failure", chat('demo', { error_before_first_byte: { status: 500 } }), 502],
    ['an empty wallet', chat('demo', {}, { max_tokens: 9_000_000, n: 2 }), 402],
  ])('come with %s', async (_, body, status) => {
    const customer = await limitedCustomer('account', { requests_per_day: 9n });
    const answer = await ask(customer, body);
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({
      'x-ratelimit-limit-requests': '9',
      'x-ratelimit-remaining-requests': status === 402 ? '9' : '8',
      ratelimit: expect.stringMatching(/^"account-requests-per-day";r=[89];t=\d+$/),
    });
  });

  test('are none without limits', async () => {
    const { headers } = await ask(await serving.openCustomer(BALANCE));
    expect(Object.keys(headers).filter((name) => name.includes('ratelimit'))).toEqual([]);
  });
});

test('a full minute says when it has room: for the only call, at the end of the next', async () => {
  const customer = await limitedCustomer('key', { requests_per_minute: 1n });
  const before = Date.now();
  const [first, second] = [await ask(customer), await ask(customer)];
  expect([outcome(first), outcome(second)]).toEqual([200, '429 rate_limit_exceeded']);
  const roomMs = before + Number(second.headers['retry-after-ms']);
  const [row] = await serving.db.query<{ at: Date }>(
    'select held_at as at from hold where id = $1',
    [parseCallId(String(first.headers['x-request-id']))],
  );
  const heldMs = row?.at.getTime() ?? 0;
  const freeMs = heldMs - (heldMs % 60_000) + 120_000;
  expect(roomMs).toBeLessThanOrEqual(freeMs + 1);
  expect(roomMs).toBeGreaterThan(freeMs - (Date.now() - before) - 5);
});
