import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Serving, startServing, type TestCustomer } from '../serving.ts';
import { callRow, callsOf, endedCall, eventually, untilSold, walletOf } from './market.ts';

let serving: Serving;
let customer: TestCustomer;
let client: OpenAI;

beforeAll(async () => {
  serving = await startServing({ maxBodyBytes: 100_000 });
  await serving.sellModel('metered', { input: 1_000n, output: 2_000n });
  await untilSold(serving, 'metered');
  customer = await serving.openCustomer(1_000_000_000n);
  client = clientOf(customer.key);
});

afterAll(() => serving?.close());

function clientOf(apiKey: string, more: object = {}): OpenAI {
  return new OpenAI({ baseURL: `${serving.url}/v1`, apiKey, ...more });
}

const messages = [{ role: 'user' as const, content: 'Tell me of ferries.' }];

/** A body with the demo provider's directives, which the client's types do not know. */
function directed(demo: object): typeof base {
  return { ...base, demo } as typeof base;
}
const base = { model: 'metered', messages };

/** What the promise was rejected with. */
async function failureOf(
  work: PromiseLike<unknown>,
): Promise<InstanceType<typeof OpenAI.APIError>> {
  try {
    await work;
  } catch (error) {
    if (error instanceof OpenAI.APIError) return error;
    throw error;
  }
  throw new Error('the call was expected to fail');
}

/** The body that the client keeps of an error has all four members, and these values. */
function expectBody(error: { error: unknown }, expected: object): void {
  expect(error.error).toEqual({
    message: expect.any(String),
    type: expect.any(String),
    param: null,
    code: null,
    ...expected,
  });
}

describe('a chat', () => {
  test.each(['/v1', '/api/v1'])('is answered and charged under %s', async (prefix) => {
    const own = clientOf(customer.key, { baseURL: serving.url + prefix });
    const body = directed({ prompt_tokens: 12, completion_tokens: 7 });
    const answer = await own.chat.completions.create(body);
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'stop', index: 0 });
    expect(answer.choices[0]?.message).toMatchObject({ role: 'assistant' });
    expect(answer.usage).toMatchObject({ prompt_tokens: 12, completion_tokens: 7 });
    expect(answer._request_id).toMatch(/^req_/);
    const row = await callRow(serving, answer._request_id);
    expect(row).toMatchObject({ outcome: 'settled', streamed: false, charge: 26_000n });
  });

  test('is streamed without the usage chunk that was not asked for', async () => {
    const body = directed({ prompt_tokens: 10, completion_tokens: 5 });
    const { data, request_id } = await client.chat.completions
      .create({ ...body, stream: true })
      .withResponse();
    let text = '';
    const finishes: unknown[] = [];
    for await (const chunk of data) {
      const [choice] = chunk.choices;
      if (choice === undefined) throw new Error('a chunk has no choice');
      text += choice.delta.content ?? '';
      if (choice.finish_reason !== null) finishes.push(choice.finish_reason);
    }
    expect(text.length).toBeGreaterThan(5);
    expect(finishes).toEqual(['stop']);
    const row = await callRow(serving, request_id);
    expect(row).toMatchObject({ outcome: 'settled', streamed: true, charge: 20_000n });
  });

  test('calls tools, streamed and not, with the same arguments', async () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } } };
    const tool = (name: string) => ({
      type: 'function' as const,
      function: { name, parameters },
    });
    const body = { ...base, tools: [tool('find_ferry'), tool('find_train')] };
    body.messages = [{ role: 'user', content: 'Use find_ferry and find_train.' }];
    const whole = await client.chat.completions.create(body);
    const calls = whole.choices[0]?.message.tool_calls;
    expect(whole.choices[0]?.finish_reason).toBe('tool_calls');
    expect(calls).toHaveLength(2);
    const stream = client.chat.completions.stream(body);
    const final = await stream.finalChatCompletion();
    expect(final.choices[0]?.finish_reason).toBe('tool_calls');
    expect(final.choices[0]?.message.tool_calls).toMatchObject(
      (calls ?? []).map((call) => ({ ...call, id: expect.any(String) })),
    );
  });

  test('answers in JSON, by mode and by schema', async () => {
    const mode = await client.chat.completions.create({
      ...base,
      response_format: { type: 'json_object' },
    });
    expect(JSON.parse(mode.choices[0]?.message.content ?? '')).toBeTypeOf('object');
    const schema = { type: 'object', properties: { port: { type: 'string' } } };
    const bySchema = await client.chat.completions.parse({
      ...base,
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } },
    });
    expect(JSON.parse(bySchema.choices[0]?.message.content ?? '')).toHaveProperty('port');
  });

  test('gives n answers, and all of them are charged', async () => {
    const body = { ...directed({ prompt_tokens: 10, completion_tokens: 8 }), n: 2 };
    const { data, request_id } = await client.chat.completions.create(body).withResponse();
    expect(data.choices.map((choice) => choice.index)).toEqual([0, 1]);
    expect((await callRow(serving, request_id)).charge).toBe(26_000n);
    const stream = client.chat.completions.stream(body);
    const final = await stream.finalChatCompletion();
    expect(final.choices.map((choice) => choice.finish_reason)).toEqual(['stop', 'stop']);
  });
});

test('an abort in mid-stream stops the upstream, and what was delivered is charged', async () => {
  const own = await serving.openCustomer(100_000_000n);
  const before = serving.provider.stats().abortedByClient;
  const abort = new AbortController();
  const body = directed({ completion_tokens: 5_000, chunk_delay_ms: 5, prompt_tokens: 10 });
  const stream = await clientOf(own.key).chat.completions.create(
    { ...body, stream: true, max_tokens: 5_000 },
    { signal: abort.signal },
  );
  let chunks = 0;
  for await (const chunk of stream) {
    chunks += chunk.choices.length;
    if (chunks === 10) abort.abort();
  }
  const row = await endedCall(serving, own);
  expect(row).toMatchObject({ outcome: 'settled', estimated: true, error_code: 'client_gone' });
  expect(row.output).toBeGreaterThanOrEqual(8n);
  expect(row.output).toBeLessThan(4_000n);
  expect(row.charge).toBe(row.input * 1_000n + row.output * 2_000n);
  await eventually(() => expect(serving.provider.stats().abortedByClient).toBe(before + 1));
});

describe('a refusal', () => {
  test('of a wrong key is an AuthenticationError', async () => {
    const error = await failureOf(clientOf('ptr_wrong').chat.completions.create(base));
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expectBody(error, { type: 'authentication_error', code: 'INVALID_TOKEN' });
    expect([error.status, error.code, error.type]).toEqual([
      401,
      'INVALID_TOKEN',
      'authentication_error',
    ]);
    expect(error.requestID).toMatch(/^req_/);
  });

  test('of a missing key is an AuthenticationError that says how to send one', async () => {
    const headers = { authorization: null };
    const error = await failureOf(client.chat.completions.create(base, { headers }));
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expectBody(error, { type: 'authentication_error', code: 'MISSING_AUTH_HEADER' });
    expect(error.message).toContain('Authorization: Bearer');
  });

  test('of an empty wallet is one attempt with 402, whatever the client would retry', async () => {
    const poor = await serving.openCustomer(0n, { requests_per_minute: 10n });
    const fetching = vi.fn(fetch);
    const before = serving.provider.stats().requests;
    const own = clientOf(poor.key, { fetch: fetching });
    const error = await failureOf(own.chat.completions.create(base));
    expect([error.status, error.code]).toEqual([402, 'INSUFFICIENT_CREDITS']);
    expectBody(error, { type: 'insufficient_quota', code: 'INSUFFICIENT_CREDITS' });
    expect(error.headers?.get('x-should-retry')).toBe('false');
    expect(fetching).toHaveBeenCalledTimes(1);
    const streamed = await failureOf(own.chat.completions.create({ ...base, stream: true }));
    expect(streamed.status).toBe(402);
    expect(fetching).toHaveBeenCalledTimes(2);
    expect(serving.provider.stats().requests).toBe(before);
    expect(await callsOf(serving, poor)).toEqual([]);
  });

  test('of an unknown model is a NotFoundError', async () => {
    const error = await failureOf(client.chat.completions.create({ ...base, model: 'gpt-none' }));
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expectBody(error, { type: 'not_found_error', code: 'model_not_found', param: 'model' });
    expect(error.message).toContain('gpt-none');
  });

  test('of an oversize body is an APIError with 413', async () => {
    const content = 'x'.repeat(200_000);
    const fetching = vi.fn(fetch);
    const own = clientOf(customer.key, { fetch: fetching });
    const error = await failureOf(
      own.chat.completions.create({ ...base, messages: [{ role: 'user', content }] }),
    );
    expect(error.status).toBe(413);
    expectBody(error, { type: 'invalid_request_error', code: 'request_too_large' });
    expect(fetching).toHaveBeenCalledTimes(1);
  });

  test('of a bad request is a BadRequestError that names the member', async () => {
    const error = await failureOf(client.chat.completions.create({ ...base, max_tokens: -1 }));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expectBody(error, {
      type: 'invalid_request_error',
      code: 'invalid_request',
      param: 'max_tokens',
    });
  });

  test('by the rate limit is a RateLimitError that says when to come back', async () => {
    const limited = await serving.openCustomer(100_000_000n, { requests_per_minute: 1n });
    const own = clientOf(limited.key, { maxRetries: 0 });
    const first = await own.chat.completions.create(base).withResponse();
    expect(first.response.headers.get('x-ratelimit-limit-requests')).toBe('1');
    expect(first.response.headers.get('x-ratelimit-remaining-requests')).toBe('0');
    const error = await failureOf(own.chat.completions.create(base));
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expectBody(error, { type: 'rate_limit_error', code: 'rate_limit_exceeded' });
    expect(Number(error.headers?.get('retry-after'))).toBeGreaterThan(0);
    expect(error.headers?.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(error.headers?.get('x-ratelimit-reset-requests')).toMatch(/^(\d+m)?\d+m?s$/);
  });

  test('by the provider in mid-stream is an APIError raised from the stream', async () => {
    const body = directed({ completion_tokens: 20, error_after_chunks: 5 });
    const stream = await client.chat.completions.create({ ...body, stream: true });
    let chunks = 0;
    const error = await failureOf(
      (async () => {
        for await (const chunk of stream) chunks += chunk.choices.length;
      })(),
    );
    expect(chunks).toBe(5);
    expect(error.code).toBe('upstream_error');
  });

  test('by the provider before its answer is retried and never charged', async () => {
    const own = await serving.openCustomer(100_000_000n);
    const fetching = vi.fn(fetch);
    const body = directed({ error_before_first_byte: { status: 503 } });
    const retrying = clientOf(own.key, { fetch: fetching, maxRetries: 1 });
    const error = await failureOf(retrying.chat.completions.create(body));
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expectBody(error, { type: 'server_error', code: 'upstream_error' });
    expect(fetching).toHaveBeenCalledTimes(2);
    const calls = await callsOf(serving, own);
    expect(calls.map((call) => [call.outcome, call.charge])).toEqual([
      ['released', 0n],
      ['released', 0n],
    ]);
    expect(await walletOf(serving, own)).toEqual({ balance: 100_000_000n, held: 0n });
  });
});

test('a key in x-api-key and headers of organisations and SDKs do no harm', async () => {
  const headers = {
    authorization: null,
    'x-api-key': customer.key,
    'x-stainless-lang': 'js',
    'openai-beta': 'assistants=v2',
  };
  const own = clientOf('unused', { organization: 'org-1', project: 'proj-1' });
  const answer = await own.chat.completions.create(base, { headers });
  expect(answer.choices).toHaveLength(1);
  const seen = serving.provider.lastRequests().at(-1)?.headers ?? {};
  const leaked = Object.keys(seen).filter((name) => /openai|stainless|api-key/.test(name));
  expect(leaked).toEqual([]);
  expect(seen.authorization).toBeUndefined();
});

test('the models are listed, one is shown, and an unknown one is a NotFoundError', async () => {
  const page = await client.models.list();
  const metered = page.data.find((model) => model.id === 'metered');
  expect(metered).toMatchObject({ object: 'model', owned_by: expect.any(String) });
  expect(metered?.created).toBeTypeOf('number');
  expect(await client.models.retrieve('metered')).toMatchObject({ id: 'metered' });
  const error = await failureOf(client.models.retrieve('none'));
  expect(error).toBeInstanceOf(OpenAI.NotFoundError);
  expect(error.code).toBe('model_not_found');
});
