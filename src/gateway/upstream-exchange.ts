import type { Dispatcher } from 'undici';
import type {
  ResponseHeaders,
  UpstreamCall,
  UpstreamFailureKind,
  UpstreamOutcome,
  UpstreamRequest,
} from './upstream-call.ts';

const MAX_ERROR_BODY_BYTES = 1024 * 1024;

/** One call under way: turns what the connection reports into callbacks and one outcome. */
export class UpstreamExchange implements Dispatcher.DispatchHandler, UpstreamCall {
  readonly done: Promise<UpstreamOutcome>;
  readonly #request: UpstreamRequest;
  #resolve: (outcome: UpstreamOutcome) => void = () => {};
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout;
  #isOver = false;
  #isPaused = false;
  #bodyBytes = 0;
  #refusal: { status: number; headers: ResponseHeaders; body: Buffer[]; bytes: number } | undefined;

  constructor(request: UpstreamRequest) {
    this.#request = request;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#timer = this.#startTimer(request.timeouts.firstByteTimeoutMs);
  }

  pause(): void {
    if (this.#isOver || this.#isPaused) return;
    this.#isPaused = true;
    clearTimeout(this.#timer);
    this.#controller?.pause();
  }

  resume(): void {
    if (this.#isOver || !this.#isPaused) return;
    this.#isPaused = false;
    this.#timer = this.#startTimer(this.#timeoutMs());
    this.#controller?.resume();
  }

  abort(): void {
    this.#fail('aborted', 'the gateway ended the call');
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // The call may have ended while it waited for a connection.
    if (this.#isOver) controller.abort(new Error('the call is over'));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: ResponseHeaders,
  ): void {
    if (this.#isOver || status < 200) return;
    if (this.#isPaused) controller.pause();
    if (status >= 300) {
      this.#refusal = { status, headers, body: [], bytes: 0 };
      return;
    }
    const encoding = headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      this.#fail('protocol', `the answer is encoded as ${String(encoding)}`);
      return;
    }
    this.#consume(() => this.#request.onHeaders?.(status, headers));
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return;
    const isFirst = this.#bodyBytes === 0;
    if (!this.#isPaused && !isFirst) this.#timer.refresh();
    if (this.#refusal !== undefined) {
      this.#collect(this.#refusal, chunk);
      return;
    }
    this.#bodyBytes += chunk.length;
    if (isFirst && !this.#isPaused) {
      clearTimeout(this.#timer);
      this.#timer = this.#startTimer(this.#timeoutMs());
    }
    this.#consume(() => this.#request.onData(chunk));
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    if (this.#refusal !== undefined) this.#fail('status', `status ${this.#refusal.status}`);
    else this.#finish({ kind: 'complete', bodyBytes: this.#bodyBytes });
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const hasStarted = this.#controller !== undefined;
    this.#fail(failureKind(error, hasStarted), describe(error));
  }

  #timeoutMs(): number {
    const { firstByteTimeoutMs, idleTimeoutMs } = this.#request.timeouts;
    return this.#bodyBytes === 0 ? firstByteTimeoutMs : idleTimeoutMs;
  }

  #startTimer(timeoutMs: number): NodeJS.Timeout {
    return setTimeout(() => {
      const kind = this.#bodyBytes === 0 ? 'timeout_first_byte' : 'timeout_idle';
      this.#fail(kind, `nothing came for ${timeoutMs} ms`);
    }, timeoutMs);
  }

  /** Keeps the body of an answer that is no success; what is beyond the bound is not read. */
  #collect(refusal: { body: Buffer[]; bytes: number }, chunk: Buffer): void {
    refusal.body.push(chunk.subarray(0, MAX_ERROR_BODY_BYTES - refusal.bytes));
    refusal.bytes += chunk.length;
    if (refusal.bytes >= MAX_ERROR_BODY_BYTES) this.#fail('status', 'a long error body');
  }

  #consume(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#fail('consumer', describe(error), error);
    }
  }

  #fail(kind: UpstreamFailureKind, detail: string, error?: unknown): void {
    if (this.#isOver) return;
    const bodyBytes = this.#bodyBytes;
    const refusal = this.#refusal;
    // A refusal stays one, even if its body came late or not whole.
    if (refusal !== undefined && kind !== 'aborted') {
      const { status, headers } = refusal;
      const answer = { status, headers, body: Buffer.concat(refusal.body) };
      this.#finish({ kind: 'status', detail: `status ${status}`, bodyBytes, answer });
    } else {
      this.#finish({ kind, detail, bodyBytes, ...(error === undefined ? {} : { error }) });
    }
    this.#controller?.abort(new Error(detail));
  }

  #finish(outcome: UpstreamOutcome): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#resolve(outcome);
  }
}

/** Errors that follow from closing the pools. */
const CLOSED = new Set(['UND_ERR_ABORTED', 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED']);

function failureKind(error: Error, hasStarted: boolean): UpstreamFailureKind {
  const code = 'code' in error ? String(error.code) : '';
  if (CLOSED.has(code)) return 'aborted';
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_HEADERS_OVERFLOW') return 'protocol';
  if (error instanceof TypeError) return 'protocol';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'dns';
  if (!hasStarted) return 'refused';
  // A body that ends too early can also show as a parser error: the end in a wrong state.
  const isNonsense = error.name === 'HTTPParserError' && !error.message.includes('EOF');
  return isNonsense ? 'protocol' : 'cut';
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && error.code !== undefined ? `${String(error.code)}: ` : '';
  return `${code}${error.message}`;
}
