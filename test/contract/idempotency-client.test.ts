import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
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
import { BALANCE, expectOneCharge } from './keyed-calls.ts';
import { callsOf, eventually, sellThrough, untilSold } from './market.ts';

let serving: Serving;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  serving = await startServing();
  upstream = await startScriptedUpstream();
  await serving.sellModel('demo', { input: 10n, output: 20n });
  await sellThrough(serving, 'scripted', { input: 10n, output: 20n }, [upstream.url]);
  await untilSold(serving, 'demo', 'scripted');
});

afterAll(async () => {
  await serving?.close();
  await upstream?.close();
});

/** OpenAI's client as docs/guides/retries.md sets it up. */
class KeyedClient extends OpenAI {
  protected override idempotencyHeader = 'Idempotency-Key';
}

const clientOf = ({ key }: TestCustomer, more: object = {}) =>
  new KeyedClient({ baseURL: `${serving.url}/v1`, apiKey: key, ...more });

const messages = [{ role: 'user' as const, content: 'Tell me of ferries.' }];
const body = { model: 'demo', messages, demo: { prompt_tokens: 3, completion_tokens: 4 } };

/** A fetch whose first answers get lost after the server has sent them whole. */
function losing(answers: number) {
  let lost = 0;
  return vi.fn(async (url: string | URL | Request, init?: RequestInit) => {
    const answer = await fetch(url, init);
    if (lost === answers) return answer;
    await answer.arrayBuffer();
    lost += 1;
    throw new TypeError('the connection broke');
  });
}

describe("OpenAI's client, told the name of the header", () => {
  test('makes a key for each request, and its own retries are charged once', async () => {
    const customer = await serving.openCustomer(BALANCE);
    const fetching = losing(2);
    const answer = await clientOf(customer, { fetch: fetching }).chat.completions.create(body);
    expect(answer.usage?.completion_tokens).toBe(4);
    expect(fetching).toHaveBeenCalledTimes(3);
    await expectOneCharge(serving, customer, 110n);
    await clientOf(customer).chat.completions.create(body);
    expect(await callsOf(serving, customer)).toHaveLength(2);
  });

  test('gets one answer for one idempotencyKey of the program', async () => {
    const customer = await serving.openCustomer(BALANCE);
    const ask = () =>
      clientOf(customer)
        .chat.completions.create(body, { idempotencyKey: 'order-17' })
        .withResponse();
    const [first, again] = [await ask(), await ask()];
    expect(again.data).toEqual(first.data);
    expect(again.request_id).toBe(first.request_id);
    expect(first.response.headers.get('idempotent-replayed')).toBeNull();
    expect(again.response.headers.get('idempotent-replayed')).toBe('true');
    await expectOneCharge(serving, customer, 110n);
  });

  test('reads a stream that is replayed as it reads one that is not', async () => {
    const customer = await serving.openCustomer(BALANCE);
    const end = chunkEvent({ finish: 'stop', usage: usageOf(3, 4) });
    upstream.script = streaming(chunkEvent({ content: 'Hello' }), end, DONE_EVENT);
    const read = async () => {
      const stream = await clientOf(customer).chat.completions.create(
        { model: 'scripted', messages, stream: true },
        { idempotencyKey: 'stream-1' },
      );
      const chunks: unknown[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      return chunks;
    };
    const first = await read();
    expect(first).toHaveLength(2);
    expect(await read()).toEqual(first);
    await expectOneCharge(serving, customer, 110n);
  });

  test('waits as it is told while the call is under way, then gets its answer', async () => {
    const customer = await serving.openCustomer(BALANCE);
    const statuses: number[] = [];
    const whole = { choices: [{ message: { role: 'assistant' } }], usage: usageOf(3, 4) };
    upstream.script = async (response) => {
      await eventually(() => expect(statuses).toContain(409));
      answering(JSON.stringify(whole))(response);
    };
    const fetching = async (url: string | URL | Request, init?: RequestInit) => {
      const answer = await fetch(url, init);
      statuses.push(answer.status);
      return answer;
    };
    const client = clientOf(customer, { fetch: fetching, maxRetries: 5 });
    const request = { model: 'scripted', messages };
    const ask = () => client.chat.completions.create(request, { idempotencyKey: 'both' });
    const [one, other] = await Promise.all([ask(), ask()]);
    expect(other).toEqual(one);
    await expectOneCharge(serving, customer, 110n);
  });

  test('gives up at once on an answer that was not kept', async () => {
    const customer = await serving.openCustomer(BALANCE);
    upstream.script = streaming(chunkEvent({ content: 'Hello' }));
    const fetching = vi.fn(fetch);
    const client = clientOf(customer, { fetch: fetching });
    const ask = async () => {
      const stream = await client.chat.completions.create(
        { model: 'scripted', messages, stream: true },
        { idempotencyKey: 'cut' },
      );
      for await (const _ of stream);
    };
    await expect(ask()).rejects.toMatchObject({ code: 'upstream_error' });
    const conflict = { status: 409, code: 'answer_not_kept', param: 'Idempotency-Key' };
    await expect(ask()).rejects.toMatchObject(conflict);
    expect(fetching).toHaveBeenCalledTimes(2);
  });
});
