import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Connection } from '../../src/db/index.ts';
import { errorOf, rawCall } from '../raw-call.ts';
import { type Serving, startServing, type TestCustomer } from '../serving.ts';
import { callsOf, chat, eventually, untilSold, walletOf } from './market.ts';

const BALANCE = 1_000_000_000n;
const CALLS = 500;

let serving: Serving;
let customers: TestCustomer[];
let outsider: Connection;

beforeAll(async () => {
  serving = await startServing();
  await serving.sellModel('m', { input: 0n, output: 10n });
  await untilSold(serving, 'm');
  customers = await Promise.all(Array.from({ length: 20 }, () => serving.openCustomer(BALANCE)));
  outsider = await serving.db.connection();
});
afterAll(async () => {
  await outsider?.close();
  await serving?.close();
});

const call = (index: number) =>
  rawCall(serving.url, {
    key: customers[index % customers.length]?.key ?? '',
    body: chat('m', { completion_tokens: 3 }, { max_tokens: 5 }),
  });
const get = (path: string) => rawCall(serving.url, { method: 'GET', path });

test('F30: calls that the database cannot take in time are refused, the next served', async () => {
  // One call of each first, so that all keys are known.
  for (let index = 0; index < customers.length; index += 1) {
    expect((await call(index)).status).toBe(200);
  }
  await outsider.query('begin');
  await outsider.query('select from wallet for update');
  const asked = Promise.all(Array.from({ length: CALLS }, (_, index) => call(index)));
  let isOver = false;
  const over = asked.finally(() => {
    isOver = true;
  });
  let healthy = 0;
  while (!isOver) {
    const { status } = await get('/healthz');
    expect(status).toBe(200);
    healthy += 1;
  }
  expect(healthy).toBeGreaterThan(10);
  for (const answer of await over) {
    const refused = [
      answer.status,
      errorOf(answer).type,
      Number(answer.headers['retry-after']) > 0,
    ];
    expect(refused).toEqual([503, 'server_error', true]);
    expect(errorOf(answer).code).toMatch(/^(overloaded|database_unavailable)$/);
  }
  await outsider.query('rollback');
  const served = await Promise.all(Array.from({ length: CALLS }, (_, index) => call(index)));
  expect(new Set(served.map(({ status }) => status))).toEqual(new Set([200]));
  await eventually(async () => {
    const wallets = await Promise.all(customers.map((one) => walletOf(serving, one)));
    const left = BALANCE - BigInt(CALLS / customers.length + 1) * 30n;
    expect(wallets).toEqual(customers.map(() => ({ balance: left, held: 0n })));
  });
  // What was given up may be there as released, never as charged.
  const rows = await Promise.all(customers.map((one) => callsOf(serving, one)));
  const settled = rows.flat().filter(({ outcome }) => outcome === 'settled');
  expect(settled).toHaveLength(CALLS + customers.length);
}, 60_000);
