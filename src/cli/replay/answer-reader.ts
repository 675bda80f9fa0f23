const EVENT_END = Buffer.from('\n\n');
const NEWLINE = 0x0a;
/** More than the last two events of a stream take. */
const TAIL_BYTES = 4_096;
const DONE = 'data: [DONE]';

/** The token counts of a usage event. */
export interface ReportedUsage {
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly completionTokens: number;
  readonly reasoningTokens: number;
}

/**
 * Reads a stream of events without taking it apart: counts the events and keeps the last bytes,
 * which tell how it ended. A replay reads millions of events beside the server that sends them.
 */
export class AnswerReader {
  #events = 0;
  #endsInNewline = false;
  #tail: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    let from = 0;
    if (this.#endsInNewline && chunk[0] === NEWLINE) {
      this.#events += 1;
      from = 1;
    }
    for (let at = chunk.indexOf(EVENT_END, from); at >= 0; at = chunk.indexOf(EVENT_END, from)) {
      this.#events += 1;
      from = at + EVENT_END.length;
    }
    this.#endsInNewline = from < chunk.length && chunk[chunk.length - 1] === NEWLINE;
    this.#tail =
      chunk.length >= TAIL_BYTES
        ? Buffer.from(chunk.subarray(-TAIL_BYTES))
        : Buffer.concat([this.#tail, chunk]).subarray(-TAIL_BYTES);
  }

  /** How it ended: all events counted, whether `[DONE]` came last, the usage before it if any. */
  end(): { events: number; isDone: boolean; usage: ReportedUsage | undefined } {
    const events = this.#tail.toString('utf8').split('\n\n');
    const isDone = events.at(-1) === '' && events.at(-2) === DONE;
    return { events: this.#events, isDone, usage: isDone ? readUsage(events.at(-3)) : undefined };
  }

  /** The beginning of what came, for a message about an answer that is no stream. */
  excerpt(): string {
    return this.#tail.toString('utf8').replaceAll(/\s+/g, ' ').slice(0, 200);
  }
}

interface UsageMembers {
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly prompt_tokens_details?: { readonly cached_tokens?: number };
  readonly completion_tokens_details?: { readonly reasoning_tokens?: number };
}

function readUsage(event: string | undefined): ReportedUsage | undefined {
  const usage = parse(event?.replace(/^data: /, ''))?.usage;
  if (usage === undefined || usage === null) return undefined;
  return {
    promptTokens: usage.prompt_tokens ?? 0,
    cachedTokens: usage.prompt_tokens_details?.cached_tokens ?? 0,
    completionTokens: usage.completion_tokens ?? 0,
    reasoningTokens: usage.completion_tokens_details?.reasoning_tokens ?? 0,
  };
}

function parse(text: string | undefined): { usage?: UsageMembers | null } | undefined {
  try {
    return JSON.parse(text ?? '') as { usage?: UsageMembers | null };
  } catch {
    return undefined;
  }
}
