import { parseKey } from '../../tenants/index.ts';

/** What stands where something was blacked out. */
export const REDACTED = '[redacted]';

/** Fields that are never kept, whatever a platform says. */
const ALWAYS = [
  'authorization',
  'proxy_authorization',
  'api_key',
  'apikey',
  'x_api_key',
  'secret',
  'client_secret',
  'password',
  'access_token',
  'refresh_token',
];
/** As long as a key with the shortest prefix, and longer; the checksum tells whether it is one. */
const PERHAPS_A_KEY = /[A-Za-z0-9][A-Za-z0-9_-]{41,}/g;
const BEARER = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi;

/**
 * Blacks out what a text of JSON, or a stream of events with JSON in them, has under the given
 * names, at any depth, also in JSON that is the text of a field; and keys, wherever they stand.
 * Undefined for a text that is neither. `isCut`: the end is missing, so the last line is left out.
 */
export function redactText(
  text: string,
  names: readonly string[],
  isCut: boolean,
): string | undefined {
  const redact = createRedactor(names);
  if (/^\s*[[{]/.test(text)) return isCut ? undefined : redact(text);
  if (!/^(data|event|id|retry|)?:/.test(text)) return undefined;
  const lines = text.split('\n');
  if (isCut) lines.pop();
  return lines.map((line) => redactLine(line, redact)).join('\n');
}

type Redactor = (json: string) => string | undefined;

function redactLine(line: string, redact: Redactor): string {
  const match = /^data: ?(.*?)(\r?)$/.exec(line);
  if (match === null) return redactKeys(line);
  const [, data = '', end = ''] = match;
  if (!/^\s*[[{]/.test(data) || data === '[DONE]') return redactKeys(line);
  return `data: ${redact(data) ?? REDACTED}${end}`;
}

function createRedactor(names: readonly string[]): Redactor {
  const hidden = new Set([...ALWAYS, ...names].map(plain));
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return redactString(value, walk);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [
        redactKeys(name),
        hidden.has(plain(name)) ? REDACTED : walk(each),
      ]),
    );
  };
  return (json) => {
    try {
      return JSON.stringify(walk(JSON.parse(json)));
    } catch {
      // It is no JSON, or deeper than the stack: what cannot be read cannot be blacked out.
      return undefined;
    }
  };
}

/** A text that is JSON itself, such as the arguments of a tool, is read as such. */
function redactString(text: string, walk: (value: unknown) => unknown): string {
  if (/^\s*[[{]/.test(text)) {
    try {
      return JSON.stringify(walk(JSON.parse(text)));
    } catch {
      // A text like any other.
    }
  }
  return redactKeys(text);
}

function redactKeys(text: string): string {
  return text
    .replace(BEARER, `$1 ${REDACTED}`)
    .replace(PERHAPS_A_KEY, (found) => (holdsKey(found) ? REDACTED : found));
}

/** Characters that may stand around a key may be taken for a part of it. */
function holdsKey(text: string): boolean {
  if (parseKey(text) !== undefined) return true;
  return text.split(/(?<=[_-])/).some((_, place, parts) => {
    return place > 0 && parseKey(parts.slice(place).join('')) !== undefined;
  });
}

/** 'X-Api-Key' and 'x_api_key' are one name. */
const plain = (name: string) => name.toLowerCase().replaceAll('-', '_');
