/** Where a call goes and with whose key. */
export interface UpstreamRoute {
  /** `https://api.provider.example/v1`; a query (`?api-version=1`) is kept. */
  readonly baseUrl: string;
  /** The seller's key at the provider, sent as a bearer token; never the caller's. */
  readonly credential: string | undefined;
  /** A seller chose the address: it must lead to the public internet. */
  readonly isGuarded?: boolean;
}

export interface UpstreamTimeouts {
  /** From the start of the call, waiting for a connection included, to the first body byte. */
  readonly firstByteTimeoutMs: number;
  /** Between two reads of the body; does not run while the call is paused. */
  readonly idleTimeoutMs: number;
}

export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface UpstreamRequest {
  readonly route: UpstreamRoute;
  /** Below the base URL: `/chat/completions`. */
  readonly path: string;
  /** POST unless told. */
  readonly method?: 'POST' | 'GET';
  readonly body?: Buffer;
  /** `application/json` unless told. */
  readonly contentType?: string;
  /** `application/json` unless told; a stream is `text/event-stream`. */
  readonly accept?: string;
  readonly timeouts: UpstreamTimeouts;
  /** Called once, for a success (2xx) only, before any data. */
  onHeaders?(status: number, headers: ResponseHeaders): void;
  /** The next bytes of a success's body. Not called after `abort`, nor while paused. */
  onData(chunk: Buffer): void;
}

/**
 * Why a call failed:
 * `refused`, `dns`: no connection, nothing was sent; `timeout_first_byte`, `timeout_idle`: see
 * {@link UpstreamTimeouts}; `cut`: the connection ended before the answer did; `status`: an
 * answer other than 2xx; `protocol`: not HTTP, headers too large, an encoding nobody asked for,
 * or a route that cannot be called; `aborted`: by `abort()` or because the pools were closed;
 * `consumer`: a callback threw.
 */
export type UpstreamFailureKind =
  | 'refused'
  | 'dns'
  | 'timeout_first_byte'
  | 'timeout_idle'
  | 'cut'
  | 'status'
  | 'protocol'
  | 'aborted'
  | 'consumer';

export interface UpstreamFailure {
  readonly kind: UpstreamFailureKind;
  /** For the log: names the cause, never the credential. */
  readonly detail: string;
  /** Bytes of a success's body that were handed on; 0 means that another route may be tried. */
  readonly bodyBytes: number;
  /** The status, headers and up to 1 MB of the body of an answer other than 2xx. */
  readonly answer?: { status: number; headers: ResponseHeaders; body: Buffer };
  /** What a callback threw. */
  readonly error?: unknown;
}

export type UpstreamOutcome = { readonly kind: 'complete'; bodyBytes: number } | UpstreamFailure;

export interface UpstreamCall {
  /** Resolves once, with the end of the call; never rejects. */
  readonly done: Promise<UpstreamOutcome>;
  /** Stops reading; the upstream is slowed down by the connection itself. */
  pause(): void;
  resume(): void;
  /** Ends the call and its connection; without effect after its end. */
  abort(): void;
}
