import type { IncomingHttpHeaders } from 'node:http';

/** A request as it arrived. */
export interface DemoSeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface DemoStats {
  /** Requests of any kind whose body has arrived. */
  readonly requests: number;
  /** Chat answers that were written whole, refusals and asked-for faults not among them. */
  readonly completed: number;
  /** Answers whose reader went away before their end. */
  readonly abortedByClient: number;
  /** Answers that are being written. */
  readonly active: number;
}

const MAX_KEPT_REQUESTS = 64;
const MAX_KEPT_BYTES = 64 * 1024 * 1024;

/** Counts requests and keeps the last ones, so that a test can look at their bytes. */
export class DemoJournal {
  readonly #kept: DemoSeenRequest[] = [];
  #keptBytes = 0;
  requests = 0;
  completed = 0;
  abortedByClient = 0;
  active = 0;

  add(request: DemoSeenRequest): void {
    this.requests += 1;
    this.#kept.push(request);
    this.#keptBytes += request.body.length;
    while (this.#kept.length > MAX_KEPT_REQUESTS || this.#keptBytes > MAX_KEPT_BYTES) {
      this.#keptBytes -= this.#kept.shift()?.body.length ?? 0;
    }
  }

  lastRequests(): readonly DemoSeenRequest[] {
    return [...this.#kept];
  }

  stats(): DemoStats {
    const { requests, completed, abortedByClient, active } = this;
    return { requests, completed, abortedByClient, active };
  }
}
