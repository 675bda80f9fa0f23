import type { z } from '@hono/zod-openapi';
import { type Amount, formatAmount, formatCallId, formatRowId } from '../../kernel/index.ts';
import type { CallRecord } from '../../metering/index.ts';
import type { Call } from './contract.ts';

/** What was counted, as numbers. */
export function quantities(usage: CallRecord['usage']): Record<string, number> {
  return Object.fromEntries(Object.entries(usage).map(([name, n]) => [name, Number(n)]));
}

/** Writes a call with its bill: for its customer all there is, and for the seller most of it. */
export function callBody(call: CallRecord): z.input<typeof Call> {
  const exact = (amount: Amount) => formatAmount(amount, call.scale);
  const [cost, price, held] = [exact(call.charge), exact(call.price), exact(call.held)];
  return {
    id: formatCallId(call.id),
    object: 'call',
    status: call.status,
    http_status: call.httpStatus,
    model: call.model,
    key: call.keyId === null ? null : formatRowId('key', call.keyId),
    streamed: call.streamed,
    estimated: call.estimated,
    usage: quantities(call.usage),
    lines: call.lines.map((line) => ({
      component: line.component,
      quantity: Number(line.quantity),
      priced_as: line.pricedAs,
      amount: exact(line.amount),
      per: Number(line.per),
    })),
    unit: call.unit,
    cost: Number(cost),
    cost_exact: cost,
    price: Number(price),
    price_exact: price,
    held: Number(held),
    held_exact: held,
    created_at: call.heldAt.toISOString(),
    settled_at: call.settledAt?.toISOString() ?? null,
    first_byte_ms: call.firstByteMs,
    latency_ms: call.latencyMs,
    error_code: call.errorCode,
  };
}
