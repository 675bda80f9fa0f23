import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatAmount } from '../../src/kernel/index.ts';
import { dataOf, errorOf, jsonOf, type RawCallOptions, rawCall } from '../raw-call.ts';
import {
  answering,
  chunkEvent,
  DONE_EVENT,
  type ScriptedUpstream,
  startScriptedUpstream,
  streaming,
  usageOf,
} from '../scripted-upstream.ts';
import { type Serving, startServing, type TestCustomer } from '../serving.ts';
import { callRow, chat, sellThrough, untilSold, walletOf } from './market.ts';

let serving: Serving;
let upstream: ScriptedUpstream;
let customer: TestCustomer;

beforeAll(async () => {
  serving = await startServing();
  upstream = await startScriptedUpstream();
  await sellThrough(serving, 'scripted', { input: 10n, output: 20n }, [upstream.url]);
  await serving.sellModel('demo', { input: 123n, output: 457n, cached: 11n });
  await untilSold(serving, 'scripted', 'demo');
  customer = await serving.openCustomer(1_000_000_000n);
});

afterAll(async () => {
  await serving?.close();
  await upstream?.close();
});

const call = (options: RawCallOptions) => rawCall(serving.url, { key: customer.key, ...options });
const refusing = { error_before_first_byte: { status: 500 } };

describe('the bytes of a request', () => {
  const odd =
    '{ "z":1.0,"model":"scripted" ,\n"temperature": 1e2,"big":12345678901234567890.1230,' +
    '"messages":[{"role":"user","content":"\\u00e9 \\ud83d\\udea2","x":{"b":1,"a":2}}],' +
    '"max_tokens":5,"constructor":{"a":1.50}';

  test('4: reach the upstream as they are when nothing has to be added', async () => {
    upstream.script = answering('{"choices":[{"message":{"content":""}}]}');
    const body = `${odd} }\n`;
    expect((await call({ body })).status).toBe(200);
    expect(upstream.seen.at(-1)?.body.toString()).toBe(body);
  });

  test('4: only have the wish for the usage added when they ask for a stream', async () => {
    const finish = chunkEvent({ finish: 'stop', usage: usageOf(1, 1) });
    upstream.script = streaming(finish, DONE_EVENT);
    expect((await call({ body: `${odd},"stream":true}` })).status).toBe(200);
    expect(upstream.seen.at(-1)?.body.toString()).toBe(
      `${odd},"stream":true,"stream_options":{"include_usage":true}}`,
    );
  });

  test('4: have a bound of the output added when they set none', async () => {
    upstream.script = answering('{"choices":[{"message":{"content":""}}]}');
    const body = '{"model":"scripted","messages":[{"role":"user","content":"a"}]}';
    expect((await call({ body })).status).toBe(200);
    expect(upstream.seen.at(-1)?.body.toString()).toBe(`${body.slice(0, -1)},"max_tokens":4096}`);
  });
});

test('10 and 11: tool calls keep their indexes, open once, and end as tool_calls', async () => {
  interface Delta {
    readonly index: number;
    readonly id?: string;
    readonly function: { readonly name?: string; readonly arguments: string };
  }
  interface Choice {
    readonly finish_reason: string | null;
    readonly delta: { readonly tool_calls?: readonly Delta[] };
  }
  const tool = (name: string) => ({ type: 'function', function: { name } });
  const tools = [tool('first_tool'), tool('second_tool')];
  const messages = [{ role: 'user', content: 'Call first_tool and second_tool.' }];
  const body = { model: 'demo', messages, tools };
  const streamed = await call({ body: { ...body, stream: true } });
  const choices = dataOf(streamed.body)
    .filter((data) => data !== '[DONE]')
    .flatMap((data) => (JSON.parse(data) as { choices: Choice[] }).choices);
  const deltas = choices.flatMap((choice) => choice.delta.tool_calls ?? []);
  const openings = deltas.filter((delta) => delta.id !== undefined);
  expect(openings.map((delta) => [delta.index, delta.function.name])).toEqual([
    [0, 'first_tool'],
    [1, 'second_tool'],
  ]);
  for (const index of [0, 1]) {
    const parts = deltas.filter((delta) => delta.index === index);
    expect(JSON.parse(parts.map((part) => part.function.arguments).join(''))).toEqual({});
  }
  const reasons = choices.map((choice) => choice.finish_reason);
  expect(reasons.filter((reason) => reason !== null)).toEqual(['tool_calls']);
  expect(reasons.at(-1)).toBe('tool_calls');
  expect(jsonOf(await call({ body }))).toHaveProperty('choices.0.finish_reason', 'tool_calls');
});

describe('errors and headers', () => {
  const requests: [string, RawCallOptions, number][] = [
    ['no key', { headers: { authorization: 'Basic x' }, body: {} }, 401],
    ['no JSON', { body: '{' }, 400],
    ['no such model', { body: chat('none') }, 404],
    ['no such path', { path: '/v1/nothing', body: {} }, 404],
    ['no such method', { method: 'PUT', body: {} }, 405],
    ['an upstream that refuses', { body: chat('demo', refusing) }, 502],
    ['a stream that is refused', { body: chat('demo', refusing, { stream: true }) }, 502],
  ];
  test.each(requests)('12 and 13: %s is an error with four members and an id', async (...all) => {
    const [, options, status] = all;
    const answer = await call(options);
    expect(answer.status).toBe(status);
    const error = errorOf(answer);
    expect(Object.keys(error).sort()).toEqual(['code', 'message', 'param', 'type']);
    expect(typeof error.code).toBe('string');
    expect(typeof error.type).toBe('string');
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.headers['x-request-id']).toMatch(/^req_/);
  });

  test("13: the request id is ours, another's is not taken over", async () => {
    const headers = { 'x-request-id': 'req_mine' };
    for (const stream of [false, true]) {
      const answer = await call({ body: chat('demo', {}, { stream }), headers });
      expect(answer.headers['x-request-id']).toMatch(/^req_[0-9a-z]{26}$/);
    }
  });

  test('14: an error that no wait mends says so, one that passes says when', async () => {
    const poor = await serving.openCustomer(0n);
    const broke = await call({ key: poor.key, body: chat('demo') });
    expect([broke.status, broke.headers['x-should-retry']]).toEqual([402, 'false']);
    const busy = { error_before_first_byte: { status: 429, retry_after: 7 } };
    const limited = await call({ body: chat('demo', busy) });
    expect([limited.status, limited.headers['retry-after']]).toEqual([429, '7']);
    expect(limited.headers['x-should-retry']).toBeUndefined();
    expect(errorOf(limited)).toMatchObject({
      code: 'upstream_rate_limited',
      type: 'rate_limit_error',
    });
  });

  test("15: the key's own limit is told in OpenAI's words, the provider's never", async () => {
    const limited = await serving.openCustomer(1_000_000n, { requests_per_minute: 5n });
    const theirs = {
      'x-ratelimit-limit-requests': '9999',
      'x-ratelimit-remaining-tokens': '1',
      'openai-organization': 'the-sellers',
      'set-cookie': 'a=b',
      server: 'provider',
    };
    upstream.script = answering('{"choices":[{"message":{"content":""}}]}', 200, theirs);
    const { headers } = await call({ key: limited.key, body: chat('scripted') });
    expect(headers).toMatchObject({
      'x-ratelimit-limit-requests': '5',
      'x-ratelimit-remaining-requests': '4',
      'x-ratelimit-reset-requests': expect.stringMatching(/^\d+(s|ms)$|^1m0s$/),
    });
    const names = ['x-ratelimit-remaining-tokens', 'openai-organization', 'set-cookie', 'server'];
    for (const name of names) expect(headers[name]).toBeUndefined();
  });

  test('16: keys with spaces around them and the headers of SDKs are taken', async () => {
    const sdk = {
      'OpenAI-Organization': 'o',
      'OpenAI-Project': 'p',
      'x-stainless-retry-count': '0',
    };
    const body = chat('demo');
    const spaced = { ...sdk, authorization: `bearer   ${customer.key}  ` };
    expect((await call({ body, headers: spaced })).status).toBe(200);
    const headers = { ...sdk, 'x-api-key': customer.key };
    expect((await rawCall(serving.url, { body, headers })).status).toBe(200);
    const other = await rawCall(serving.url, { body, headers: { 'x-api-key': 'a key of spaces' } });
    expect([other.status, errorOf(other).code]).toEqual([401, 'INVALID_TOKEN']);
  });

  test.each(['/v1/models', '/api/v1/models'])('23: %s lists the models', async (path) => {
    const list = jsonOf(await call({ method: 'GET', path }));
    expect(list.object).toBe('list');
    expect(list.data).toContainEqual(
      expect.objectContaining({
        id: 'demo',
        object: 'model',
        created: expect.any(Number),
        owned_by: expect.any(String),
      }),
    );
    const unknown = await call({ method: 'GET', path: `${path}/none` });
    expect([unknown.status, errorOf(unknown).code]).toEqual([404, 'model_not_found']);
  });
});

describe('the cost of a call', () => {
  const usage = { prompt_tokens: 100, completion_tokens: 7, cached_tokens: 30 };
  // 70 at 123, 30 at 11, 7 at 457.
  const cost = '0.000012139';

  test.each([false, true])('is one figure everywhere, streamed: %s', async (stream) => {
    const own = await serving.openCustomer(1_000_000_000n);
    const answer = await call({ key: own.key, body: chat('demo', usage, { stream }) });
    const id = String(answer.headers['x-request-id']);
    const figures = stream ? answer.trailers : answer.headers;
    expect(figures['x-farebox-cost']).toBe(cost);
    expect(figures['x-farebox-balance']).toBe('0.999987861');
    expect(Number(figures['x-farebox-overhead-ms'])).toBeGreaterThan(0);
    const row = await callRow(serving, id);
    expect([row.price, row.charge]).toEqual([12_139n, 12_139n]);
    expect(answer.headers['x-farebox-hold']).toBe(formatAmount(row.held, 9));
    expect(await walletOf(serving, own)).toEqual({ balance: 999_987_861n, held: 0n });
    for (const prefix of ['/v1', '/api/v1']) {
      const path = `${prefix}/calls/${id}`;
      expect(jsonOf(await call({ key: own.key, method: 'GET', path }))).toMatchObject({
        id,
        status: 'settled',
        http_status: 200,
        model: 'demo',
        cost_exact: cost,
        price_exact: cost,
        usage: { input: 70, cached_input: 30, output: 7 },
      });
    }
    const stranger = await call({ method: 'GET', path: `/v1/calls/${id}` });
    expect([stranger.status, errorOf(stranger).code]).toEqual([404, 'call_not_found']);
  });
});
