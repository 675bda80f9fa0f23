import type { Fault } from '../kernel/index.ts';
import type { Usage } from '../pricing/index.ts';
import type { DeliveredText } from './delivered-text.ts';
import type { ResponseHeaders, UpstreamCall, UpstreamOutcome } from './upstream-call.ts';

/**
 * What an upstream's answer came to, once it has ended. `failed`: nothing was delivered, nothing is
 * owed. Otherwise the usage it reported, or what it delivered to be counted; `fault` when it broke
 * off, so that the caller gets an error instead of the end.
 */
export type Conclusion =
  | { readonly kind: 'failed'; readonly fault: Fault }
  | {
      readonly kind: 'delivered';
      readonly usage: Usage | undefined;
      readonly delivered: DeliveredText;
      readonly fault: Fault | undefined;
    };

/** An answer from its first byte to its last, as a caller gets it. */
export interface WholeAnswer {
  readonly contentType: string;
  readonly body: Buffer;
}

/** The way of an answer from the upstream to the caller, streamed or whole. */
export interface Answer {
  /** A (next) upstream is being asked. */
  begin(call: UpstreamCall): void;
  onHeaders?(headers: ResponseHeaders): void;
  onData(chunk: Buffer): void;
  /**
   * Resolves early when the answer is known to be complete before the connection says so; undefined
   * where that is never known.
   */
  readonly isComplete: Promise<void> | undefined;
  /** `isAbandoned`: the caller has left, and the time to wait for the usage is over. */
  conclude(outcome: UpstreamOutcome, isAbandoned: boolean): Conclusion;
  /** The concluded answer whole; undefined when it broke off, or is too large to be kept. */
  toKeep(): WholeAnswer | undefined;
  /** Sends what is left, with the figures of the settled call. */
  complete(figures: Readonly<Record<string, string>>): void;
  /** Tells the caller, after the headers went out, that the answer will not be complete. */
  fail(fault: Fault): void;
}
