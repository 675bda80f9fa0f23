import {
  type ExactJson,
  type ExactObject,
  isExactObject,
  parseExactJson,
} from '../../catalog/index.ts';
import { readCsv } from './read-csv.ts';

/** One record of a file, or why it is none. */
export type FileRecord =
  | { readonly line: number; readonly record: ExactObject }
  | { readonly line: number; readonly problem: string };

export const IMPORT_FORMATS = ['ndjson', 'csv'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** A record may be this long; what is longer is thrown away as it comes, and refused. */
export const MAX_RECORD_CHARS = 1_000_000;

/** Reads a file's records one after the other, however large it is. */
export function readRecords(
  source: AsyncIterable<Uint8Array>,
  format: ImportFormat,
): AsyncGenerator<FileRecord> {
  return format === 'csv' ? readCsv(textOf(source)) : readJsonLines(textOf(source));
}

async function* textOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  // Takes a byte order mark off the beginning.
  const decoder = new TextDecoder();
  for await (const chunk of source) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** A JSON object a line, as mongoexport writes them. */
async function* readJsonLines(chunks: AsyncIterable<string>): AsyncGenerator<FileRecord> {
  let line = 0;
  for await (const text of linesOf(chunks)) {
    line += 1;
    if (text === undefined) yield { line, problem: `It is longer than ${MAX_RECORD_CHARS}.` };
    else if (text.trim() !== '') yield { line, ...readObject(text) };
  }
}

function readObject(text: string): { record: ExactObject } | { problem: string } {
  let value: ExactJson;
  try {
    value = parseExactJson(text);
  } catch {
    return { problem: 'It is not JSON: one object a line is expected.' };
  }
  if (isExactObject(value)) return { record: value };
  return { problem: 'It is not an object: one a line is expected, without brackets around all.' };
}

/** Lines without their ends; undefined for one that is too long. */
async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string | undefined> {
  let rest = '';
  let isTooLong = false;
  for await (const chunk of chunks) {
    const lines = chunk.split('\n');
    for (const [index, part] of lines.entries()) {
      rest = isTooLong ? '' : rest + part;
      if (rest.length > MAX_RECORD_CHARS) isTooLong = true;
      if (index === lines.length - 1) break;
      yield isTooLong ? undefined : rest;
      [rest, isTooLong] = ['', false];
    }
  }
  if (isTooLong || rest !== '') yield isTooLong ? undefined : rest;
}
