import type { ServerResponse } from 'node:http';
import {
  assert,
  formatAmount,
  formatCallId,
  type Log,
  type SecretBox,
  SecretUnreadable,
} from '../../kernel/index.ts';
import { EVENT_STREAM_HEADERS } from '../answer-stream.ts';
import { answerNotKept } from './faults.ts';
import type { IdempotencyRecord } from './records.ts';

/** An answer that was given before, and what its call cost then. */
export interface KeptAnswer {
  readonly kind: 'kept';
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Each call has a key of its own: an answer that is moved to another record cannot be read. */
export const boxOf = (secrets: SecretBox, callId: string): SecretBox =>
  secrets.derive(`idempotency:${callId}`);

/** Opens the answer of a charged call. Fault `answer_not_kept` (409) when it cannot be read. */
export function openAnswer(
  parts: { readonly secrets: SecretBox; readonly log: Log },
  record: IdempotencyRecord,
): KeptAnswer {
  const { callId, contentType } = record;
  assert(record.answer !== null && contentType !== null, 'only a kept answer is replayed');
  try {
    const body = boxOf(parts.secrets, callId).openBytes(record.answer);
    return { kind: 'kept', body, headers: headersOf(record, contentType) };
  } catch (err) {
    if (!(err instanceof SecretUnreadable)) throw err;
    parts.log.error({ err, callId }, 'A kept answer cannot be read.');
    throw answerNotKept(callId);
  }
}

/** The first answer's headers, with the balance of now; a stream's trailers are headers here. */
function headersOf(record: IdempotencyRecord, contentType: string): Record<string, string> {
  const { held, charge, available, scale } = record;
  const amount = (value: bigint | null) => formatAmount(value ?? 0n, scale ?? 0);
  return {
    ...(contentType === EVENT_STREAM_HEADERS['content-type'] ? EVENT_STREAM_HEADERS : {}),
    'content-type': contentType,
    'x-request-id': formatCallId(record.callId),
    'x-farebox-hold': amount(held),
    'x-farebox-cost': amount(charge),
    'x-farebox-balance': amount(available),
    'idempotent-replayed': 'true',
  };
}

/** Sends the answer once more, whole. */
export function sendKept(response: ServerResponse, { body, headers }: KeptAnswer): void {
  response.writeHead(200, { ...headers, 'content-length': body.length }).end(body);
}
