/**
 * An error that a caller is meant to see. `code` is stable and documented, `message` tells the
 * caller what happened and what to do; `internal` is for the log alone and may name anything but
 * a secret.
 */
export class Fault extends Error {
  override name = 'Fault';
  readonly code: string;
  readonly status: number;
  /** The field at fault, as a path ('messages.0.role'); null when there is none. */
  readonly param: string | null;
  readonly internal: string | undefined;
  /** Seconds after which a retry makes sense; undefined when a retry alone will not help. */
  readonly retryAfterSeconds: number | undefined;
  /** Headers that the answer carries with it: what a rate limit leaves, say. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(options: {
    code: string;
    status: number;
    message: string;
    param?: string | null;
    internal?: string;
    retryAfterSeconds?: number;
    headers?: Readonly<Record<string, string>>;
    cause?: unknown;
  }) {
    super(options.message, { cause: options.cause });
    this.code = options.code;
    this.status = options.status;
    this.param = options.param ?? null;
    this.internal = options.internal;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.headers = options.headers ?? {};
  }
}

/** There is more to do than can be done now: refused before anything was, to be sent again. */
export function overloaded(): Fault {
  return new Fault({
    code: 'overloaded',
    status: 503,
    message:
      'Too many requests are waiting at this moment. Nothing was charged; try again shortly.',
    retryAfterSeconds: 1,
  });
}
