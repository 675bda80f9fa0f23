import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { systemClock } from '../../../kernel/index.ts';
import { inspectChatChunk } from '../../chat-chunk.ts';
import { createDeliveredText } from '../../delivered-text.ts';
import { createEventSplitter, type SseEvent } from '../../sse.ts';
import { createUpstreams } from '../../upstream.ts';
import type { UpstreamCall } from '../../upstream-call.ts';
import { type DemoProvider, startDemoProvider } from './demo-provider.ts';
import type { DemoDirectives } from './demo-request.ts';

let provider: DemoProvider;
const upstreams = createUpstreams();
beforeAll(async () => {
  provider = await startDemoProvider({ clock: systemClock });
});
afterAll(async () => {
  await upstreams.close();
  await provider.close();
});

const messages = [{ role: 'user', content: 'Say something.' }];

interface Asked {
  call: UpstreamCall;
  events: SseEvent[];
  reads: Buffer[];
  body: () => Buffer;
}

function ask(request: object, onData?: (asked: Asked) => void): Asked {
  const events: SseEvent[] = [];
  const reads: Buffer[] = [];
  const splitter = createEventSplitter((event) => events.push(event));
  const body = () => Buffer.concat(reads);
  const asked: Asked = {
    events,
    reads,
    body,
    call: upstreams.call({
      route: { baseUrl: provider.url, credential: 'any' },
      path: '/chat/completions',
      body: Buffer.from(JSON.stringify({ model: 'demo-small', messages, ...request })),
      timeouts: { firstByteTimeoutMs: 10_000, idleTimeoutMs: 10_000 },
      onData: (chunk) => {
        reads.push(chunk);
        splitter.push(chunk);
        onData?.(asked);
      },
    }),
  };
  return asked;
}

async function stream(demo: DemoDirectives, more: object = {}) {
  const asked = ask({ stream: true, stream_options: { include_usage: true }, demo, ...more });
  const outcome = await asked.call.done;
  const datas = asked.events.flatMap((event) => event.data ?? []);
  const parsed = datas.filter((data) => data.toString() !== '[DONE]');
  return {
    ...asked,
    outcome,
    datas: datas.map(String),
    chunks: parsed.map((data) => JSON.parse(data.toString())),
    kinds: datas.map((data) => inspectChatChunk(data)),
    usages: datas.flatMap((data) => inspectChatChunk(data).usage ?? []),
    text: deliveredText(parsed),
  };
}

function deliveredText(datas: readonly Buffer[]): string {
  const delivered = createDeliveredText();
  for (const data of datas) delivered.add(data);
  return delivered.read().texts.join('|');
}

async function whole(request: object) {
  const asked = ask(request);
  const outcome = await asked.call.done;
  const failed = outcome.kind === 'complete' ? undefined : outcome;
  const body = failed === undefined ? asked.body() : failed.answer?.body;
  return { outcome, failed, json: body === undefined ? undefined : JSON.parse(body.toString()) };
}

test('asked token counts are delivered and reported exactly', async () => {
  for (const count of [0, 1, 4, 5, 6, 17, 1000, 20_000]) {
    const { text, usages } = await stream({ prompt_tokens: 77, completion_tokens: count });
    expect(countTokens(text)).toBe(count);
    const total = count + 77;
    expect(usages).toMatchObject([
      { prompt_tokens: 77, completion_tokens: count, total_tokens: total },
    ]);
  }
});

test('details are parts of the totals, and reasoning is not delivered', async () => {
  const demo = {
    prompt_tokens: 50,
    completion_tokens: 30,
    cached_tokens: 20,
    reasoning_tokens: 12,
  };
  const { text, usages } = await stream(demo);
  expect(countTokens(text)).toBe(18);
  expect(usages).toMatchObject([
    {
      completion_tokens: 30,
      prompt_tokens_details: { cached_tokens: 20 },
      completion_tokens_details: { reasoning_tokens: 12 },
    },
  ]);
});

test('several choices share the asked tokens', async () => {
  const { text, usages } = await stream({ completion_tokens: 31 }, { n: 3 });
  const counts = text.split('|').map((part) => countTokens(part));
  expect(counts).toEqual([11, 10, 10]);
  expect(usages).toMatchObject([{ completion_tokens: 31 }]);
});

test('the usage chunk comes last with empty choices, and usage is null on all others', async () => {
  const { chunks, datas } = await stream({ completion_tokens: 3 });
  expect(datas.at(-1)).toBe('[DONE]');
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 3 } });
  for (const chunk of chunks.slice(0, -1)) {
    expect(chunk.usage).toBeNull();
    expect(chunk.choices).toHaveLength(1);
  }
});

test('without include_usage no chunk has a usage member', async () => {
  for (const options of [undefined, { include_usage: false }]) {
    const { chunks } = await stream({ completion_tokens: 3 }, { stream_options: options });
    expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false);
    expect(chunks.every((chunk) => chunk.choices.length === 1)).toBe(true);
  }
});

test('all chunks have one id, the role comes first and the finish reason last', async () => {
  const { chunks } = await stream({ completion_tokens: 4 });
  expect(new Set(chunks.map(({ id, created, model }) => `${id} ${created} ${model}`)).size).toBe(1);
  expect(chunks[0].choices[0].delta.role).toBe('assistant');
  const reasons = chunks.slice(0, -1).map((chunk) => chunk.choices[0].finish_reason);
  expect(reasons).toEqual([null, null, null, null, null, 'stop']);
});

test('the same messages and seed get the same text, another seed another', async () => {
  const texts = await Promise.all([stream({}), stream({}), stream({}, { seed: 9 })]);
  expect(texts[0]?.text).toBe(texts[1]?.text);
  expect(texts[2]?.text).not.toBe(texts[0]?.text);
  expect(texts[0]?.text).toMatch(/^This is demo text\. [A-Z].*\.$/);
});

test('usage variants: none, zero, twice, with the finish chunk, too much', async () => {
  expect((await stream({ no_usage: true })).usages).toEqual([]);
  expect((await stream({ usage_zero: true })).usages).toMatchObject([{ total_tokens: 0 }]);
  const twice = await stream({ usage_twice: true, completion_tokens: 10 });
  expect(twice.usages).toMatchObject([{ completion_tokens: 5 }, { completion_tokens: 10 }]);
  const early = await stream({ usage_with_finish: true, completion_tokens: 2 });
  const withUsage = early.kinds.filter((chunk) => chunk.usage !== undefined);
  expect(withUsage).toMatchObject([{ finished: [0], usage: { completion_tokens: 2 } }]);
  const over = await stream({ completion_tokens: 5, overreport: 1000 });
  expect(countTokens(over.text)).toBe(5);
  expect(over.usages).toMatchObject([{ completion_tokens: 1005 }]);
});

test('a late usage comes after the finish chunk has long been sent', async () => {
  let finishedMs = 0;
  const isFinish = (asked: Asked) =>
    asked.events.some((event) => inspectChatChunk(event.data ?? event.raw).finished?.length);
  const asked = ask(
    { stream: true, stream_options: { include_usage: true }, demo: { late_usage_ms: 80 } },
    (seen) => {
      if (finishedMs === 0 && isFinish(seen)) finishedMs = performance.now();
    },
  );
  await asked.call.done;
  expect(performance.now() - finishedMs).toBeGreaterThan(60);
});

test('a delay comes before the first byte and between chunks', async () => {
  const startedMs = performance.now();
  await stream({ delay_ms: 60, chunk_delay_ms: 10, completion_tokens: 4 });
  expect(performance.now() - startedMs).toBeGreaterThan(100);
});

test('a cut comes after exactly that many chunks', async () => {
  for (const count of [0, 3, 8]) {
    const { outcome, datas } = await stream({ cut_after_chunks: count, completion_tokens: 100 });
    expect(outcome.kind).toBe('cut');
    expect(datas).toHaveLength(count);
  }
  const late = await stream({ cut_after_chunks: 1_000_000, completion_tokens: 1 });
  expect([late.outcome.kind, late.datas.includes('[DONE]')]).toEqual(['cut', false]);
  const { failed } = await whole({ demo: { cut_after_chunks: 1 } });
  expect(failed?.kind).toBe('cut');
});

test('an error event comes after that many chunks and ends the stream without [DONE]', async () => {
  const { outcome, chunks, datas } = await stream({ error_after_chunks: 2, completion_tokens: 9 });
  expect(outcome.kind).toBe('complete');
  expect(chunks).toHaveLength(3);
  expect(chunks[2].error).toMatchObject({ type: 'server_error', param: null, code: 'demo_error' });
  expect(datas).not.toContain('[DONE]');
});

test('a refusal before the first byte has its status, hint and body', async () => {
  const error = { status: 429, code: 'slow_down', retry_after: 3 };
  const { failed, json } = await whole({ demo: { error_before_first_byte: error } });
  expect([failed?.answer?.status, failed?.answer?.headers['retry-after']]).toEqual([429, '3']);
  expect(json.error).toMatchObject({ code: 'slow_down', type: 'rate_limit_error', param: null });
});

test('an error can come with a status of success', async () => {
  const { outcome, json } = await whole({ demo: { error_as_200: true } });
  expect(outcome.kind).toBe('complete');
  expect(json.error.code).toBe('demo_error');
});

test('no_done leaves out only the last line', async () => {
  const { datas, usages } = await stream({ no_done: true, completion_tokens: 2 });
  expect(datas).not.toContain('[DONE]');
  expect(usages).toHaveLength(1);
});

test('a huge line is one chunk of at least that size', async () => {
  const { events, usages } = await stream({ huge_line_bytes: 3_000_000, completion_tokens: 2 });
  expect(Math.max(...events.map((event) => event.raw.length))).toBeGreaterThan(3_000_000);
  expect(usages).toMatchObject([{ completion_tokens: 2 }]);
});

test('characters of several bytes are cut between reads and the text stays whole', async () => {
  const { reads, text } = await stream({ split_utf8: true, completion_tokens: 60 });
  expect(reads.some((read) => read.toString('utf8').includes('\ufffd'))).toBe(true);
  expect(text).not.toContain('\ufffd');
  expect(Buffer.byteLength(text)).toBeGreaterThan(text.length);
  expect(countTokens(text)).toBe(60);
});

test('line ends can be CRLF and comments can come between events', async () => {
  const { body, events, usages } = await stream({ crlf: true, comments: true });
  expect(body().toString().replaceAll('\r\n', '')).not.toContain('\n');
  const comments = events.filter((event) => event.isComment).map((event) => event.raw.toString());
  expect(comments).toContain(': ping\r\n');
  expect(usages).toHaveLength(1);
});

test('a hanging answer never begins, and leaving it is counted as aborted', async () => {
  const before = provider.stats();
  const asked = ask({ demo: { hang: true } });
  await vi.waitFor(() => expect(provider.stats().requests).toBe(before.requests + 1));
  asked.call.abort();
  await vi.waitFor(() => {
    expect(provider.stats()).toMatchObject({
      abortedByClient: before.abortedByClient + 1,
      completed: before.completed,
      active: 0,
    });
  });
});

test('a reader that leaves in the middle of a stream is counted as aborted', async () => {
  const before = provider.stats();
  const demo = { completion_tokens: 200_000 };
  await ask({ stream: true, demo }, (asked) => asked.call.abort()).call.done;
  await vi.waitFor(() => {
    expect(provider.stats().abortedByClient).toBe(before.abortedByClient + 1);
  });
});

test('requests are kept as they arrived', async () => {
  await whole({ unknown_member: 1.5 });
  const seen = provider.lastRequests().at(-1);
  expect(seen?.path).toBe('/v1/chat/completions');
  expect(seen?.headers.authorization).toBe('Bearer any');
  expect(JSON.parse(String(seen?.body))).toMatchObject({ unknown_member: 1.5 });
});

test('an answer that is not streamed reports the same as a streamed one', async () => {
  const demo = { prompt_tokens: 5, completion_tokens: 40, cached_tokens: 2 };
  const [{ json }, streamed] = await Promise.all([whole({ demo, n: 2 }), stream(demo, { n: 2 })]);
  expect([json.usage]).toEqual(streamed.usages);
  const contents = json.choices.map((choice: { message: { content: string } }) => {
    return choice.message.content;
  });
  expect(contents.join('|')).toBe(streamed.text);
});

test('unknown members can be sent along, spelled as they are', async () => {
  const { datas } = await stream({ extra_members: true, completion_tokens: 1 });
  expect(datas[0]).toContain('"provider_specific":{"cost":1.10,"b":2,"a":1}');
});

test('without directives the counts are those of the tokenizer', async () => {
  const { json } = await whole({});
  expect(json.usage.completion_tokens).toBe(countTokens(json.choices[0].message.content));
  expect(json.usage.prompt_tokens).toBe(
    3 + 3 + countTokens('user') + countTokens('Say something.'),
  );
});
