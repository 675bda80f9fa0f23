import { STATUS_CODES } from 'node:http';
import { isPassing } from '../db/index.ts';
import { Fault, type Log } from '../kernel/index.ts';
import { InvalidRequest, QuotaExceeded } from './faults.ts';

/** Which body an error has: OpenAI's on its paths, RFC 9457's everywhere else. */
export type ErrorShape = 'openai' | 'problem';

/** An error ready to be sent. */
export interface RenderedError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Turns anything thrown into a Fault that a caller may see, and logs what they may not see. What
 * is not a Fault becomes 500 `internal_error` with a neutral text, or 503 `database_unavailable`
 * when the database cannot be reached, or cannot do it at this moment.
 */
export function faultOf(error: unknown, requestId: string, log: Log): Fault {
  if (error instanceof Fault) {
    const { code, status, internal } = error;
    // Refused by the thousand and for no fault of its own: a line without a stack.
    if (code === 'overloaded') log.warn({ requestId, code, status }, 'refused');
    else if (status >= 500) log.error({ requestId, code, status, internal, err: error }, 'failed');
    else if (internal !== undefined) log.warn({ requestId, code, status, internal }, 'refused');
    return error;
  }
  if (isPassing(error)) {
    log.error({ requestId, err: error }, 'the database cannot be reached');
    return new Fault({
      code: 'database_unavailable',
      status: 503,
      message: 'The service cannot reach its database at the moment. Try again shortly.',
      retryAfterSeconds: 1,
    });
  }
  log.error({ requestId, err: error }, 'unexpected error');
  return new Fault({
    code: 'internal_error',
    status: 500,
    message: 'Something went wrong on our side. Quote the request id if you report it.',
  });
}

/** Renders a fault in the given shape, with the headers that tell a client whether to retry. */
export function renderFault(shape: ErrorShape, fault: Fault, requestId: string): RenderedError {
  return {
    status: fault.status,
    headers: {
      'content-type': shape === 'openai' ? 'application/json' : 'application/problem+json',
      'x-request-id': requestId,
      ...fault.headers,
      ...retryHeaders(fault),
    },
    body: JSON.stringify(shape === 'openai' ? openAiError(fault) : problem(fault, requestId)),
  };
}

/** The error object of OpenAI's API, all four keys always present: also a stream's error event. */
export function openAiError(fault: Fault): {
  error: { message: string; type: string; param: string | null; code: string };
} {
  const { message, param, code } = fault;
  return { error: { message, type: openAiType(fault), param, code } };
}

/** Registered by draft-ietf-httpapi-ratelimit-headers. */
const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded';

function problem(fault: Fault, requestId: string): Record<string, unknown> {
  const isQuota = fault instanceof QuotaExceeded;
  return {
    type: isQuota ? QUOTA_EXCEEDED : `/docs/errors/${encodeURIComponent(fault.code)}`,
    title: titleOf(fault.code),
    status: fault.status,
    detail: fault.message,
    code: fault.code,
    request_id: requestId,
    errors: fieldErrors(fault),
    ...(isQuota && { 'violated-policies': fault.violatedPolicies }),
  };
}

function fieldErrors(fault: Fault): readonly { path: string; message: string }[] {
  if (fault instanceof InvalidRequest) return fault.errors;
  return fault.param === null ? [] : [{ path: fault.param, message: fault.message }];
}

function titleOf(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The name of an HTTP status, for answers written without node's help. */
export function reasonOf(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}

function openAiType(fault: Fault): string {
  switch (fault.status) {
    case 401:
      return 'authentication_error';
    case 402:
      return 'insufficient_quota';
    case 403:
      return 'permission_error';
    case 404:
      return 'not_found_error';
    case 429:
      return fault.retryAfterSeconds === undefined && !(fault instanceof QuotaExceeded)
        ? 'insufficient_quota'
        : 'rate_limit_error';
    default:
      return fault.status >= 500 ? 'server_error' : 'invalid_request_error';
  }
}

/**
 * OpenAI's clients retry 408, 409, 429 and 5xx by themselves. A refusal that no wait will change
 * says so, or an empty wallet would become three requests.
 */
function retryHeaders(fault: Fault): Record<string, string> {
  const { status, retryAfterSeconds } = fault;
  if (retryAfterSeconds !== undefined) {
    return { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds))) };
  }
  if (status === 503) return { 'retry-after': '1' };
  const hopeless = status < 500 && status !== 408 && status !== 409;
  return hopeless ? { 'x-should-retry': 'false' } : {};
}
