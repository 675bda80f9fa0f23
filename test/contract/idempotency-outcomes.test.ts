import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorOf, jsonOf, startCall } from '../raw-call.ts';
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
import { BALANCE, expectOneCharge, idOf, isReplay, keyedCall, type Sent } from './keyed-calls.ts';
import {
  callRow,
  chat,
  endedCall,
  eventually,
  sellThrough,
  untilSold,
  walletOf,
} from './market.ts';

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

const call = (customer: TestCustomer, sent?: Sent) => keyedCall(serving, customer, sent);

describe('a call that cost nothing leaves its key free', () => {
  test('when it was refused before anything was held, also for another body', async () => {
    const poor = await serving.openCustomer(100_000n);
    const refused = await call(poor, { body: chat('demo', {}, { max_tokens: 100_000 }) });
    expect(refused.status).toBe(402);
    const records = await serving.db.query(
      'select 1 from idempotency_record where account_id = $1',
      [poor.accountId],
    );
    expect(records).toEqual([]);
    const smaller = { prompt_tokens: 3, completion_tokens: 4 };
    const second = await call(poor, { body: chat('demo', smaller, { max_tokens: 100 }) });
    expect([second.status, isReplay(second)]).toEqual([200, false]);
  });

  test('when the provider failed, for the same body', async () => {
    const customer = await serving.openCustomer(BALANCE);
    upstream.script = (response) => void response.writeHead(500).end();
    const failed = await call(customer, { body: chat('scripted') });
    expect(failed.status).toBe(502);
    const other = await call(customer, { body: chat('scripted', {}, { user: 'other' }) });
    expect(other.status).toBe(422);
    upstream.script = answering(
      JSON.stringify({ choices: [{ message: {} }], usage: usageOf(1, 1) }),
    );
    const second = await call(customer, { body: chat('scripted') });
    expect([second.status, isReplay(second)]).toEqual([200, false]);
    expect(idOf(second)).not.toBe(idOf(failed));
    const third = await call(customer, { body: chat('scripted') });
    expect([idOf(third), isReplay(third)]).toEqual([idOf(second), true]);
    await expectOneCharge(serving, customer, 30n);
  });
});

describe('an answer that cannot be had again is not paid again', () => {
  async function expectNotKept(customer: TestCustomer, sent: Sent): Promise<void> {
    const first = await call(customer, sent);
    const row = await callRow(serving, idOf(first));
    const asked = upstream.seen.length;
    const again = await call(customer, sent);
    expect([again.status, errorOf(again).code]).toEqual([409, 'answer_not_kept']);
    expect(errorOf(again).message).toContain(`GET /v1/calls/${idOf(first)} `);
    expect(again.headers['x-should-retry']).toBe('false');
    expect(upstream.seen.length).toBe(asked);
    expect(row.charge).toBeGreaterThan(0n);
    await expectOneCharge(serving, customer, row.charge);
  }
  const content = 'x'.repeat(1024 * 1024);

  test('because it is larger than 1 MB', async () => {
    const choices = [{ message: { content } }];
    upstream.script = answering(JSON.stringify({ choices, usage: usageOf(3, 4) }));
    await expectNotKept(await serving.openCustomer(BALANCE), { body: chat('scripted') });
  });

  test('because it is a stream larger than 1 MB', async () => {
    const usage = chunkEvent({ finish: 'stop', usage: usageOf(3, 4) });
    upstream.script = streaming(
      ...Array(4).fill(chunkEvent({ content: content.slice(4) })),
      usage,
      DONE_EVENT,
    );
    const body = chat('scripted', {}, { stream: true });
    await expectNotKept(await serving.openCustomer(BALANCE), { body });
  });

  test('F8: because the stream broke off, and what it delivered was charged', async () => {
    upstream.script = async (response) => {
      await streaming(chunkEvent({ content: 'Hello there' }))(response);
    };
    const body = chat('scripted', {}, { stream: true });
    await expectNotKept(await serving.openCustomer(BALANCE), { body });
  });

  test('because it does not belong to its record', async () => {
    const [one, other] = [await serving.openCustomer(BALANCE), await serving.openCustomer(BALANCE)];
    await call(one);
    await call(other);
    await serving.db.query(
      `update idempotency_record r set answer = o.answer from idempotency_record o
       where r.account_id = $1 and o.account_id = $2`,
      [one.accountId, other.accountId],
    );
    const again = await call(one);
    expect([again.status, errorOf(again).code]).toEqual([409, 'answer_not_kept']);
  });
});

describe('a caller who left', () => {
  test.each([false, true])('finds its answer by its key; streamed: %s', async (stream) => {
    const customer = await serving.openCustomer(BALANCE);
    const directives = {
      prompt_tokens: 3,
      completion_tokens: 10,
      chunk_delay_ms: 10,
      delay_ms: 50,
    };
    const body = chat('demo', directives, { stream });
    const headers = { 'idempotency-key': 'once' };
    const first = startCall(serving.url, { key: customer.key, headers, body });
    first.opened.catch(() => {});
    if (stream) await eventually(() => expect(first.received()).toContain('data:'));
    else
      await eventually(async () => expect((await walletOf(serving, customer)).held).not.toBe(0n));
    first.leave();
    expect(await endedCall(serving, customer)).toMatchObject({ error_code: 'client_gone' });
    const again = await call(customer, { body });
    expect([again.status, isReplay(again)]).toEqual([200, true]);
    if (stream)
      expect(again.body.toString()).toMatch(/"finish_reason":"stop".*\n\ndata: \[DONE\]\n\n$/s);
    else expect(jsonOf(again)).toHaveProperty('usage.completion_tokens', 10);
    await expectOneCharge(serving, customer, 230n);
  });
});
