import { expect } from 'vitest';
import { type RawAnswer, rawCall } from '../raw-call.ts';
import type { Serving, TestCustomer } from '../serving.ts';
import { callsOf, chat, walletOf } from './market.ts';

/** What a new customer has, in nano-dollars. */
export const BALANCE = 1_000_000_000n;

/** What is sent instead of what {@link keyedCall} sends by itself. */
export interface Sent {
  readonly body?: unknown;
  readonly path?: string;
  readonly key?: string | readonly string[];
  readonly apiKey?: string;
}

/** A call of the customer with the Idempotency-Key 'once'; its price at 10 and 20 is 110. */
export function keyedCall(
  { url }: { readonly url: string },
  customer: TestCustomer,
  sent: Sent = {},
): Promise<RawAnswer> {
  const { body = chat('demo', { prompt_tokens: 3, completion_tokens: 4 }), path } = sent;
  return rawCall(url, {
    key: sent.apiKey ?? customer.key,
    headers: { 'idempotency-key': sent.key ?? 'once' },
    body,
    ...(path === undefined ? {} : { path }),
  });
}

export const isReplay = ({ headers }: RawAnswer) => headers['idempotent-replayed'] === 'true';
export const idOf = ({ headers }: RawAnswer) => headers['x-request-id'];

/** The customer has paid for one call of this price, and nothing is held. */
export async function expectOneCharge(
  serving: Serving,
  customer: TestCustomer,
  charge: bigint,
): Promise<void> {
  const settled = (await callsOf(serving, customer)).filter((row) => row.outcome === 'settled');
  expect(settled.map((row) => row.charge)).toEqual([charge]);
  expect(await walletOf(serving, customer)).toEqual({ balance: BALANCE - charge, held: 0n });
}
