import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataOf, rawCall, startCall } from '../raw-call.ts';
import { type Serving, startServing } from '../serving.ts';
import { chat, endedCall, eventually, untilSold, walletOf } from './market.ts';

let serving: Serving;

beforeAll(async () => {
  serving = await startServing();
  await serving.sellModel('demo', { input: 10n, output: 20n });
  await untilSold(serving, 'demo');
});

afterAll(() => serving?.close());

test('a stop lets short streams end, cuts long ones, and leaves no call open', async () => {
  const begin = async (directives: object, stream: boolean) => {
    const customer = await serving.openCustomer(1_000_000_000n);
    const body = chat('demo', directives, { stream, max_tokens: 4_000 });
    const call = startCall(serving.url, { key: customer.key, body });
    call.opened.catch(() => {});
    await eventually(async () => expect((await walletOf(serving, customer)).held).not.toBe(0n));
    return { customer, call };
  };
  const short = { prompt_tokens: 5, completion_tokens: 5, chunk_delay_ms: 10 };
  const long = { completion_tokens: 4_000, chunk_delay_ms: 10 };
  const [ending, cut, silent] = await Promise.all([
    begin(short, true),
    begin(long, true),
    begin({ hang: true }, false),
  ]);
  await Promise.all([ending.call.opened, cut.call.opened]);

  expect(await serving.stop(1_500)).toBe(2);

  const answer = await ending.call.answer;
  expect(dataOf(answer.body).at(-1)).toBe('[DONE]');
  expect(answer.trailers['x-farebox-cost']).toBe('0.00000015');
  const told = dataOf((await cut.call.answer).body).at(-1) ?? '';
  expect(JSON.parse(told)).toMatchObject({ error: { code: 'server_stopping' } });
  expect(cut.call.received()).not.toContain('[DONE]');
  const row = await endedCall(serving, cut.customer);
  expect(row).toMatchObject({ outcome: 'settled', estimated: true, error_code: 'server_stopping' });
  expect(row.output).toBeGreaterThan(10n);
  expect(row.charge).toBe(row.input * 10n + row.output * 20n);
  const refused = await silent.call.answer;
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
  const released = await endedCall(serving, silent.customer);
  expect(released).toMatchObject({ outcome: 'released', charge: 0n, status: 503 });
  const held = await serving.db.query('select id from wallet where held <> 0');
  expect(held).toEqual([]);
  await expect(rawCall(serving.url, { body: {} })).rejects.toThrow('ECONNREFUSED');
});
