import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseCallId } from '../../src/kernel/index.ts';
import { emptyLeg } from '../../src/ledger/index.ts';
import { dataOf, errorOf, rawCall, startCall } from '../raw-call.ts';
import {
  chunkEvent,
  DONE_EVENT,
  type ScriptedUpstream,
  startScriptedUpstream,
  streaming,
  usageOf,
} from '../scripted-upstream.ts';
import { type Serving, startServing, type TestCustomer } from '../serving.ts';
import {
  callRow,
  callsOf,
  chat,
  endedCall,
  eventually,
  sellThrough,
  untilSold,
  walletOf,
} from './market.ts';
import { openSecondGateway, type SecondGateway } from './second-gateway.ts';

const BALANCE = 1_000_000_000n;

let serving: Serving;
let upstream: ScriptedUpstream;
/** Waits for a tenth of a second after a caller has left. */
let hasty: SecondGateway;

beforeAll(async () => {
  serving = await startServing();
  upstream = await startScriptedUpstream();
  await serving.sellModel('demo', { input: 10n, output: 20n });
  await sellThrough(serving, 'scripted', { input: 10n, output: 20n }, [upstream.url]);
  await untilSold(serving, 'demo', 'scripted');
  hasty = await openSecondGateway(serving, { streamed: 100, whole: 100 });
});

afterAll(async () => {
  await hasty?.close();
  await serving?.close();
  await upstream?.close();
});

/** Calls as a new customer and leaves once the provider works on it, or once an event came. */
async function leave(url: string, body: Record<string, unknown>): Promise<TestCustomer> {
  const customer = await serving.openCustomer(BALANCE);
  const call = startCall(url, { key: customer.key, body });
  call.opened.catch(() => {});
  if (body.stream === true) await eventually(() => expect(call.received()).toContain('data:'));
  else await eventually(async () => expect((await walletOf(serving, customer)).held).not.toBe(0n));
  call.leave();
  return customer;
}

describe('a caller who leaves pays what the provider reports', () => {
  test('F4, F16, F17: of a stream, as if it had stayed', async () => {
    const directives = { prompt_tokens: 100, completion_tokens: 30, chunk_delay_ms: 10 };
    const customer = await leave(serving.url, chat('demo', directives, { stream: true }));
    expect(await endedCall(serving, customer)).toMatchObject({
      outcome: 'settled',
      charge: 1_600n,
      estimated: false,
      status: 200,
      error_code: 'client_gone',
    });
  });

  test('F7: of a whole answer, though nothing was sent', async () => {
    const directives = { prompt_tokens: 100, completion_tokens: 30, delay_ms: 300 };
    const customer = await leave(serving.url, chat('demo', directives));
    expect(await endedCall(serving, customer)).toMatchObject({
      outcome: 'settled',
      charge: 1_600n,
      estimated: false,
      status: 0,
      error_code: 'client_gone',
    });
  });

  test('of a stream that had stopped because the caller did not read', async () => {
    const many = chunkEvent({ content: 'x'.repeat(1_000) }).repeat(20_000);
    const end = chunkEvent({ finish: 'stop', usage: usageOf(5, 5) });
    upstream.script = streaming(many, end, DONE_EVENT);
    const customer = await serving.openCustomer(BALANCE);
    const body = chat('scripted', {}, { stream: true });
    const call = startCall(serving.url, { key: customer.key, body });
    (await call.opened).pause();
    call.leave();
    expect(await endedCall(serving, customer)).toMatchObject({ charge: 150n, estimated: false });
  });

  test('and nothing when the provider fails after all', async () => {
    const directives = { delay_ms: 200, error_before_first_byte: { status: 500 } };
    const customer = await leave(serving.url, chat('demo', directives));
    const row = await endedCall(serving, customer);
    expect(row).toMatchObject({ outcome: 'released', charge: 0n, error_code: 'client_gone' });
  });
});

describe('a provider that goes on for too long after its caller left is stopped', () => {
  test('F4: the prompt and what it delivered are counted and charged', async () => {
    const before = serving.provider.stats().abortedByClient;
    const directives = { completion_tokens: 4_000, chunk_delay_ms: 5 };
    const customer = await leave(hasty.url, chat('demo', directives, { stream: true }));
    const row = await endedCall(serving, customer);
    expect(row).toMatchObject({ outcome: 'settled', estimated: true, error_code: 'client_gone' });
    expect(row.input).toBe(9n);
    expect(row.output).toBeGreaterThan(0n);
    expect(row.output).toBeLessThan(1_000n);
    expect(row.charge).toBe(90n + row.output * 20n);
    await eventually(() => expect(serving.provider.stats().abortedByClient).toBe(before + 1));
  });

  test.each([false, true])('F4: nothing delivered, the prompt is; streamed: %s', async (stream) => {
    const customer = await serving.openCustomer(BALANCE);
    const body = chat('demo', { hang: true }, { stream });
    const call = startCall(hasty.url, { key: customer.key, body });
    call.opened.catch(() => {});
    await eventually(async () => expect((await walletOf(serving, customer)).held).not.toBe(0n));
    call.leave();
    const row = await endedCall(serving, customer);
    expect(row).toMatchObject({ outcome: 'settled', estimated: true, input: 9n, output: 0n });
    expect(row).toMatchObject({ charge: 90n, status: 0 });
  });

  test('a prompt too deep to be counted is not free: it counts by its size', async () => {
    const deep = '['.repeat(50_000) + ']'.repeat(50_000);
    const text = JSON.stringify(chat('scripted', {}, { stream: true }));
    const body = `${text.slice(0, -1)},"tools":${deep}}`;
    upstream.script = streaming(chunkEvent({ content: 'Hello' }), chunkEvent({ finish: 'stop' }));
    const customer = await serving.openCustomer(BALANCE);
    const answer = await rawCall(serving.url, { key: customer.key, body });
    const row = await callRow(serving, answer.headers['x-request-id']);
    expect(row).toMatchObject({ estimated: true, output: 1n });
    expect(row.input).toBe(BigInt(Math.ceil(body.length / 4)));
  });
});

describe('a charge that cannot be recorded', () => {
  /** Lets no call of this customer be resolved while the work goes on, then tidies up. */
  async function withoutBooks(customer: TestCustomer, work: () => Promise<void>): Promise<void> {
    await serving.db.query(`create function refuse_call() returns trigger language plpgsql
      as $$ begin raise exception 'the books are closed'; end $$`);
    await serving.db.query(`create trigger refuse_call before insert on call for each row
      when (new.account_id = ${customer.accountId}) execute function refuse_call()`);
    try {
      await work();
      const { balance, held } = await walletOf(serving, customer);
      expect([balance, held > 0n]).toEqual([BALANCE, true]);
    } finally {
      await serving.db.query('drop trigger refuse_call on call');
      await serving.db.query('drop function refuse_call');
    }
    await hasty.ledger.tidy();
    expect(await walletOf(serving, customer)).toEqual({ balance: BALANCE, held: 0n });
  }

  test('withholds the end of a stream: an error instead, nothing charged', async () => {
    const customer = await serving.openCustomer(BALANCE);
    const body = chat('demo', { completion_tokens: 3 }, { stream: true });
    await withoutBooks(customer, async () => {
      const answer = await rawCall(hasty.url, { key: customer.key, body });
      const data = dataOf(answer.body);
      expect(JSON.parse(data.at(-1) ?? '')).toHaveProperty(
        'error.code',
        'USAGE_TRANSACTION_FAILED',
      );
      expect(answer.body.toString()).not.toMatch(/\[DONE\]|"finish_reason":"/);
      expect(answer.trailers).toEqual({});
    });
    const [row] = await callsOf(serving, customer);
    expect(row).toMatchObject({ outcome: 'expired', charge: 0n, error_code: 'settle_failed' });
  });

  test('withholds a whole answer', async () => {
    const customer = await serving.openCustomer(BALANCE);
    await withoutBooks(customer, async () => {
      const answer = await rawCall(hasty.url, { key: customer.key, body: chat('demo') });
      expect([answer.status, errorOf(answer).code]).toEqual([500, 'USAGE_TRANSACTION_FAILED']);
      expect(answer.body.toString()).not.toContain('choices');
    });
  });

  test("a hold that cannot be given back does not hide the provider's failure", async () => {
    const customer = await serving.openCustomer(BALANCE);
    const body = chat('demo', { error_before_first_byte: { status: 400, message: 'Not so.' } });
    await withoutBooks(customer, async () => {
      const answer = await rawCall(hasty.url, { key: customer.key, body });
      expect([answer.status, errorOf(answer).message]).toEqual([400, 'Not so.']);
    });
  });

  test('because the hold has expired is booked as lost, and the end is withheld', async () => {
    const customer = await serving.openCustomer(BALANCE);
    const directives = { prompt_tokens: 5, completion_tokens: 10, chunk_delay_ms: 20 };
    const body = chat('demo', directives, { stream: true });
    const call = startCall(hasty.url, { key: customer.key, body });
    const { headers } = await call.opened;
    const callId = parseCallId(String(headers['x-request-id'])) ?? '';
    await hasty.ledger.settle({
      callId,
      outcome: 'expired',
      legs: [emptyLeg(customer.walletId, customer.keyId)],
      estimated: false,
      streamed: true,
      status: 0,
      upstreamId: undefined,
      firstByteMs: undefined,
      latencyMs: undefined,
      errorCode: 'lease_ended',
    });
    const answer = await call.answer;
    expect(dataOf(answer.body)).not.toContain('[DONE]');
    expect(answer.body.toString()).toContain('USAGE_TRANSACTION_FAILED');
    expect(await walletOf(serving, customer)).toEqual({ balance: BALANCE, held: 0n });
    const lost = await serving.db.query<{ amount: bigint }>(
      `select amount from transfer where call_id = $1 and kind = 'lost'`,
      [callId],
    );
    expect(lost).toEqual([{ amount: 250n }]);
  });
});
