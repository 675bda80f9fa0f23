import type { ServerResponse } from 'node:http';
import { openAiError } from '../http/index.ts';
import type { Fault } from '../kernel/index.ts';
import { mergeUsage, type Usage, usageFromOpenAI } from '../pricing/index.ts';
import type { Answer, Conclusion, WholeAnswer } from './answer.ts';
import { JsonAnswer } from './answer-json.ts';
import { type ChatChunk, inspectChatChunk } from './chat-chunk.ts';
import { createDeliveredText } from './delivered-text.ts';
import { KeptBytes } from './kept-bytes.ts';
import { createEventSplitter, type EventSplitter, type SseEvent } from './sse.ts';
import type { ResponseHeaders, UpstreamCall, UpstreamOutcome } from './upstream-call.ts';
import { cutFault, reportedFault, upstreamFault } from './upstream-fault.ts';

/** What proxies have to be told of an event stream. */
export const EVENT_STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};
const TRAILER = { trailer: 'x-farebox-cost, x-farebox-balance, x-farebox-overhead-ms' };

/** Clients know the end by it; a provider that forgets it is put right. */
const DONE_EVENT = Buffer.from('data: [DONE]\n\n');

/**
 * A streamed answer: every event goes on at once and untouched, until the one that ends the last
 * choice. From there on events wait for the charge to be recorded, so that nobody has a complete
 * answer that was not paid. The usage event that the caller did not ask for is left out.
 */
export class StreamAnswer implements Answer {
  readonly isComplete: Promise<void>;
  readonly #response: ServerResponse;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #choices: number;
  readonly #wantsUsage: boolean;
  readonly #delivered = createDeliveredText();
  #markComplete: () => void = () => {};
  #call: UpstreamCall | undefined;
  #splitter: EventSplitter = createEventSplitter((event) => this.#onEvent(event));
  /** Set when the upstream answers a stream request with one JSON body, as some do. */
  #whole: JsonAnswer | undefined;
  #waiting: Buffer[] | undefined;
  readonly #finished = new Set<number>();
  #usage: Usage | undefined;
  #isDone = false;
  #fault: Fault | undefined;
  /** What was sent, or would have been if the caller had stayed. */
  readonly #kept: KeptBytes | undefined;
  #isBrokenOff = true;

  constructor(
    response: ServerResponse,
    options: {
      readonly choices: number;
      readonly wantsUsage: boolean;
      readonly headers: Readonly<Record<string, string>>;
      /** The answer will be asked for by {@link toKeep}. */
      readonly keepsAnswer: boolean;
    },
  ) {
    this.#response = response;
    this.#choices = options.choices;
    this.#wantsUsage = options.wantsUsage;
    this.#headers = options.headers;
    this.#kept = options.keepsAnswer ? new KeptBytes() : undefined;
    this.isComplete = new Promise((resolve) => {
      this.#markComplete = resolve;
    });
  }

  begin(call: UpstreamCall): void {
    this.#call = call;
    this.#whole = undefined;
  }

  onHeaders(headers: ResponseHeaders): void {
    const contentType = String(headers['content-type'] ?? '');
    if (!contentType.startsWith('application/json')) return;
    this.#whole = new JsonAnswer(this.#response, this.#headers);
  }

  onData(chunk: Buffer): void {
    if (this.#whole !== undefined) {
      this.#whole.onData(chunk);
      return;
    }
    this.#response.cork();
    try {
      this.#splitter.push(chunk);
    } finally {
      this.#response.uncork();
    }
    this.#keepPace();
  }

  conclude(outcome: UpstreamOutcome, isAbandoned: boolean): Conclusion {
    if (this.#whole !== undefined) return this.#whole.conclude(outcome, isAbandoned);
    if (isAbandoned) {
      const [usage, delivered] = [this.#usage, this.#delivered];
      return { kind: 'delivered', usage, delivered, fault: undefined };
    }
    if (!this.#isDone && this.#fault === undefined) this.#fault = this.#endWithoutDone(outcome);
    const isWorthless = () => this.#delivered.read().texts.length === 0;
    if (this.#fault !== undefined && this.#usage === undefined && isWorthless()) {
      return { kind: 'failed', fault: this.#fault };
    }
    this.#isBrokenOff = this.#fault !== undefined;
    return {
      kind: 'delivered',
      usage: this.#usage,
      delivered: this.#delivered,
      fault: this.#fault,
    };
  }

  toKeep(): WholeAnswer | undefined {
    if (this.#whole !== undefined) return this.#whole.toKeep();
    if (this.#kept === undefined || this.#isBrokenOff) return undefined;
    for (const raw of this.#ending()) this.#kept.add(raw);
    const body = this.#kept.read();
    return body && { contentType: EVENT_STREAM_HEADERS['content-type'], body };
  }

  complete(figures: Readonly<Record<string, string>>): void {
    if (this.#whole !== undefined) {
      this.#whole.complete(figures);
      return;
    }
    if (this.#response.destroyed) return;
    this.#start();
    this.#response.cork();
    for (const raw of this.#ending()) this.#response.write(raw);
    this.#response.addTrailers(figures);
    this.#response.end();
    this.#response.uncork();
  }

  fail(fault: Fault): void {
    this.#response.write(`data: ${JSON.stringify(openAiError(fault))}\n\n`);
    this.#response.end();
  }

  /** The connection ended and no [DONE] had come: was the answer complete all the same? */
  #endWithoutDone(outcome: UpstreamOutcome): Fault | undefined {
    this.#splitter.end();
    if (this.#isFinished()) return undefined;
    if (outcome.kind !== 'complete') {
      const isOurs = outcome.bodyBytes === 0 || outcome.kind === 'aborted';
      return isOurs ? upstreamFault(outcome) : cutFault(outcome.detail);
    }
    if (this.#usage !== undefined) return undefined;
    return cutFault('the stream ended without a finish reason, a usage or [DONE]');
  }

  #onEvent(event: SseEvent): void {
    if (this.#isDone || this.#fault !== undefined) return;
    if (event.data === undefined) {
      // A comment is a heartbeat and must not wait; it carries nothing of the answer.
      this.#send(event.raw);
      return;
    }
    const chunk = inspectChatChunk(event.data);
    if (chunk.kind === 'done') {
      this.#isDone = true;
      this.#holdBack(event.raw);
      this.#markComplete();
      return;
    }
    if (chunk.error !== undefined || event.name === 'error') {
      this.#fault = reportedFault(chunk.error);
      this.#call?.abort();
      return;
    }
    this.#take(event, event.data, chunk);
  }

  #take({ raw }: SseEvent, data: Buffer, chunk: ChatChunk): void {
    if (chunk.usage !== undefined) {
      this.#usage = mergeUsage(this.#usage, usageFromOpenAI(chunk.usage));
      if (chunk.hasNoChoices === true && !this.#wantsUsage) return;
    }
    if (chunk.hasNoChoices !== true) this.#delivered.add(data);
    for (const index of chunk.finished ?? []) this.#finished.add(index);
    if (this.#waiting !== undefined || this.#isFinished()) this.#holdBack(raw);
    else this.#send(raw);
  }

  /** The events that waited for the charge, and the end. */
  #ending(): readonly Buffer[] {
    const waiting = this.#waiting ?? [];
    return this.#isDone ? waiting : [...waiting, DONE_EVENT];
  }

  #isFinished(): boolean {
    return this.#finished.size >= this.#choices;
  }

  #holdBack(raw: Buffer): void {
    this.#waiting ??= [];
    this.#waiting.push(raw);
  }

  #start(): void {
    if (this.#response.headersSent) return;
    this.#response.writeHead(200, { ...EVENT_STREAM_HEADERS, ...TRAILER, ...this.#headers });
  }

  #send(raw: Buffer): void {
    this.#kept?.add(raw);
    if (this.#response.destroyed) return;
    this.#start();
    this.#response.write(raw);
  }

  /** Reads on only as fast as the caller does. */
  #keepPace(): void {
    const { socket } = this.#response;
    if (socket?.writableNeedDrain !== true) return;
    this.#call?.pause();
    socket.once('drain', () => this.#call?.resume());
  }
}
