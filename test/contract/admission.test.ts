import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorOf, type RawAnswer, rawCall, startCall } from '../raw-call.ts';
import { type Serving, startServing, type TestCustomer } from '../serving.ts';
import {
  callRow,
  callsOf,
  changePrices,
  chat,
  sellThrough,
  untilSold,
  walletOf,
} from './market.ts';

let serving: Serving;

beforeAll(async () => {
  serving = await startServing();
  const { url } = serving.provider;
  // Only the output costs, so that a call's hold is exactly its bound times the price.
  await sellThrough(serving, 'output-only', { input: 0n, output: 100n }, [url]);
  await serving.sellModel('both', { input: 10n, output: 20n });
  await serving.sellModel('changing', { input: 10n, output: 20n });
  await sellThrough(serving, 'unroutable', { input: 1n, output: 1n }, []);
  await sellThrough(serving, 'half-priced', { input: 1n }, [url]);
  await untilSold(serving, 'output-only', 'both', 'changing');
});

afterAll(() => serving?.close());

const ask = (customer: TestCustomer, body: object) =>
  rawCall(serving.url, { key: customer.key, body });

/** A refusal left no trace: no call, no hold, nothing sent upstream. */
async function expectNoTrace(customer: TestCustomer, balance: bigint): Promise<void> {
  expect(await callsOf(serving, customer)).toEqual([]);
  expect(await walletOf(serving, customer)).toEqual({ balance, held: 0n });
}

describe('200 calls at once on a wallet that affords 37', () => {
  const HOLD = 10n * 100n;

  async function storm(affords: bigint): Promise<{ answers: RawAnswer[]; customer: TestCustomer }> {
    // A little more than a whole number of holds, but not enough for one more.
    const customer = await serving.openCustomer(HOLD * affords + HOLD - 1n);
    const more = { stream: true, max_tokens: 10 };
    const body = chat('output-only', { completion_tokens: 10, chunk_delay_ms: 5 }, more);
    const answers = Promise.all(Array.from({ length: 200 }, () => ask(customer, body)));
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        const { balance, held } = await walletOf(serving, customer);
        expect(balance - held).toBeGreaterThanOrEqual(0n);
      }
    })();
    const all = await answers;
    isOver = true;
    await watching;
    return { answers: all, customer };
  }

  test('F1, F2: exactly 37 are answered, the rest is 402, and none overspends', async () => {
    const before = serving.provider.stats().requests;
    const { answers, customer } = await storm(37n);
    const others = answers.filter((answer) => answer.status !== 200 && answer.status !== 402);
    expect(others.map((answer) => answer.body.toString())).toEqual([]);
    const answered = answers.filter((answer) => answer.status === 200);
    const refused = answers.filter((answer) => answer.status === 402);
    expect([answered.length, refused.length]).toEqual([37, 163]);
    expect(answered.every((answer) => answer.trailers['x-farebox-cost'] === '0.000001')).toBe(true);
    expect(new Set(refused.map((answer) => errorOf(answer).code))).toEqual(
      new Set(['INSUFFICIENT_CREDITS']),
    );
    expect(await walletOf(serving, customer)).toEqual({ balance: HOLD - 1n, held: 0n });
    const calls = await callsOf(serving, customer);
    expect(calls.map((call) => call.charge)).toEqual(Array(37).fill(HOLD));
    expect(serving.provider.stats().requests).toBe(before + 37);
    const ids = new Set(answers.map((answer) => answer.headers['x-request-id']));
    expect(ids.size).toBe(200);
  });
});

describe('what is set aside', () => {
  test('without a bound of its own, a call is bounded by what the wallet affords', async () => {
    const customer = await serving.openCustomer(100n * 1_000n);
    const answer = await ask(customer, chat('output-only'));
    expect(answer.status).toBe(200);
    const sent = JSON.parse(serving.provider.lastRequests().at(-1)?.body.toString() ?? '');
    expect(sent).toMatchObject({ max_tokens: 1_000 });
    const poor = await serving.openCustomer(100n * 255n);
    const refused = await ask(poor, chat('output-only'));
    expect([refused.status, errorOf(refused).code]).toEqual([402, 'INSUFFICIENT_CREDITS']);
    await expectNoTrace(poor, 100n * 255n);
  });

  test("a caller's own bound is never lowered", async () => {
    const customer = await serving.openCustomer(100n * 1_000n);
    const bounds = { max_tokens: 5, max_completion_tokens: 1_001 };
    const refused = await ask(customer, chat('output-only', {}, bounds));
    expect(refused.status).toBe(402);
    const answer = await ask(customer, chat('output-only', {}, { max_tokens: 1_000 }));
    expect(answer.headers['x-farebox-hold']).toBe('0.0001');
  });
});

test('every one of n answers is set aside', async () => {
  const customer = await serving.openCustomer(100n * 1_000n);
  const answer = await ask(customer, chat('output-only', {}, { n: 3, max_tokens: 10 }));
  expect(answer.headers['x-farebox-hold']).toBe('0.000003');
  const refused = await ask(customer, chat('output-only', {}, { n: 128, max_tokens: 10 }));
  expect(refused.status).toBe(402);
});

describe('a call that is refused leaves no trace', () => {
  test.each([
    ['unroutable', 503, 'MODEL_UNAVAILABLE'],
    ['half-priced', 500, 'PRICING_MISSING'],
    ['none', 404, 'model_not_found'],
  ])('when the model is %s: %i %s', async (model, status, code) => {
    const customer = await serving.openCustomer(1_000_000n);
    const answer = await ask(customer, chat(model));
    expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
    await expectNoTrace(customer, 1_000_000n);
  });

  test('when its limit of requests a minute is reached', async () => {
    const customer = await serving.openCustomer(1_000_000n, { requests_per_minute: 2n });
    const body = chat('both');
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(customer, body)));
    const statuses = answers.map((answer) => answer.status).sort();
    expect(statuses).toEqual([200, 200, 429, 429, 429, 429, 429, 429]);
    expect(await callsOf(serving, customer)).toHaveLength(2);
  });

  test.each([
    ['key is revoked', `update api_key set status = 'revoked' where id = $1`, 401, 'INVALID_TOKEN'],
    [
      'key has expired',
      `update api_key set expires_at = now() where id = $1`,
      401,
      'INVALID_TOKEN',
    ],
    [
      'account is suspended',
      `update account set status = 'suspended'
       where id = (select account_id from api_key where id = $1)`,
      403,
      'account_suspended',
    ],
  ])('when its %s while its key is known already', async (_, change, status, code) => {
    const customer = await serving.openCustomer(1_000_000n);
    expect((await ask(customer, chat('both'))).status).toBe(200);
    const { balance } = await walletOf(serving, customer);
    await serving.db.query(change, [customer.keyId]);
    const answer = await ask(customer, chat('both'));
    expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
    expect(await callsOf(serving, customer)).toHaveLength(1);
    expect(await walletOf(serving, customer)).toEqual({ balance, held: 0n });
  });
});

describe('a price that changes', () => {
  const usage = { prompt_tokens: 10, completion_tokens: 10 };

  test('holds from the next call on, and not for the one under way', async () => {
    const customer = await serving.openCustomer(1_000_000_000n);
    const slow = { ...usage, chunk_delay_ms: 30 };
    const running = startCall(serving.url, {
      key: customer.key,
      body: chat('changing', slow, { stream: true }),
    });
    await running.opened;
    await changePrices(serving, 'changing', { input: 1_000n, output: 2_000n });
    const next = await ask(customer, chat('changing', usage));
    expect(next.headers['x-farebox-cost']).toBe('0.00003');
    const old = await running.answer;
    expect(old.trailers['x-farebox-cost']).toBe('0.0000003');
    expect((await callRow(serving, old.headers['x-request-id'])).charge).toBe(300n);
  });

  test('again and again refuses nobody and charges one of its versions', async () => {
    const customer = await serving.openCustomer(1_000_000_000n);
    const expected: bigint[] = [];
    for (let version = 1n; version <= 5n; version += 1n) {
      await changePrices(serving, 'changing', { input: version, output: version });
      await Promise.all([1, 2].map(() => ask(customer, chat('changing', usage))));
      expected.push(version * 20n, version * 20n);
    }
    expect((await callsOf(serving, customer)).map((call) => call.charge)).toEqual(expected);
  });
});
