import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dataOf, type RawAnswer, rawCall, startCall } from '../raw-call.ts';
import {
  chunkEvent,
  DONE_EVENT,
  type ScriptedUpstream,
  startScriptedUpstream,
  streaming,
  usageOf,
} from '../scripted-upstream.ts';
import { type Serving, startServing, type TestCustomer } from '../serving.ts';
import { callRow, chat, sellThrough, untilSold } from './market.ts';

let serving: Serving;
let upstream: ScriptedUpstream;
let customer: TestCustomer;

beforeAll(async () => {
  serving = await startServing();
  upstream = await startScriptedUpstream();
  await sellThrough(serving, 'scripted', { input: 10n, output: 20n }, [upstream.url]);
  await serving.sellModel('demo', { input: 10n, output: 20n });
  await untilSold(serving, 'scripted', 'demo');
  customer = await serving.openCustomer(1_000_000_000n);
});

afterAll(async () => {
  await serving?.close();
  await upstream?.close();
});

const messages = [{ role: 'user', content: 'Hello' }];
const include = { stream_options: { include_usage: true } };

/** Asks for a stream of the model whose upstream is scripted. */
function ask(more: object = {}): Promise<RawAnswer> {
  const body = { model: 'scripted', stream: true, messages, ...more };
  return rawCall(serving.url, { key: customer.key, body });
}

function askDemo(demo: object, more: object = {}): Promise<RawAnswer> {
  return rawCall(serving.url, { key: customer.key, body: chat('demo', demo, more) });
}

const hello = chunkEvent({ content: 'Hello' });
const finish = chunkEvent({ finish: 'stop' });
const usage = chunkEvent({ usage: usageOf(3, 2) });

interface Chunk {
  readonly id: string;
  readonly model: string;
  readonly created: number;
  readonly choices: {
    readonly index: number;
    readonly finish_reason: string | null;
    readonly delta: {
      readonly role?: string;
    };
  }[];
  readonly usage?: unknown;
}

const chunksOf = (answer: RawAnswer) =>
  dataOf(answer.body)
    .filter((data) => data !== '[DONE]')
    .map((data) => JSON.parse(data) as Chunk);

describe('usage in a stream', () => {
  test('1: asked for, it comes in the last chunk before [DONE], which has no choices', async () => {
    upstream.script = streaming(hello, finish, usage, DONE_EVENT);
    const answer = await ask(include);
    expect(answer.body.toString()).toBe(hello + finish + usage + DONE_EVENT);
    const demo = await askDemo({ completion_tokens: 2 }, { stream: true, ...include });
    const chunks = chunksOf(demo);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { completion_tokens: 2 } });
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
  });

  test.each([
    ['absent', undefined],
    ['null', null],
    ['false', { include_usage: false }],
    ['not told', { include_obfuscation: false }],
  ])(
    '2: with include_usage %s, the chunk that the gateway asked for is dropped',
    async (_, options) => {
      upstream.script = streaming(hello, finish, usage, DONE_EVENT);
      const answer = await ask({ stream_options: options });
      expect(answer.body.toString()).toBe(hello + finish + DONE_EVENT);
      const sent = JSON.parse(upstream.seen.at(-1)?.body.toString() ?? '') as Record<
        string,
        unknown
      >;
      expect(sent.stream_options).toEqual({ ...options, include_usage: true });
      expect(await callRow(serving, answer.headers['x-request-id'])).toMatchObject({
        charge: 70n,
        estimated: false,
      });
    },
  );

  const both = chunkEvent({ finish: 'stop', usage: usageOf(3, 2) });
  const partial = chunkEvent({ content: 'x', usage: usageOf(3, 1) });
  const early = chunkEvent({ usage: usageOf(3, 1) });
  const zero = chunkEvent({ usage: usageOf(0, 0) });
  test.each([
    ['with the finish chunk', [hello, both], hello + both, 70n],
    ['after the finish chunk', [hello, finish, usage], hello + finish, 70n],
    ['before the finish chunk', [hello, usage, finish], hello + finish, 70n],
    ['twice', [partial, early, finish, usage], partial + finish, 70n],
    ['as zero', [hello, finish, zero], hello + finish, 0n],
  ])('3: usage that comes %s is taken as the provider says', async (_, writes, body, charge) => {
    upstream.script = streaming(...writes, DONE_EVENT);
    const answer = await ask();
    expect(answer.body.toString()).toBe(body + DONE_EVENT);
    const row = await callRow(serving, answer.headers['x-request-id']);
    expect(row).toMatchObject({ charge, estimated: false, outcome: 'settled' });
  });

  test('3: usage that never comes is counted and marked as estimated', async () => {
    upstream.script = streaming(hello, chunkEvent({ content: ' world' }), finish, DONE_EVENT);
    const answer = await ask();
    const row = await callRow(serving, answer.headers['x-request-id']);
    // Hello: 3 for the message, 1 each for role and text, 3 for the answer's start.
    expect(row).toMatchObject({ estimated: true, input: 8n, output: 2n, charge: 120n });
  });

  test('3: the end of a stream waits for a usage that comes late', async () => {
    const late = { prompt_tokens: 5, completion_tokens: 5, late_usage_ms: 150 };
    const answer = await askDemo(late, { stream: true });
    expect(dataOf(answer.body).at(-1)).toBe('[DONE]');
    const row = await callRow(serving, answer.headers['x-request-id']);
    expect(row).toMatchObject({ charge: 150n, estimated: false });
  });
});

describe('the bytes of an answer', () => {
  test('4: unknown members, the order of members and the spelling of numbers pass', async () => {
    const odd =
      'data: {"z":1.10,"choices":[{"index":0,"delta":{"reasoning_content":"\\u00e9","content":""}' +
      ',"finish_reason":null}],"a":1e2,"provider_specific":{"b":2,"a":1},"obfuscation":"x7"}\n\n';
    upstream.script = streaming(`id: 7\n${odd}`, finish, usage, DONE_EVENT);
    expect((await ask()).body.toString()).toBe(`id: 7\n${odd}${finish}${DONE_EVENT}`);
    const whole =
      ' {"z":1.10,"choices":[{"message":{"content":"a"},"finish_reason":"stop"}],\n"a":1e2,' +
      '"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}} ';
    upstream.script = (response) => void response.end(whole);
    const answer = await ask({ stream: false });
    expect(answer.body.toString()).toBe(whole);
  });

  test('5: what follows [DONE] is not sent, and a [DONE] that was left out is added', async () => {
    upstream.script = streaming(hello, finish, usage, DONE_EVENT, hello);
    expect((await ask()).body.toString()).toBe(hello + finish + DONE_EVENT);
    upstream.script = streaming(hello, finish, usage);
    const answer = await ask();
    expect(answer.body.toString()).toBe(hello + finish + DONE_EVENT);
    expect((await callRow(serving, answer.headers['x-request-id'])).charge).toBe(70n);
  });

  test('5: a stream that ends without finish, usage and [DONE] is not complete', async () => {
    upstream.script = streaming(hello);
    const answer = await ask();
    const [first, error, ...rest] = dataOf(answer.body);
    expect(`data: ${first}\n\n`).toBe(hello);
    expect(JSON.parse(error ?? '')).toHaveProperty('error.code', 'upstream_error');
    expect(rest).toEqual([]);
  });

  test.each([
    ['data', 'data: {"error":{"message":"overloaded","code":"x"}}\n\n'],
    ['event: error', 'event: error\ndata: {"message":"overloaded"}\n\n'],
  ])('6: an error as %s ends the stream as an error, without [DONE]', async (_, event) => {
    upstream.script = streaming(hello, event, finish, usage, DONE_EVENT);
    const answer = await ask();
    const [first, second, ...rest] = dataOf(answer.body);
    expect(`data: ${first}\n\n`).toBe(hello);
    expect(JSON.parse(second ?? '')).toEqual({
      error: {
        message: expect.stringContaining('provider'),
        type: 'server_error',
        param: null,
        code: 'upstream_error',
      },
    });
    expect(rest).toEqual([]);
    expect(answer.trailers).toEqual({});
  });

  test('7 and 8: comments pass at once and as they are, none is added', async () => {
    const comments = [': ping\n', ': one\n\n', ':\n'];
    let seen = (_text: string) => {};
    upstream.script = async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const text of [...comments, hello, ': between\n', finish]) {
        // The next piece only leaves when the one before it has come through.
        const isThrough = new Promise<void>((resolve) => {
          seen = (all) => all.endsWith(text) && resolve();
        });
        response.write(text);
        if (text !== finish) await isThrough;
      }
      response.end(usage + DONE_EVENT);
    };
    const body = { model: 'scripted', stream: true, messages };
    const call = startCall(serving.url, { key: customer.key, body });
    (await call.opened).on('data', () => seen(call.received()));
    const answer = await call.answer;
    expect(answer.body.toString()).toBe(
      `${comments.join('')}${hello}: between\n${finish}${DONE_EVENT}`,
    );
  });

  test('8: the answer is declared as a stream that nobody may cache or buffer', async () => {
    upstream.script = streaming(hello, finish, usage, DONE_EVENT);
    const { headers, status } = await ask();
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
  });

  test.each([
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('8: line ends of %s are understood and passed on', async (_, lineEnd) => {
    const events = [hello, finish, usage, DONE_EVENT].map((e) => e.replaceAll('\n', lineEnd));
    upstream.script = streaming(...events);
    const answer = await ask();
    expect(answer.body.toString()).toBe(`${events[0]}${events[1]}${events[3]}`);
    expect((await callRow(serving, answer.headers['x-request-id'])).charge).toBe(70n);
  });

  test('8: characters and events cut anywhere and data of several lines pass whole', async () => {
    const wide = chunkEvent({ content: 'äöü – 漢字 🚢' });
    const lines = usage.replace('"choices"', '\ndata: "choices"');
    const all = Buffer.from(wide + finish + lines + DONE_EVENT);
    upstream.script = streaming(...Array.from(all, (byte) => Buffer.of(byte)));
    const answer = await ask();
    expect(answer.body.toString()).toBe(wide + finish + DONE_EVENT);
    expect((await callRow(serving, answer.headers['x-request-id'])).charge).toBe(70n);
    const split = await askDemo({ split_utf8: true, completion_tokens: 20 }, { stream: true });
    expect(split.body.toString()).not.toContain('\ufffd');
  });

  test('8: a line of a megabyte passes whole', async () => {
    const huge = chunkEvent({ content: 'x'.repeat(1_000_000) });
    upstream.script = streaming(huge, finish, usage, DONE_EVENT);
    expect((await ask()).body.equals(Buffer.from(huge + finish + DONE_EVENT))).toBe(true);
  });

  test('8: a reader that is slower than its upstream gets everything', async () => {
    const many = chunkEvent({ content: 'x'.repeat(100) }).repeat(20_000);
    upstream.script = streaming(many, finish, usage, DONE_EVENT);
    const body = { model: 'scripted', stream: true, messages };
    const call = startCall(serving.url, { key: customer.key, body });
    const response = await call.opened;
    // With the reader at rest, what is on its way fills up long before the end.
    response.pause();
    await new Promise((resolve) => response.once('readable', resolve));
    response.resume();
    const answer = await call.answer;
    expect(answer.body.length).toBe(many.length + finish.length + DONE_EVENT.length);
  });

  test('9: the first chunk has the role; id, model and created stay; one finish', async () => {
    const answer = await askDemo({ completion_tokens: 5 }, { stream: true });
    const chunks = chunksOf(answer);
    expect(chunks[0]?.choices[0]?.delta.role).toBe('assistant');
    const named = new Set(chunks.map(({ id, model, created }) => `${id} ${model} ${created}`));
    expect(named.size).toBe(1);
    const reasons = chunks.map((chunk) => chunk.choices[0]?.finish_reason);
    expect(reasons.slice(0, -1).every((reason) => reason === null)).toBe(true);
    expect(reasons.at(-1)).toBe('stop');
  });
});
