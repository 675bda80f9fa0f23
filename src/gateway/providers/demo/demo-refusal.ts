/** An answer other than 200, in the shape of OpenAI's API. */
export class OpenAiRefusal extends Error {
  override name = 'OpenAiRefusal';
  readonly status: number;
  readonly param: string | null;
  readonly code: string | null;
  readonly retryAfterSeconds: number | undefined;

  constructor(options: {
    status: number;
    message: string;
    param?: string | null;
    code?: string | null;
    retryAfterSeconds?: number | undefined;
  }) {
    super(options.message);
    this.status = options.status;
    this.param = options.param ?? null;
    this.code = options.code ?? null;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** The JSON body: all four members are always there. */
  body(): string {
    const { message, param, code } = this;
    return JSON.stringify({ error: { message, type: typeOf(this.status), param, code } });
  }
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}
