import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { systemClock } from '../../../kernel/index.ts';
import { type DemoProvider, startDemoProvider } from './demo-provider.ts';

let provider: DemoProvider;
let client: OpenAI;
beforeAll(async () => {
  provider = await startDemoProvider({ clock: systemClock, credential: 'sk-demo' });
  client = new OpenAI({ baseURL: provider.url, apiKey: 'sk-demo', maxRetries: 0 });
});
afterAll(() => provider.close());

type Messages = OpenAI.ChatCompletionMessageParam[];
const say = (content: string): Messages => [{ role: 'user', content }];
const model = 'demo-small';
const create = (request: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming>) =>
  client.chat.completions.create({ model, messages: say('Hello.'), ...request });

const weather: OpenAI.ChatCompletionTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 2 } },
      required: ['city', 'days'],
    },
  },
};
const clock: OpenAI.ChatCompletionTool = { type: 'function', function: { name: 'get_time' } };

test('the models are listed', async () => {
  const ids: string[] = [];
  for await (const entry of client.models.list()) ids.push(`${entry.object} ${entry.id}`);
  expect(ids).toContain('model demo-small');
});

test('a chat is answered and any model name is taken', async () => {
  const answer = await create({ model: 'somebody/else' });
  expect(answer.model).toBe('somebody/else');
  expect(answer.system_fingerprint).toBe('fp_demo');
  const [choice] = answer.choices;
  expect(choice?.finish_reason).toBe('stop');
  expect(answer.usage?.completion_tokens).toBe(countTokens(choice?.message.content ?? ''));
  expect(answer._request_id).toMatch(/^demo-/);
});

test('a stream is put together by the client, with its usage', async () => {
  const stream = client.chat.completions.stream({
    model,
    messages: say('Hello.'),
    n: 2,
    stream_options: { include_usage: true },
  });
  const { choices, usage } = await stream.finalChatCompletion();
  const counts = choices.map((choice) => countTokens(choice.message.content ?? ''));
  expect(counts).toHaveLength(2);
  expect(usage?.completion_tokens).toBe(counts.reduce((sum, count) => sum + count, 0));
});

test('max_tokens and max_completion_tokens end an answer with the reason length', async () => {
  for (const limit of [{ max_tokens: 7 }, { max_completion_tokens: 7 }]) {
    const answer = await create(limit);
    expect(answer.choices[0]?.finish_reason).toBe('length');
    expect(answer.usage?.completion_tokens).toBe(7);
    expect(countTokens(answer.choices[0]?.message.content ?? '')).toBe(7);
  }
});

test('stop ends an answer before the sequence', async () => {
  const answer = await create({ stop: ['zzz', 'mo tex'] });
  expect(answer.choices[0]?.message.content).toBe('This is de');
  expect(answer.choices[0]?.finish_reason).toBe('stop');
  expect(answer.usage?.completion_tokens).toBe(countTokens('This is de'));
});

test('a demanded tool is called with arguments that fit its parameters', async () => {
  for (const tool_choice of [
    'required' as const,
    { type: 'function' as const, function: { name: 'get_weather' } },
  ]) {
    const answer = await create({ tools: [weather, clock], tool_choice });
    const [choice] = answer.choices;
    expect(choice?.finish_reason).toBe('tool_calls');
    expect(choice?.message.content).toBeNull();
    const [call, ...others] = choice?.message.tool_calls ?? [];
    expect(others).toEqual([]);
    expect(call).toMatchObject({ type: 'function', function: { name: 'get_weather' } });
    const text = call?.type === 'function' ? call.function.arguments : '';
    expect(JSON.parse(text)).toEqual({ city: 'demo', days: 2 });
  }
});

test('a streamed tool call opens with id and name, goes on with its index, ends once', async () => {
  const request = { model, messages: say('Use get_weather and get_time.'), stream: true } as const;
  const stream = await client.chat.completions.create({ ...request, tools: [weather, clock] });
  const openings: unknown[] = [];
  const parts = new Map<number, string>();
  const reasons: (string | null)[] = [];
  for await (const { choices } of stream) {
    const [choice] = choices;
    if (choice?.finish_reason) reasons.push(choice.finish_reason);
    for (const call of choice?.delta.tool_calls ?? []) {
      if (call.id !== undefined) openings.push([call.index, call.function?.name, reasons.length]);
      else expect(Object.keys(call).sort()).toEqual(['function', 'index']);
      parts.set(call.index, (parts.get(call.index) ?? '') + call.function?.arguments);
    }
  }
  expect(openings).toEqual([
    [0, 'get_weather', 0],
    [1, 'get_time', 0],
  ]);
  expect([...parts.values()].map((text) => JSON.parse(text))).toEqual([
    { city: 'demo', days: 2 },
    {},
  ]);
  expect(reasons).toEqual(['tool_calls']);
});

test('tools that nobody asks for, or after their result, are not called', async () => {
  const quiet = await create({ tools: [weather] });
  const none = await create({
    tools: [weather],
    tool_choice: 'none',
    messages: say('Use get_weather.'),
  });
  const result: Messages = [
    ...say('get_weather'),
    { role: 'tool', tool_call_id: '1', content: 'ok' },
  ];
  const after = await create({ tools: [weather], tool_choice: 'required', messages: result });
  for (const answer of [quiet, none, after]) {
    expect(answer.choices[0]?.finish_reason).toBe('stop');
    expect(answer.choices[0]?.message.content).toMatch(/^This is demo text/);
  }
});

test('JSON mode gives an object, and a schema is satisfied', async () => {
  const plain = await create({ response_format: { type: 'json_object' } });
  expect(JSON.parse(plain.choices[0]?.message.content ?? '')).toBeTypeOf('object');
  const schema = {
    type: 'object',
    $defs: { item: { type: 'object', properties: { id: { type: 'integer' } } } },
    properties: {
      name: { type: 'string', minLength: 6 },
      kind: { enum: ['a', 'b'] },
      items: { type: 'array', minItems: 2, items: { $ref: '#/$defs/item' } },
      maybe: { anyOf: [{ type: 'null' }, { type: 'string' }] },
      ok: { type: 'boolean' },
    },
  };
  const answer = await create({
    response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
  });
  const expected = {
    name: 'demo..',
    kind: 'a',
    items: [{ id: 1 }, { id: 1 }],
    maybe: null,
    ok: true,
  };
  const content = answer.choices[0]?.message.content ?? '';
  expect(JSON.parse(content)).toEqual(expected);
  expect(answer.usage?.completion_tokens).toBe(countTokens(content));
});

test('a JSON answer that does not fit the limit is cut to it', async () => {
  const answer = await create({ response_format: { type: 'json_object' }, max_tokens: 4 });
  expect(answer.choices[0]?.finish_reason).toBe('length');
  expect(answer.usage?.completion_tokens).toBeLessThanOrEqual(4);
});

test('a wrong key is refused as authentication', async () => {
  const stranger = new OpenAI({ baseURL: provider.url, apiKey: 'sk-other', maxRetries: 0 });
  const refused = stranger.chat.completions.create({ model, messages: say('x') });
  await expect(refused).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
});

test('bad requests are refused with the member at fault', async () => {
  const bad: [object, string | null][] = [
    [{ model: undefined }, 'model'],
    [{ messages: [] }, 'messages'],
    [{ messages: [{ role: 'robot', content: 'x' }] }, 'messages.0.role'],
    [{ max_tokens: -1 }, 'max_tokens'],
    [{ max_tokens: 0 }, 'max_tokens'],
    [{ max_completion_tokens: 1.5 }, 'max_completion_tokens'],
    [{ n: 0 }, 'n'],
    [{ n: 129 }, 'n'],
    [{ temperature: 3 }, 'temperature'],
    [{ stop: ['a', 'b', 'c', 'd', 'e'] }, 'stop'],
    [{ tool_choice: 'required' }, 'tool_choice'],
    [{ stream_options: { include_usage: true } }, 'stream_options'],
    [{ demo: { unknown_directive: 1 } }, 'demo.unknown_directive'],
    [{ demo: { completion_tokens: -5 } }, 'demo.completion_tokens'],
  ];
  for (const [request, param] of bad) {
    const error = await create(request).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error, JSON.stringify(request)).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ status: 400, param, type: 'invalid_request_error' });
  }
});

test('an unknown path and a wrong method are refused', async () => {
  await expect(client.get('/nothing')).rejects.toMatchObject({ status: 404 });
  await expect(client.get('/chat/completions')).rejects.toMatchObject({ status: 405 });
});

test('an error in the middle of a stream is thrown by the client', async () => {
  const body = {
    model,
    messages: say('x'),
    stream: true,
    demo: { error_after_chunks: 2 },
  } as const;
  const stream = await client.chat.completions.create(body);
  const read = async () => {
    for await (const chunk of stream) expect(chunk.choices).toHaveLength(1);
  };
  await expect(read()).rejects.toBeInstanceOf(OpenAI.APIError);
});

test('leaving a stream stops the provider', async () => {
  const before = provider.stats().abortedByClient;
  const body = { model, messages: say('x'), stream: true, demo: { chunk_delay_ms: 20 } } as const;
  const stream = await client.chat.completions.create(body);
  for await (const chunk of stream) {
    expect(chunk.id).toMatch(/^chatcmpl-demo/);
    break;
  }
  await vi.waitFor(() => expect(provider.stats().abortedByClient).toBe(before + 1));
});
