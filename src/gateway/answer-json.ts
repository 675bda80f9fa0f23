import type { ServerResponse } from 'node:http';
import type { Fault } from '../kernel/index.ts';
import { usageFromOpenAI } from '../pricing/index.ts';
import type { Answer, Conclusion, WholeAnswer } from './answer.ts';
import { parseRecord } from './chat-chunk.ts';
import { createDeliveredText } from './delivered-text.ts';
import { KEPT_MAX_BYTES } from './kept-bytes.ts';
import type { UpstreamCall, UpstreamOutcome } from './upstream-call.ts';
import { cutFault, reportedFault, upstreamFault } from './upstream-fault.ts';

const CONTENT_TYPE = 'application/json';
const NOTHING = Buffer.alloc(0);
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** An answer in one piece: collected, settled, then sent, byte for byte. */
export class JsonAnswer implements Answer {
  readonly isComplete = undefined;
  readonly #response: ServerResponse;
  readonly #headers: Readonly<Record<string, string>>;
  #chunks: Buffer[] = [];
  #size = 0;
  #body: Buffer = NOTHING;

  constructor(response: ServerResponse, headers: Readonly<Record<string, string>>) {
    this.#response = response;
    this.#headers = headers;
  }

  begin(_call: UpstreamCall): void {
    this.#chunks = [];
    this.#size = 0;
  }

  onData(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > MAX_ANSWER_BYTES) throw new Error('the answer is larger than 64 MB');
    this.#chunks.push(chunk);
  }

  conclude(outcome: UpstreamOutcome, isAbandoned: boolean): Conclusion {
    const delivered = createDeliveredText();
    // Half a JSON text cannot be read, so only the prompt is counted.
    if (isAbandoned) return { kind: 'delivered', usage: undefined, delivered, fault: undefined };
    if (outcome.kind !== 'complete') return { kind: 'failed', fault: upstreamFault(outcome) };
    const [first] = this.#chunks;
    const isInOnePiece = first !== undefined && first.length === this.#size;
    this.#body = isInOnePiece ? first : Buffer.concat(this.#chunks, this.#size);
    const answer = parseRecord(this.#body);
    if (answer === undefined) {
      return { kind: 'failed', fault: cutFault('the answer is not a JSON object') };
    }
    const usage = usageFromOpenAI(answer.usage);
    const hasChoices = Array.isArray(answer.choices) && answer.choices.length > 0;
    if (!hasChoices && (answer.error || usage === undefined)) {
      return { kind: 'failed', fault: reportedFault(answer.error) };
    }
    delivered.add(this.#body);
    return { kind: 'delivered', usage, delivered, fault: undefined };
  }

  toKeep(): WholeAnswer | undefined {
    const body = this.#body;
    const isKept = body.length > 0 && body.length <= KEPT_MAX_BYTES;
    return isKept ? { contentType: CONTENT_TYPE, body } : undefined;
  }

  complete(figures: Readonly<Record<string, string>>): void {
    this.#response.writeHead(200, {
      'content-type': CONTENT_TYPE,
      'content-length': this.#body.length,
      ...this.#headers,
      ...figures,
    });
    this.#response.end(this.#body);
  }

  fail(_fault: Fault): void {
    // Headers and body go out together, so there is never half an answer to put right.
    this.#response.destroy();
  }
}
