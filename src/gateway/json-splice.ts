/** The edits of one {@link spliceJson}. */
export interface JsonEdits {
  /** Member name to its new value, written as JSON. */
  readonly set?: Readonly<Record<string, string>>;
  /** Names of members to take out. */
  readonly remove?: readonly string[];
}

/** One member of the object, with the white space around it but without the commas. */
interface Member {
  readonly name: string;
  readonly start: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly end: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/**
 * Edits top-level members of a JSON object in its bytes, so that numbers, order, spacing and
 * unknown members reach the upstream as the caller wrote them. The body must be a JSON object
 * that `JSON.parse` has accepted; anything else throws. Names are compared decoded, `"mod\u0065l"`
 * is `model`. A member that stands twice is left only once, with the value `JSON.parse` sees
 * (the last), so that no upstream can read another value than the gateway did. Returns the same
 * buffer when nothing changes.
 */
export function spliceJson(body: Buffer, edits: JsonEdits): Buffer {
  const { members, open, close } = readMembers(body);
  const last = new Map<string, Member>();
  for (const member of members) last.set(member.name, member);
  return isAsWanted(body, members, last, edits)
    ? body
    : writeMembers(body, { members, last, open, close }, edits);
}

/** As most bodies are: nothing stands twice, nothing is to be taken out or to be changed. */
function isAsWanted(
  body: Buffer,
  members: readonly Member[],
  last: ReadonlyMap<string, Member>,
  { set = {}, remove = [] }: JsonEdits,
): boolean {
  if (last.size < members.length) return false;
  for (const name of remove) {
    if (last.has(name) && !Object.hasOwn(set, name)) return false;
  }
  for (const name in set) {
    const member = last.get(name);
    if (member === undefined || !rawEquals(body, member, set[name] as string)) return false;
  }
  return true;
}

function writeMembers(
  body: Buffer,
  object: {
    readonly members: readonly Member[];
    readonly last: ReadonlyMap<string, Member>;
    readonly open: number;
    readonly close: number;
  },
  edits: JsonEdits,
): Buffer {
  const { members, last, open, close } = object;
  const values = new Map(Object.entries(edits.set ?? {}));
  const removed = new Set(edits.remove);
  const parts: Buffer[] = [body.subarray(0, open)];
  const comma = Buffer.of(COMMA);
  let written = 0;
  const write = (...pieces: Buffer[]) => {
    if (written > 0) parts.push(comma);
    parts.push(...pieces);
    written += 1;
  };
  for (const member of members) {
    const value = values.get(member.name);
    if (last.get(member.name) !== member) continue;
    if (value === undefined) {
      if (!removed.has(member.name)) write(body.subarray(member.start, member.end));
    } else if (rawEquals(body, member, value)) {
      write(body.subarray(member.start, member.end));
    } else {
      const before = body.subarray(member.start, member.valueStart);
      write(before, Buffer.from(value), body.subarray(member.valueEnd, member.end));
    }
  }
  for (const [name, value] of values) {
    if (!last.has(name)) write(Buffer.from(`${JSON.stringify(name)}:${value}`));
  }
  return Buffer.concat([...parts, body.subarray(close)]);
}

function rawEquals(body: Buffer, member: Member, value: string): boolean {
  const size = member.valueEnd - member.valueStart;
  return (
    size === Buffer.byteLength(value) &&
    body.subarray(member.valueStart, member.valueEnd).equals(Buffer.from(value))
  );
}

function readMembers(body: Buffer): { members: Member[]; open: number; close: number } {
  const first = skipSpace(body, 0);
  if (body[first] !== OPEN_OBJECT) throw notAnObject();
  const members: Member[] = [];
  let start = first + 1;
  while (start < body.length) {
    const nameStart = skipSpace(body, start);
    if (body[nameStart] === CLOSE_OBJECT && members.length === 0) {
      return { members, open: first + 1, close: nameStart };
    }
    const nameEnd = stringEnd(body, nameStart);
    const colon = skipSpace(body, nameEnd);
    if (body[colon] !== COLON) throw notAnObject();
    const valueStart = skipSpace(body, colon + 1);
    const valueEnd = endOfValue(body, valueStart);
    const end = skipSpace(body, valueEnd);
    members.push({ name: readName(body, nameStart, nameEnd), start, valueStart, valueEnd, end });
    if (body[end] === CLOSE_OBJECT) return { members, open: first + 1, close: end };
    if (body[end] !== COMMA) throw notAnObject();
    start = end + 1;
  }
  throw notAnObject();
}

function readName(body: Buffer, start: number, end: number): string {
  const quoted = body.toString('utf8', start, end);
  // Reading escapes costs more than all else here, and names have none.
  return quoted.includes('\\') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
}

/** The place after the value that starts here. */
function endOfValue(body: Buffer, start: number): number {
  const first = body[start];
  if (first === QUOTE) return stringEnd(body, start);
  let at = start;
  if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) {
    while (at < body.length && !isDelimiter(body[at])) at += 1;
    return at;
  }
  let depth = 0;
  while (at < body.length) {
    const byte = body[at];
    if (byte === QUOTE) {
      at = stringEnd(body, at);
      continue;
    }
    at += 1;
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
    if (depth === 0) return at;
  }
  throw notAnObject();
}

/** The place after the string that starts here. */
function stringEnd(body: Buffer, start: number): number {
  if (body[start] !== QUOTE) throw notAnObject();
  let quote = body.indexOf(QUOTE, start + 1);
  while (quote >= 0) {
    let backslashes = 0;
    while (body[quote - 1 - backslashes] === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
    quote = body.indexOf(QUOTE, quote + 1);
  }
  throw notAnObject();
}

function skipSpace(body: Buffer, from: number): number {
  let at = from;
  while (isSpace(body[at])) at += 1;
  return at;
}

const isSpace = (byte: number | undefined) =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

const isDelimiter = (byte: number | undefined) =>
  byte === COMMA || byte === CLOSE_OBJECT || isSpace(byte);

const notAnObject = () => new SyntaxError('The body is not a JSON object.');
