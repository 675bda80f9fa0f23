import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataOf, errorOf, rawCall } from '../raw-call.ts';
import {
  answering,
  chunkEvent,
  DONE_EVENT,
  type ScriptedUpstream,
  startScriptedUpstream,
  streaming,
  usageOf,
} from '../scripted-upstream.ts';
import { type Serving, startServing } from '../serving.ts';
import { callRow, callsOf, chat, sellThrough, untilSold, walletOf } from './market.ts';

const BALANCE = 1_000_000_000n;
const prices = { input: 10n, output: 20n };

let serving: Serving;
let upstream: ScriptedUpstream;
/** The upstreams of 'spare', the first of them scripted. */
let spareIds: bigint[];

beforeAll(async () => {
  serving = await startServing();
  upstream = await startScriptedUpstream();
  const { url } = serving.provider;
  await serving.sellModel('demo', { ...prices, cached: 3n });
  await sellThrough(serving, 'scripted', prices, [upstream.url]);
  await sellThrough(serving, 'refusing', prices, [await unusedUrl()]);
  await sellThrough(serving, 'spare-refusing', prices, [await unusedUrl(), url]);
  await sellThrough(serving, 'hasty', prices, [url], 300);
  spareIds = await sellThrough(serving, 'spare', prices, [upstream.url, url]);
  await untilSold(serving, 'demo', 'scripted', 'refusing', 'spare-refusing', 'hasty', 'spare');
});

afterAll(async () => {
  const held = await serving?.db.query('select id from wallet where held <> 0');
  await serving?.close();
  await upstream?.close();
  expect(held).toEqual([]);
});

/** An address where nobody listens. */
async function unusedUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/v1`;
}

/** One call of a new customer: its answer, its row and what its wallet has paid. */
async function callOnce(body: object, balance = BALANCE) {
  const customer = await serving.openCustomer(balance);
  const answer = await rawCall(serving.url, { key: customer.key, body });
  const row = await callRow(serving, answer.headers['x-request-id']);
  const wallet = await walletOf(serving, customer);
  expect(wallet).toEqual({ balance: balance - row.charge, held: 0n });
  return { answer, row, customer };
}

const finish = chunkEvent({ finish: 'stop', usage: usageOf(3, 2) });

describe('an upstream that fails before its first byte and has no fallback costs nothing', () => {
  const statuses: [number, number, string][] = [
    [400, 400, 'invalid_request'],
    [413, 413, 'invalid_request'],
    [422, 422, 'invalid_request'],
    [401, 502, 'upstream_error'],
    [403, 502, 'upstream_error'],
    [404, 502, 'upstream_error'],
    [429, 429, 'upstream_rate_limited'],
    [500, 502, 'upstream_error'],
    [503, 502, 'upstream_error'],
  ];
  test.each(statuses)('F32: a status of %i becomes %i %s, streamed or not', async (...all) => {
    const [status, told, code] = all;
    for (const stream of [false, true]) {
      const body = chat('demo', { error_before_first_byte: { status } }, { stream });
      const { answer, row } = await callOnce(body);
      expect([answer.status, errorOf(answer).code]).toEqual([told, code]);
      expect(row).toMatchObject({ outcome: 'released', charge: 0n, status: told });
      expect(row.error_code).toBe(code);
    }
  });

  test("F32: the caller's own mistake keeps the provider's text and code", async () => {
    const fault = { status: 400, message: 'Too many words.', code: 'context_length_exceeded' };
    const { answer } = await callOnce(chat('demo', { error_before_first_byte: fault }));
    expect(errorOf(answer)).toMatchObject({ message: fault.message, code: fault.code });
  });

  test('a code that cannot stand in the books is not taken over', async () => {
    const code = 'bad\u0000code';
    const fault = { status: 400, code };
    const { answer, row } = await callOnce(chat('demo', { error_before_first_byte: fault }));
    expect([errorOf(answer).code, row.error_code]).toEqual(['invalid_request', 'invalid_request']);
  });

  test.each([
    ['hangs', 'hasty', { hang: true }, 504, 'upstream_timeout'],
    ['takes no connection', 'refusing', {}, 502, 'upstream_error'],
  ])('F31: an upstream that %s', async (_, model, directives, status, code) => {
    const ofBoth = [false, true].map(async (stream) => {
      const { answer, row } = await callOnce(chat(model, directives, { stream }));
      expect([answer.status, errorOf(answer).code]).toEqual([status, code]);
      expect(row).toMatchObject({ outcome: 'released', charge: 0n });
    });
    await Promise.all(ofBoth);
  });

  test('an answer that is no JSON, or has neither choices nor usage', async () => {
    for (const body of ['<html>', '[]', 'null', '{}', '{"detail":"no"}', '{"choices":[]}']) {
      upstream.script = answering(body);
      const { answer, row } = await callOnce(chat('scripted'));
      expect([answer.status, row.outcome]).toEqual([502, 'released']);
    }
  });
});

describe('a fallback', () => {
  test.each([
    [500, false],
    [429, true],
    [404, false],
    [401, true],
  ])('answers after a %i, streamed: %s; one charge, and the row names it', async (...all) => {
    const [status, stream] = all;
    upstream.script = answering('{"error":{"message":"no"}}', status);
    const usage = { prompt_tokens: 5, completion_tokens: 5 };
    const { answer, row, customer } = await callOnce(chat('spare', usage, { stream }));
    expect(answer.status).toBe(200);
    expect(row).toMatchObject({ outcome: 'settled', charge: 150n, upstream_id: spareIds[1] });
    expect(await callsOf(serving, customer)).toHaveLength(1);
  });

  test('answers after a connection that is refused, and after one that ends at once', async () => {
    expect((await callOnce(chat('spare-refusing'))).row.outcome).toBe('settled');
    upstream.script = (response) => void response.destroy();
    expect((await callOnce(chat('spare'))).row.upstream_id).toBe(spareIds[1]);
    upstream.script = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
      setImmediate(() => response.destroy());
    };
    const streamed = await callOnce(chat('spare', {}, { stream: true }));
    expect(streamed.row).toMatchObject({ upstream_id: spareIds[1], outcome: 'settled' });
    expect(dataOf(streamed.answer.body).at(-1)).toBe('[DONE]');
  });

  test("is not asked after the caller's own mistake, nor after the first byte", async () => {
    const asked = serving.provider.stats().requests;
    upstream.script = answering('{"error":{"message":"no"}}', 400);
    expect((await callOnce(chat('spare'))).answer.status).toBe(400);
    upstream.script = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(chunkEvent({ content: 'a' }), () => response.destroy());
    };
    const { answer, row } = await callOnce(chat('spare', {}, { stream: true }));
    expect(dataOf(answer.body)).toHaveLength(2);
    expect(row.upstream_id).toBe(spareIds[0]);
    expect(serving.provider.stats().requests).toBe(asked);
  });
});

describe("an upstream's error text is never priced", () => {
  test('F5: an error with status 200, streamed or not', async () => {
    for (const stream of [false, true]) {
      const { answer, row } = await callOnce(chat('demo', { error_as_200: true }, { stream }));
      expect([answer.status, errorOf(answer).code]).toEqual([502, 'upstream_error']);
      expect(row).toMatchObject({ outcome: 'released', charge: 0n });
    }
    upstream.script = answering('{"error":{"message":"no"},"choices":null,"id":"x"}');
    expect((await callOnce(chat('scripted'))).row.charge).toBe(0n);
  });

  test('F5: an error event before any output', async () => {
    const { answer, row } = await callOnce(
      chat('demo', { error_after_chunks: 0 }, { stream: true }),
    );
    expect([answer.status, row.outcome, row.charge]).toEqual([502, 'released', 0n]);
  });

  test('F5: an error event after some output is not counted, that output is', async () => {
    const script = [chunkEvent({ content: 'Hello' }), 'data: {"error":{"message":"a b c d"}}\n\n'];
    upstream.script = streaming(...script);
    const { row } = await callOnce(chat('scripted', {}, { stream: true }));
    expect(row).toMatchObject({ outcome: 'settled', estimated: true, output: 1n });
  });
});

describe('an upstream that is cut', () => {
  test('with nothing delivered costs nothing (F6)', async () => {
    for (const more of [{ cut_after_chunks: 0 }, { cut_after_chunks: 1 }]) {
      const { row } = await callOnce(chat('demo', more, { stream: true }));
      expect(row).toMatchObject({ outcome: 'released', charge: 0n });
    }
    const whole = await callOnce(chat('demo', { cut_after_chunks: 1 }));
    expect([whole.answer.status, whole.row.outcome]).toEqual([502, 'released']);
  });

  test('with output delivered costs the prompt and that output, as an estimate', async () => {
    const directives = { completion_tokens: 50, cut_after_chunks: 11 };
    const { answer, row } = await callOnce(chat('demo', directives, { stream: true }));
    const data = dataOf(answer.body);
    expect(data).toHaveLength(12);
    expect(JSON.parse(data.at(-1) ?? '')).toHaveProperty('error.code', 'upstream_error');
    expect(row).toMatchObject({ outcome: 'settled', estimated: true, input: 9n, output: 10n });
    expect(row).toMatchObject({ charge: 290n, status: 200, error_code: 'upstream_error' });
    expect(answer.trailers).toEqual({});
  });

  test.each([
    ['with', finish, { charge: 70n, estimated: false }],
    ['without', chunkEvent({ finish: 'stop' }), { output: 1n, estimated: true }],
  ])('after its answer had finished, %s usage, is whole and paid', async (_, last, charged) => {
    const hello = chunkEvent({ content: 'Hello' });
    upstream.script = (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(hello + last, () => response.destroy());
    };
    const { answer, row } = await callOnce(chat('scripted', {}, { stream: true }));
    expect(answer.body.toString()).toBe(hello + last + DONE_EVENT);
    expect(row).toMatchObject({ ...charged, error_code: null });
  });
});

describe('the usage that a provider reports', () => {
  test('F18: is a price of zero when it says zero', async () => {
    for (const stream of [false, true]) {
      const { answer, row } = await callOnce(chat('demo', { usage_zero: true }, { stream }));
      expect(row).toMatchObject({ outcome: 'settled', charge: 0n, estimated: false });
      expect((stream ? answer.trailers : answer.headers)['x-farebox-cost']).toBe('0');
    }
  });

  test('F17: beyond what was held takes the hold and the rest of the wallet, no more', async () => {
    const directives = { prompt_tokens: 1, completion_tokens: 1, overreport: 5_000 };
    const body = chat('demo', directives, { max_tokens: 10 });
    const { row } = await callOnce(body, 50_000n);
    expect(row).toMatchObject({ price: 100_030n, charge: 50_000n, output: 5_001n });
    const [overrun] = await serving.db.query<{ amount: bigint }>(
      `select sum(amount)::bigint as amount from entry where system = 'overrun'`,
    );
    expect(overrun?.amount).toBe(-50_030n);
    const rich = await callOnce(body);
    expect(rich.row).toMatchObject({ price: 100_030n, charge: 100_030n });
  });

  test('F23, F24: costs the same streamed and whole, each token once', async () => {
    const usages = fc.record({
      prompt_tokens: fc.nat(3_000),
      cached_tokens: fc.nat(3_000),
      completion_tokens: fc.nat(40),
      reasoning_tokens: fc.nat(30),
    });
    const customer = await serving.openCustomer(BALANCE);
    await fc.assert(
      fc.asyncProperty(usages, async (usage) => {
        const cached = Math.min(usage.cached_tokens, usage.prompt_tokens);
        const output = Math.max(usage.completion_tokens, usage.reasoning_tokens);
        const expected = 10 * (usage.prompt_tokens - cached) + 3 * cached + 20 * output;
        for (const stream of [false, true]) {
          const body = chat('demo', usage, { stream });
          const answer = await rawCall(serving.url, { key: customer.key, body });
          const row = await callRow(serving, answer.headers['x-request-id']);
          expect([row.charge, row.estimated]).toEqual([BigInt(expected), false]);
        }
      }),
      { numRuns: 25 },
    );
  });
});

test('a stream that is answered with one JSON body is charged and sent as that', async () => {
  const choices = [{ message: { content: 'a' } }];
  const whole = JSON.stringify({ choices, usage: usageOf(3, 2) });
  upstream.script = answering(whole);
  const { answer, row } = await callOnce(chat('scripted', {}, { stream: true }));
  expect(answer.body.toString()).toBe(whole);
  expect(answer.headers['x-farebox-cost']).toBe('0.00000007');
  expect(row).toMatchObject({ charge: 70n, streamed: true });
  upstream.script = streaming(chunkEvent({ content: 'a' }), finish, DONE_EVENT);
  expect((await callOnce(chat('scripted', {}, { stream: true }))).row.charge).toBe(70n);
});
