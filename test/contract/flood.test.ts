import { afterAll, beforeAll, expect, test } from 'vitest';
import { rawCall } from '../raw-call.ts';
import { type Serving, startServing, type TestCustomer } from '../serving.ts';
import { callsOf, chat, eventually, untilSold, walletOf } from './market.ts';

const CLIENTS = 64;
const CALLS_EACH = 5;
const BALANCE = 1_000_000n;
const PRICE = 30n;

let serving: Serving;
beforeAll(async () => {
  serving = await startServing();
  await serving.sellModel('m', { input: 0n, output: 10n });
  await untilSold(serving, 'm');
});
afterAll(() => serving?.close());

const call = ({ key }: TestCustomer) =>
  rawCall(serving.url, { key, body: chat('m', { completion_tokens: 3 }, { max_tokens: 5 }) });

const openCustomers = (count: number, balance: bigint) =>
  Promise.all(Array.from({ length: count }, () => serving.openCustomer(balance)));

test.each([
  ['without money', 402, 0n, {}],
  ['at its limit', 429, BALANCE, { requests_per_day: 1n }],
] as const)(
  'a flood of 64 clients %s takes no call of 64 who pay',
  async (...row) => {
    const [, status, balance, limits] = row;
    const flooder = await serving.openCustomer(balance, limits);
    const first = await call(flooder);
    expect(first.status).toBe(status === 429 ? 200 : status);
    const paying = await openCustomers(CLIENTS, BALANCE);
    let isOver = false;
    const refused: number[] = [];
    const flood = Array.from({ length: CLIENTS }, async () => {
      while (!isOver) refused.push((await call(flooder)).status);
    });
    const paid = paying.map(async (customer) => {
      const statuses: number[] = [];
      for (let n = 0; n < CALLS_EACH; n += 1) statuses.push((await call(customer)).status);
      return statuses;
    });
    expect(await Promise.all(paid)).toEqual(paying.map(() => Array(CALLS_EACH).fill(200)));
    isOver = true;
    await Promise.all(flood);
    expect(new Set(refused)).toEqual(new Set([status]));
    expect(refused.length).toBeGreaterThanOrEqual(CLIENTS);
    await eventually(async () => {
      const wallets = await Promise.all(paying.map((one) => walletOf(serving, one)));
      const left = BALANCE - BigInt(CALLS_EACH) * PRICE;
      expect(wallets).toEqual(paying.map(() => ({ balance: left, held: 0n })));
    });
    expect(await callsOf(serving, flooder)).toHaveLength(first.status === 200 ? 1 : 0);
  },
  180_000,
);
