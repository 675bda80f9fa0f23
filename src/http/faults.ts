import { Fault } from '../kernel/index.ts';

/** One thing wrong with a request: where ('messages.0.role') and what. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** A request that does not fit its route's contract: 400 `invalid_request`, every field named. */
export class InvalidRequest extends Fault {
  override name = 'InvalidRequest';
  readonly errors: readonly FieldError[];

  constructor(errors: readonly FieldError[]) {
    const first = errors[0];
    super({
      code: 'invalid_request',
      status: 400,
      message:
        first === undefined
          ? 'The request does not fit this route.'
          : `${first.path === '' ? 'The request' : `'${first.path}'`}: ${first.message}`,
      param: first === undefined || first.path === '' ? null : first.path,
    });
    this.errors = errors;
  }
}

/** A request that does not fit its limits: the problem type `quota-exceeded` of an IETF draft. */
export class QuotaExceeded extends Fault {
  override name = 'QuotaExceeded';
  /** The limits by the names that they have in `ratelimit-policy`. */
  readonly violatedPolicies: readonly string[];

  constructor(
    options: ConstructorParameters<typeof Fault>[0] & {
      readonly violatedPolicies: readonly string[];
    },
  ) {
    super(options);
    this.violatedPolicies = options.violatedPolicies;
  }
}

/** The client closed its connection before it had sent its request; there is nobody to answer. */
export class ClientGone extends Error {
  override name = 'ClientGone';
}

const TRANSPORT_FAULTS = {
  bad_request: [400, 'This is not a valid HTTP request.'],
  invalid_json: [400, 'The body is not valid JSON. Send one JSON value in UTF-8.'],
  missing_host: [400, 'An HTTP/1.1 request needs exactly one valid Host header.'],
  not_found: [404, 'There is nothing at this address. See /openapi.json for what there is.'],
  method_not_allowed: [405, "This address does not take this method. See the 'allow' header."],
  request_timeout: [408, 'The request took too long to arrive. Send it again.'],
  request_too_large: [413, 'The request body is larger than this server takes.'],
  unsupported_content_encoding: [415, 'Send the body without a content-encoding (identity).'],
  unsupported_media_type: [415, "Send the body with 'content-type: application/json'."],
  headers_too_large: [431, 'The request headers are larger than this server takes.'],
} as const satisfies Record<string, readonly [status: number, message: string]>;

/** The code of a fault that concerns HTTP itself, before any route had a say. */
export type TransportCode = keyof typeof TRANSPORT_FAULTS;

/** Makes the fault of a transport code; `message` replaces the general text with a precise one. */
export function transportFault(code: TransportCode, message?: string): Fault {
  const [status, text] = TRANSPORT_FAULTS[code];
  return new Fault({ code, status, message: message ?? text });
}
