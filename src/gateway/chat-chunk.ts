/** What the gateway has to know of one event of a chat stream. */
export interface ChatChunk {
  /**
   * `delta`: nothing but text or null members, not parsed; `done`: the literal `[DONE]`;
   * `notable`: parsed, and at least one of the members below is set; `broken`: not JSON.
   */
  readonly kind: 'delta' | 'done' | 'notable' | 'broken';
  /** The `usage` object as the upstream sent it; undefined when absent or null. */
  readonly usage?: Readonly<Record<string, unknown>>;
  /** The `error` member when it is there and not null: the stream has failed. */
  readonly error?: unknown;
  /** True when `choices` is there and empty: the shape of the last, usage-only chunk. */
  readonly hasNoChoices?: boolean;
  /** The indexes of the choices whose finish reason this chunk carries. */
  readonly finished?: readonly number[];
}

const DONE = Buffer.from('[DONE]');
const DELTA: ChatChunk = { kind: 'delta' };
const DONE_CHUNK: ChatChunk = { kind: 'done' };
const BROKEN: ChatChunk = { kind: 'broken' };

/**
 * Members whose presence with a value other than null makes a chunk worth parsing. A quote inside
 * a JSON string is written `\"`, so that a text talking about `"usage": 1` does not match.
 */
const NOTABLE = /"(?:usage|error|finish_reason)"\s*:(?!\s*null)|"choices"\s*:\s*\[\s*\]/;

/**
 * Looks at the data of one event of a chat stream. Most events only bring text on; those are
 * recognised by a search over the bytes (a quarter of a microsecond) and never parsed. A wrong
 * hit of that search costs one parse and changes nothing.
 */
export function inspectChatChunk(data: Buffer): ChatChunk {
  if (data.length <= 16 && data.includes(DONE)) return DONE_CHUNK;
  if (!NOTABLE.test(data.toString('latin1'))) return DELTA;
  const body = parseRecord(data);
  if (body === undefined) return BROKEN;
  const choices = Array.isArray(body.choices) ? body.choices.filter(isRecord) : [];
  // Some providers send an empty finish reason with every chunk.
  const finished = choices.filter(hasFinished).map((choice) => Number(choice.index ?? 0));
  const hasNoChoices = Array.isArray(body.choices) && body.choices.length === 0;
  const usage = isRecord(body.usage) ? body.usage : undefined;
  // Some providers send an empty error with every chunk.
  const error = body.error || undefined;
  if (usage === undefined && error === undefined && !hasNoChoices && finished.length === 0) {
    return DELTA;
  }
  return {
    kind: 'notable',
    hasNoChoices,
    finished,
    ...(usage === undefined ? {} : { usage }),
    ...(error === undefined ? {} : { error }),
  };
}

/** Parses JSON and returns it when it is an object; undefined for anything else. */
export function parseRecord(data: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(data.toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const hasFinished = ({ finish_reason: reason }: Record<string, unknown>) =>
  typeof reason === 'string' && reason !== '';
