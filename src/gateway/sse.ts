/** One piece of an event stream, as it came over the wire. */
export interface SseEvent {
  /** The exact bytes, including the blank line that ended the event. */
  readonly raw: Buffer;
  /** The `data` lines joined by a line feed; undefined when the event has none. */
  readonly data: Buffer | undefined;
  /** The `event` field; undefined for the usual unnamed event. */
  readonly name: string | undefined;
  /** A comment line (`: ping`) or a stray blank line: nothing that a client is told about. */
  readonly isComment: boolean;
}

/** An event grew beyond the bound; the stream cannot be read on. */
export class EventTooLarge extends Error {
  override name = 'EventTooLarge';
}

export interface EventSplitter {
  /** Takes the next bytes and reports every event they complete. Throws {@link EventTooLarge}. */
  push(chunk: Buffer): void;
  /**
   * Ends the stream and returns the bytes after the last complete event, which by the
   * specification are no event; undefined when there are none.
   */
  end(): Buffer | undefined;
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const MAX_EVENT_BYTES = 64 * 1024 * 1024;

/**
 * Splits a stream of server-sent events (WHATWG HTML, "Server-sent events") at its boundaries
 * without touching a byte: the `raw` of all events and the remainder, put together, are the input.
 * The events do not depend on how the bytes were cut into chunks. Lines end in LF, CRLF or CR; a
 * CR that is the last byte so far waits for the next one, which may belong to it. A comment line
 * between two events is reported at once as an event of its own, so that heartbeats are not held
 * back; inside an event it stays part of that event.
 */
export function createEventSplitter(
  onEvent: (event: SseEvent) => void,
  maxEventBytes: number = MAX_EVENT_BYTES,
): EventSplitter {
  return new ByteSplitter(onEvent, maxEventBytes);
}

class ByteSplitter implements EventSplitter {
  readonly #onEvent: (event: SseEvent) => void;
  readonly #maxEventBytes: number;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  // What is known of the bytes kept: is a line begun, what is its first byte, has a line ended?
  #lineFirstByte = -1;
  #hasEndedLine = false;
  #isFirstEvent = true;

  constructor(onEvent: (event: SseEvent) => void, maxEventBytes: number) {
    this.#onEvent = onEvent;
    this.#maxEventBytes = maxEventBytes;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    const bytes = this.#takeWaitingCr() ? Buffer.concat([Buffer.of(CR), chunk]) : chunk;
    this.#keep(bytes.subarray(this.#scan(bytes, false)));
  }

  end(): Buffer | undefined {
    if (this.#takeWaitingCr()) {
      const bytes = Buffer.of(CR);
      this.#keep(bytes.subarray(this.#scan(bytes, true)));
    }
    const remainder = this.#keptBytes === 0 ? undefined : Buffer.concat(this.#kept);
    this.#kept = [];
    this.#keptBytes = 0;
    return remainder;
  }

  /** Reports what is complete. Returns the first byte that has to wait for more. */
  #scan(bytes: Buffer, isLast: boolean): number {
    const ends = createLineEnds(bytes);
    let eventStart = 0;
    let lineStart = 0;
    while (lineStart < bytes.length) {
      const lineEnd = ends.next(lineStart);
      if (this.#lineFirstByte < 0 && lineEnd !== lineStart) {
        this.#lineFirstByte = bytes[lineStart] ?? -1;
      }
      if (lineEnd < 0 || (!isLast && lineEnd === bytes.length - 1 && bytes[lineEnd] === CR)) break;
      const next = lineEnd + (bytes[lineEnd] === CR && bytes[lineEnd + 1] === LF ? 2 : 1);
      const isBlank = this.#lineFirstByte < 0;
      if (isBlank || (this.#lineFirstByte === COLON && !this.#hasEndedLine)) {
        this.#emit(bytes.subarray(eventStart, next));
        eventStart = next;
      } else {
        this.#hasEndedLine = true;
        this.#lineFirstByte = -1;
      }
      lineStart = next;
    }
    return eventStart;
  }

  #emit(tail: Buffer): void {
    const raw = this.#kept.length === 0 ? tail : Buffer.concat([...this.#kept, tail]);
    this.#kept = [];
    this.#keptBytes = 0;
    this.#lineFirstByte = -1;
    this.#hasEndedLine = false;
    const event = readEvent(raw, this.#isFirstEvent);
    this.#isFirstEvent = false;
    this.#onEvent(event);
  }

  #keep(rest: Buffer): void {
    if (rest.length === 0) return;
    this.#kept.push(rest);
    this.#keptBytes += rest.length;
    if (this.#keptBytes > this.#maxEventBytes) {
      throw new EventTooLarge(`An event of the stream is above ${this.#maxEventBytes} bytes.`);
    }
  }

  /** Takes a CR back that waited for its successor, so that the scan sees the two together. */
  #takeWaitingCr(): boolean {
    const last = this.#kept.at(-1);
    if (last === undefined || last[last.length - 1] !== CR) return false;
    this.#kept[this.#kept.length - 1] = last.subarray(0, last.length - 1);
    this.#keptBytes -= 1;
    return true;
  }
}

/** Finds line ends with two running searches, so that a chunk is read only once for each byte. */
function createLineEnds(bytes: Buffer): { next(from: number): number } {
  let lf = bytes.indexOf(LF);
  let cr = bytes.indexOf(CR);
  return {
    next: (from) => {
      if (lf >= 0 && lf < from) lf = bytes.indexOf(LF, from);
      if (cr >= 0 && cr < from) cr = bytes.indexOf(CR, from);
      if (lf < 0) return cr;
      return cr < 0 || lf < cr ? lf : cr;
    },
  };
}

/** Reads the fields of one complete event. */
function readEvent(raw: Buffer, mayHaveMark: boolean): SseEvent {
  const ends = createLineEnds(raw);
  let data: Buffer | undefined;
  let name: string | undefined;
  let isComment = true;
  const hasMark = mayHaveMark && raw.subarray(0, 3).equals(BYTE_ORDER_MARK);
  let start = hasMark ? BYTE_ORDER_MARK.length : 0;
  while (start < raw.length) {
    const end = ends.next(start);
    if (end > start && raw[start] !== COLON) {
      isComment = false;
      const line = raw.subarray(start, end);
      const value = fieldValue(line, 'data');
      if (value !== undefined) {
        data = data === undefined ? value : Buffer.concat([data, Buffer.of(LF), value]);
      } else {
        name = fieldValue(line, 'event')?.toString('utf8') ?? name;
      }
    }
    start = end + 1;
  }
  return { raw, data, name, isComment };
}

/** The value of a line when it is of that field: what follows the colon and one space. */
function fieldValue(line: Buffer, field: 'data' | 'event'): Buffer | undefined {
  const size = field.length;
  if (line.length < size || line.toString('latin1', 0, size) !== field) return undefined;
  if (line.length === size) return line.subarray(size);
  if (line[size] !== COLON) return undefined;
  return line.subarray(line[size + 1] === SPACE ? size + 2 : size + 1);
}
