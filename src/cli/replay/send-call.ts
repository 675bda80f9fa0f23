import type { Dispatcher } from 'undici';
import { AnswerReader, type ReportedUsage } from './answer-reader.ts';
import type { PlannedCall } from './plan-call.ts';
import { requestBody } from './request-body.ts';

/** What came back for a call, as the wire said it. */
export interface Received {
  readonly line: number;
  /** 0 when there was no answer. */
  readonly status: number;
  readonly requestId: string | undefined;
  /** `x-farebox-hold`, `-cost` and `-balance`, as they were sent. */
  readonly hold: string | undefined;
  readonly cost: string | undefined;
  readonly balance: string | undefined;
  readonly events: number;
  readonly isDone: boolean;
  readonly usage: ReportedUsage | undefined;
  /** Why there is no answer, or what was answered instead of a stream. */
  readonly problem: string | undefined;
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Sends one call and reads its whole answer. Never rejects: what goes wrong is the result. */
export function sendCall(
  server: Dispatcher,
  path: string,
  key: string,
  call: PlannedCall,
): Promise<Received> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const body = requestBody(call);
    server.dispatch({ method: 'POST', path, headers, body }, new CallExchange(call.line, resolve));
  });
}

class CallExchange implements Dispatcher.DispatchHandler {
  readonly #line: number;
  readonly #resolve: (received: Received) => void;
  readonly #reader = new AnswerReader();
  #status = 0;
  #headers: Headers = {};

  constructor(line: number, resolve: (received: Received) => void) {
    this.#line = line;
    this.#resolve = resolve;
  }

  onRequestStart(): void {}

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Headers): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#reader.push(chunk);
  }

  onResponseEnd(_: Dispatcher.DispatchController, trailers: Headers): void {
    const excerpt = this.#status === 200 ? undefined : this.#reader.excerpt();
    this.#finish(trailers, excerpt);
  }

  onResponseError(_: Dispatcher.DispatchController | null, error: Error): void {
    this.#finish({}, error.message === '' ? error.name : error.message);
  }

  #finish(trailers: Headers, problem: string | undefined): void {
    const { events, isDone, usage } = this.#reader.end();
    this.#resolve({
      line: this.#line,
      status: this.#status,
      requestId: text(this.#headers['x-request-id']),
      hold: text(this.#headers['x-farebox-hold']),
      cost: text(trailers['x-farebox-cost']),
      balance: text(trailers['x-farebox-balance']),
      events,
      isDone,
      usage,
      problem,
    });
  }
}

const text = (value: string | string[] | undefined) =>
  Array.isArray(value) ? value.join(', ') : value;
