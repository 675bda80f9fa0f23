import type { z } from '@hono/zod-openapi';
import type { findCallBodies } from '../../../gateway/index.ts';
import { formatAmount, formatCallId, formatRowId } from '../../../kernel/index.ts';
import { type CallLine as CallRow, countedOf, type OwnedCall } from '../../../metering/index.ts';
import { callBody, quantities } from '../../get-call/call-body.ts';
import { shownId } from '../fields.ts';
import type { CallBodies, CallLine, ManagedCall } from './contract.ts';

/** Writes a line of the log. */
export function callLineBody(line: CallRow): z.input<typeof CallLine> {
  const [cost, price] = [line.charge, line.price].map((each) => formatAmount(each, line.scale));
  return {
    id: formatCallId(line.id),
    object: 'call',
    account: formatRowId('acc', line.accountId),
    account_name: line.account,
    upstream: line.upstream,
    key: shownId('key', line.keyId),
    model: line.model,
    status: line.status,
    http_status: line.httpStatus,
    error_code: line.errorCode,
    streamed: line.streamed,
    estimated: line.estimated,
    usage: quantities(countedOf(line)),
    unit: line.unit,
    cost: Number(cost),
    cost_exact: cost ?? '',
    price: Number(price),
    price_exact: price ?? '',
    created_at: line.heldAt.toISOString(),
    settled_at: line.settledAt.toISOString(),
    first_byte_ms: line.firstByteMs,
    latency_ms: line.latencyMs,
  };
}

/** Writes a call with its bill, and whose it is. */
export function managedCallBody(call: OwnedCall): z.input<typeof ManagedCall> {
  const { event } = call;
  return {
    ...callBody(call),
    account: formatRowId('acc', call.accountId),
    account_name: call.account,
    upstream: call.upstream,
    event: event && { source: event.source, id: event.id, time: event.at.toISOString() },
  };
}

type Kept = NonNullable<Awaited<ReturnType<typeof findCallBodies>>>;

/** Writes what is kept of a call. */
export function callBodiesBody(call: string, kept: Kept): z.input<typeof CallBodies> {
  const shown = ({ text, bytes, isCut }: Kept['request']) => ({
    text: text ?? null,
    ...{ bytes, cut: isCut },
  });
  return {
    object: 'call_bodies',
    call,
    http_status: kept.httpStatus,
    request: shown(kept.request),
    answer: { ...shown(kept.answer), content_type: kept.answer.contentType ?? null },
    kept_until: kept.keptUntil.toISOString(),
  };
}
