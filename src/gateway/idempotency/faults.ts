import { Fault, formatCallId } from '../../kernel/index.ts';

/** A caller is told to wait no longer: a dead process's calls are resolved within a minute. */
const RETRY_AFTER_MAX_SECONDS = 30;

/** The call before this one is still under way. Wait as long again as it has taken so far. */
export function keyInUse(callId: string, ageMs: number): Fault {
  return new Fault({
    code: 'idempotency_key_in_use',
    status: 409,
    message:
      `The call ${formatCallId(callId)} with this Idempotency-Key is still under way. ` +
      'Nothing was charged for this one; send it again later to get that answer.',
    param: 'Idempotency-Key',
    retryAfterSeconds: Math.min(Math.ceil(ageMs / 1_000), RETRY_AFTER_MAX_SECONDS),
  });
}

/** This call took too long to begin, and another took its key. Its answer is withheld. */
export function keyTaken(): Fault {
  return new Fault({
    code: 'idempotency_key_in_use',
    status: 409,
    message:
      'Another call has taken over this Idempotency-Key meanwhile. Nothing was charged for this ' +
      'one; send it again to get the answer of the other.',
    param: 'Idempotency-Key',
    retryAfterSeconds: 1,
  });
}

/** The key belongs to another request. */
export function keyReused(callId: string): Fault {
  return new Fault({
    code: 'idempotency_key_reused',
    status: 422,
    message:
      `This Idempotency-Key was used with another body, for the call ${formatCallId(callId)}. ` +
      'Use a new key for a new request; repeat a request byte for byte.',
    param: 'Idempotency-Key',
  });
}

/** The work was done and paid, and its answer cannot be had again. */
export function answerNotKept(callId: string): Fault {
  const id = formatCallId(callId);
  return new Fault({
    code: 'answer_not_kept',
    status: 409,
    message:
      `The call ${id} with this Idempotency-Key was charged, but its answer was not kept: it ` +
      `broke off, or it is larger than 1 MB. GET /v1/calls/${id} tells what it cost. To ask once ` +
      'more, and pay once more, use a new key.',
    param: 'Idempotency-Key',
    headers: { 'x-should-retry': 'false' },
  });
}
