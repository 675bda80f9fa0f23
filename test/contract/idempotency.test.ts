import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeOldRecords } from '../../src/gateway/idempotency/records.ts';
import { createKey } from '../../src/tenants/index.ts';
import { testIds } from '../books.ts';
import { errorOf, rawCall } from '../raw-call.ts';
import {
  answering,
  chunkEvent,
  type ScriptedUpstream,
  startScriptedUpstream,
  streaming,
  usageOf,
} from '../scripted-upstream.ts';
import { type Serving, startServing, type TestCustomer } from '../serving.ts';
import { BALANCE, expectOneCharge, idOf, isReplay, keyedCall, type Sent } from './keyed-calls.ts';
import {
  callsOf,
  chat,
  eventually,
  platformOf,
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

describe('a repeat with the same key and body', () => {
  test('gets the same answer byte for byte, and nothing is asked, held or charged', async () => {
    const customer = await serving.openCustomer(BALANCE);
    const body =
      '{"id":"x", "choices":[{"index":0,"message":{"role":"assistant","content":"\\u00e9é"}}],' +
      `"n":1.10,"usage":${JSON.stringify(usageOf(3, 4))}}\n`;
    upstream.script = answering(body);
    const sent = { body: chat('scripted') };
    const first = await call(customer, sent);
    const asked = upstream.seen.length;
    const again = await call(customer, sent);
    expect([first.status, isReplay(first)]).toEqual([200, false]);
    expect([again.status, isReplay(again)]).toEqual([200, true]);
    expect(again.body.toString()).toBe(body);
    for (const name of ['x-request-id', 'content-type', 'x-farebox-cost', 'x-farebox-hold']) {
      expect(again.headers[name], name).toBe(first.headers[name]);
    }
    expect(again.headers['x-farebox-cost']).toBe('0.00000011');
    expect(upstream.seen.length).toBe(asked);
    await expectOneCharge(serving, customer, 110n);
    const { status, body: shown } = await rawCall(serving.url, {
      method: 'GET',
      path: `/v1/calls/${idOf(again)}`,
      key: customer.key,
    });
    expect([status, JSON.parse(shown.toString())]).toMatchObject([200, { status: 'settled' }]);
  });

  test('gets a stream whole, as it was sent, with its trailers as headers', async () => {
    const customer = await serving.openCustomer(BALANCE);
    const events = [
      chunkEvent({ content: 'Hé' }),
      ': ping\n',
      chunkEvent({ content: 'llo' }).replaceAll('\n', '\r\n'),
      chunkEvent({ finish: 'stop' }),
      ': late\n',
      chunkEvent({ usage: usageOf(3, 4) }),
    ];
    upstream.script = streaming(...events);
    const sent = { body: chat('scripted', {}, { stream: true }) };
    const first = await call(customer, sent);
    const again = await call(customer, sent);
    expect(first.body.toString()).toMatch(/data: \[DONE\]\n\n$/);
    expect(again.body.toString()).toBe(first.body.toString());
    expect(isReplay(again)).toBe(true);
    expect(again.headers).toMatchObject({
      'x-request-id': idOf(first),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-farebox-cost': first.trailers['x-farebox-cost'],
      'x-farebox-balance': first.trailers['x-farebox-balance'],
    });
    await expectOneCharge(serving, customer, 110n);
  });

  test('is told what is available now, and not what was then', async () => {
    const customer = await serving.openCustomer(BALANCE);
    const first = await call(customer);
    const other = await call(customer, { key: 'other' });
    const again = await call(customer);
    expect(first.headers['x-farebox-balance']).toBe('0.99999989');
    expect(other.headers['x-farebox-balance']).toBe('0.99999978');
    expect(again.headers['x-farebox-balance']).toBe('0.99999978');
  });

  test('is recognised under the other prefix, and with another key of the account', async () => {
    const customer = await serving.openCustomer(BALANCE);
    const made = { ids: testIds, random: serving.instance.random };
    const rotated = await createKey(serving.db, made, {
      platformId: await platformOf(serving),
      accountId: customer.accountId,
      name: 'rotated',
    });
    const first = await call(customer);
    const path = '/api/v1/chat/completions';
    const again = await call(customer, { path, apiKey: rotated.text });
    expect([isReplay(again), idOf(again)]).toEqual([true, idOf(first)]);
    await expectOneCharge(serving, customer, 110n);
  });

  test('of another account is a call of its own', async () => {
    const [one, other] = [await serving.openCustomer(BALANCE), await serving.openCustomer(BALANCE)];
    const answers = [await call(one), await call(other)];
    expect(answers.map(isReplay)).toEqual([false, false]);
    await expectOneCharge(serving, one, 110n);
    await expectOneCharge(serving, other, 110n);
  });

  test('while the call is under way is refused with 409 and a time to come back', async () => {
    const customer = await serving.openCustomer(BALANCE);
    let answerNow = () => {};
    const mayAnswer = new Promise<void>((resolve) => {
      answerNow = resolve;
    });
    const usage = usageOf(1, 1);
    upstream.script = async (response) => {
      await mayAnswer;
      answering(JSON.stringify({ choices: [{ message: {} }], usage }))(response);
    };
    const sent = { body: chat('scripted') };
    const first = call(customer, sent);
    await eventually(async () => expect((await walletOf(serving, customer)).held).not.toBe(0n));
    const refused = await call(customer, sent);
    expect([refused.status, errorOf(refused)]).toMatchObject([
      409,
      { code: 'idempotency_key_in_use', param: 'Idempotency-Key' },
    ]);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.headers['x-should-retry']).toBeUndefined();
    answerNow();
    const answered = await first;
    expect(errorOf(refused).message).toContain(idOf(answered));
    expect((await call(customer, sent)).body).toEqual(answered.body);
    await expectOneCharge(serving, customer, 30n);
  });
});

describe('a key that comes with another body', () => {
  test('is refused with 422, before and after, and harms neither', async () => {
    const customer = await serving.openCustomer(BALANCE);
    await call(customer);
    const other = await call(customer, { body: chat('demo', { prompt_tokens: 5 }) });
    expect([other.status, errorOf(other).code, other.headers['x-should-retry']]).toEqual([
      422,
      'idempotency_key_reused',
      'false',
    ]);
    expect(isReplay(await call(customer))).toBe(true);
    await expectOneCharge(serving, customer, 110n);
  });
});

describe('a key', () => {
  test.each([
    ['empty', ''],
    ['longer than 255 characters', 'x'.repeat(256)],
    ['not ASCII', 'clé'],
    ['sent twice', ['one', 'other']],
  ])('that is %s is refused with 400', async (_, key) => {
    const customer = await serving.openCustomer(BALANCE);
    const refused = await call(customer, { key });
    expect([refused.status, errorOf(refused)]).toMatchObject([
      400,
      { code: 'invalid_idempotency_key', param: 'Idempotency-Key' },
    ]);
    expect(await callsOf(serving, customer)).toEqual([]);
  });

  test.each(['x', '"quoted, as in the draft"', 'x'.repeat(255)])('may be %s', async (key) => {
    const customer = await serving.openCustomer(BALANCE);
    const answers = [await call(customer, { key }), await call(customer, { key })];
    expect(answers.map(isReplay)).toEqual([false, true]);
  });

  test('is remembered for a day, then free again', async () => {
    const customer = await serving.openCustomer(BALANCE);
    await call(customer);
    const age = (time: string) =>
      serving.db.query(
        `update idempotency_record set claimed_at = claimed_at - $2::interval
         where account_id = $1`,
        [customer.accountId, time],
      );
    await age('23 hours 59 minutes');
    await removeOldRecords(serving.db);
    expect(isReplay(await call(customer))).toBe(true);
    await age('1 minute');
    await removeOldRecords(serving.db);
    expect(isReplay(await call(customer))).toBe(false);
  });

  test('and the answer under it can be read in the database by nobody', async () => {
    const customer = await serving.openCustomer(BALANCE);
    const { body } = await call(customer);
    const [row] = await serving.db.query<{ answer: Buffer }>(
      'select answer from idempotency_record where account_id = $1',
      [customer.accountId],
    );
    expect(row?.answer.length).toBeGreaterThan(body.length);
    expect(row?.answer.includes('choices')).toBe(false);
  });
});
