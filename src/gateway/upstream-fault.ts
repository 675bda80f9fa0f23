import { Fault } from '../kernel/index.ts';
import { isRecord, parseRecord } from './chat-chunk.ts';
import type { UpstreamFailure } from './upstream-call.ts';

/** The caller's own mistake, as the provider tells it: worth passing on, no other route helps. */
const CALLERS_FAULT = new Set([400, 409, 413, 415, 422]);
const TEXT_MAX = 1_000;
/** What may stand in a call's row: a provider may send anything. */
const CODE = /^[\w.:-]{1,64}$/;

/** May another upstream be tried? When nothing was handed on and the caller is not at fault. */
export function mayTryAnother(failure: UpstreamFailure): boolean {
  if (failure.bodyBytes > 0 || failure.kind === 'aborted' || failure.kind === 'consumer') {
    return false;
  }
  return failure.answer === undefined || !CALLERS_FAULT.has(failure.answer.status);
}

/**
 * What the caller is told of an upstream's failure. A refusal that is about the request keeps its
 * status, text, code and parameter; one about the seller's own account, a time-out or a broken
 * connection becomes 502, 503 or 504, without the provider's details.
 */
export function upstreamFault(failure: UpstreamFailure): Fault {
  const internal = `upstream ${failure.kind}: ${failure.detail}`;
  const { answer } = failure;
  if (answer !== undefined && CALLERS_FAULT.has(answer.status)) {
    return passedOn(answer.status, parseRecord(answer.body), internal);
  }
  if (answer?.status === 429) {
    return new Fault({
      code: 'upstream_rate_limited',
      status: 429,
      message: "The provider's own limit is reached. Nothing was charged; try again shortly.",
      retryAfterSeconds: retryAfter(answer.headers['retry-after']),
      internal,
    });
  }
  if (failure.kind === 'aborted') return serverStopping(internal);
  const isTimeout = failure.kind.startsWith('timeout');
  return new Fault({
    code: isTimeout ? 'upstream_timeout' : 'upstream_error',
    status: isTimeout ? 504 : 502,
    message: isTimeout
      ? 'The provider did not answer in time. Nothing was charged; try again.'
      : 'The provider failed to answer. Nothing was charged; try again.',
    internal,
  });
}

/** An error that the provider reported inside its answer: an event of a stream, a body of 200. */
export function reportedFault(error: unknown): Fault {
  const text = isRecord(error) && typeof error.message === 'string' ? error.message : undefined;
  return new Fault({
    code: 'upstream_error',
    status: 502,
    message: `The provider reported an error${text ? `: ${text.slice(0, TEXT_MAX)}` : '.'}`,
    internal: `upstream reported ${JSON.stringify(error)?.slice(0, TEXT_MAX)}`,
  });
}

/** The one reason of ours to end a call whose caller is still there. */
function serverStopping(internal: string): Fault {
  return new Fault({
    code: 'server_stopping',
    status: 503,
    message: 'The server is being restarted. Only what was delivered is charged; try again.',
    retryAfterSeconds: 1,
    internal,
  });
}

/** The answer ended before it was complete. */
export function cutFault(detail: string): Fault {
  return new Fault({
    code: 'upstream_error',
    status: 502,
    message: 'The provider broke off its answer. Only what was delivered is charged.',
    internal: detail,
  });
}

function passedOn(status: number, body: unknown, internal: string): Fault {
  const error = isRecord(body) && isRecord(body.error) ? body.error : {};
  const text = (value: unknown) =>
    typeof value === 'string' && value !== '' ? value.slice(0, TEXT_MAX) : undefined;
  return new Fault({
    code: CODE.test(text(error.code) ?? '') ? String(error.code) : 'invalid_request',
    status,
    message: text(error.message) ?? 'The provider refused this request as not valid.',
    param: text(error.param) ?? null,
    internal,
  });
}

function retryAfter(header: string | string[] | undefined): number {
  const seconds = Number(Array.isArray(header) ? header[0] : header);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3_600) : 2;
}
