/** Everything that this client throws by itself. */
export class FareboxError extends Error {
  override name = 'FareboxError';
}

/** One thing wrong with a request: where, and what. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** A refusal by the server. Match on `code`: it is stable, the text is not. */
export class ApiError extends FareboxError {
  override name = 'ApiError';
  readonly status: number;
  readonly code: string;
  /** Quote it when you report a problem. */
  readonly requestId: string | null;
  /** What is wrong with which field. */
  readonly errors: readonly FieldError[];
  /** The page about this code, on the instance that refused. */
  readonly documentation: string | null;
  readonly headers: Headers;

  constructor(status: number, problem: ProblemDocument, headers: Headers) {
    super(problem.detail ?? problem.title ?? `The server answered ${status}.`);
    this.status = status;
    this.code = problem.code ?? 'unknown';
    this.requestId = headers.get('x-request-id') ?? problem.request_id ?? null;
    this.errors = problem.errors ?? [];
    this.documentation = problem.type ?? null;
    this.headers = headers;
  }
}

/** A problem document (RFC 9457); nothing of it is sure to be there. */
export interface ProblemDocument {
  readonly type?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly code?: string;
  readonly request_id?: string;
  readonly errors?: readonly FieldError[];
}

/** 400: the request does not fit; `errors` names what does not. */
export class BadRequestError extends ApiError {
  override name = 'BadRequestError';
}
/** 401: nobody is signed in. */
export class AuthenticationError extends ApiError {
  override name = 'AuthenticationError';
}
/** 402: the wallet does not pay for it. */
export class PaymentRequiredError extends ApiError {
  override name = 'PaymentRequiredError';
}
/** 403: signed in, but this takes more than that. */
export class PermissionDeniedError extends ApiError {
  override name = 'PermissionDeniedError';
}
/** 404: there is no such thing for you. */
export class NotFoundError extends ApiError {
  override name = 'NotFoundError';
}
/** 409: it does not fit what is there already. */
export class ConflictError extends ApiError {
  override name = 'ConflictError';
}
/** 422: well-formed, and not possible. */
export class UnprocessableEntityError extends ApiError {
  override name = 'UnprocessableEntityError';
}
/** 429: too many requests. */
export class RateLimitError extends ApiError {
  override name = 'RateLimitError';
}
/** 5xx: something went wrong on the server's side. */
export class ServerError extends ApiError {
  override name = 'ServerError';
}
/** No answer came: the server cannot be reached, or the line broke. */
export class ConnectionError extends FareboxError {
  override name = 'ConnectionError';
}
/** No answer came in time. */
export class TimeoutError extends ConnectionError {
  override name = 'TimeoutError';
}

const BY_STATUS: Readonly<Record<number, typeof ApiError>> = {
  400: BadRequestError,
  401: AuthenticationError,
  402: PaymentRequiredError,
  403: PermissionDeniedError,
  404: NotFoundError,
  409: ConflictError,
  422: UnprocessableEntityError,
  429: RateLimitError,
};

/** The error of a refusal, by its status. */
export async function errorOf(response: Response): Promise<ApiError> {
  const { status, headers } = response;
  const Kind = BY_STATUS[status] ?? (status >= 500 ? ServerError : ApiError);
  return new Kind(status, await problemOf(response), headers);
}

async function problemOf(response: Response): Promise<ProblemDocument> {
  const text = await response.text().catch(() => '');
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === 'object' && found !== null ? found : {};
  } catch {
    // Something in between has answered, a proxy say: it knows no problem documents.
    return {};
  }
}
