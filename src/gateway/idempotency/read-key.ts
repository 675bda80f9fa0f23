import type { IncomingMessage } from 'node:http';
import { Fault } from '../../kernel/index.ts';

const NAME = 'idempotency-key';
const PRINTABLE_ASCII = /^[\x20-\x7e]{1,255}$/;

/** A request, as far as its key is concerned. */
export type RequestHeaders = Pick<IncomingMessage, 'headers' | 'headersDistinct'>;

/**
 * The request's `Idempotency-Key`, undefined when it has none. Fault `invalid_idempotency_key`
 * (400) for one that is empty, too long, has other characters or comes twice.
 */
export function readIdempotencyKey(request: RequestHeaders): string | undefined {
  const key = request.headers[NAME];
  if (key === undefined) return undefined;
  const [first = '', ...more] = request.headersDistinct[NAME] ?? [];
  if (more.length === 0 && PRINTABLE_ASCII.test(first)) return first;
  throw new Fault({
    code: 'invalid_idempotency_key',
    status: 400,
    message: 'Send one Idempotency-Key of 1 to 255 printable ASCII characters, such as a UUID.',
    param: 'Idempotency-Key',
  });
}
