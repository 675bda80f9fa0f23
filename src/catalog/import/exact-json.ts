/** A number of a JSON text, kept as it was written: `3.75e-06` stays `'3.75e-06'`. */
export interface ExactNumber {
  readonly decimal: string;
}

export type ExactJson =
  | string
  | boolean
  | null
  | ExactNumber
  | readonly ExactJson[]
  | { readonly [key: string]: ExactJson };

export type ExactObject = { readonly [key: string]: ExactJson };

// A whole string literal or a number literal (RFC 8259, sections 6 and 7): strings are matched so
// that digits inside of them are left alone.
const STRING_OR_NUMBER =
  /"[^"\\]*(?:\\[\s\S][^"\\]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Reads JSON without passing its numbers through floating point: each becomes an
 * {@link ExactNumber} with its source text. Throws a SyntaxError for the texts that `JSON.parse`
 * throws one for.
 */
export function parseExactJson(text: string): ExactJson {
  const quoted = text.replace(STRING_OR_NUMBER, (literal) =>
    literal.startsWith('"') ? literal : `{"decimal":"${literal}"}`,
  );
  try {
    return JSON.parse(quoted);
  } catch (error) {
    // The original's message tells positions in the text that the caller knows.
    JSON.parse(text);
    throw error;
  }
}

export function isExactNumber(value: ExactJson | undefined): value is ExactNumber {
  return isExactObject(value) && typeof value.decimal === 'string';
}

export function isExactObject(value: ExactJson | undefined): value is ExactObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Writes a value back as JSON, with its numbers as they were written. */
export function formatExact(value: ExactJson): string {
  if (isExactNumber(value)) return value.decimal;
  if (Array.isArray(value)) return `[${value.map(formatExact).join(',')}]`;
  if (!isExactObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(
    ([key, member]) => `${JSON.stringify(key)}:${formatExact(member)}`,
  );
  return `{${members.join(',')}}`;
}
