import { readFile } from 'node:fs/promises';

/** An error as docs/reference/errors.md has it. */
export interface DocumentedError {
  readonly code: string;
  readonly status: number;
  /** The chapter that it stands in. */
  readonly chapter: string;
  readonly whatHappened: string;
  readonly howToFix: string;
}

/** The one list of all errors: pages and tests are made from it. It is part of the package. */
const FILE = new URL('../../../docs/reference/errors.md', import.meta.url);

/** Reads every documented error, by its code. */
export async function readErrors(): Promise<ReadonlyMap<string, DocumentedError>> {
  return parseErrors(await readFile(FILE, 'utf8'));
}

const ROW = /^\| `(\w+)` \| (\d{3}) \| (.+) \| (.+) \|$/;

/** Reads the tables of codes; a code that stands there twice is explained by its first row. */
export function parseErrors(markdown: string): ReadonlyMap<string, DocumentedError> {
  const errors = new Map<string, DocumentedError>();
  let chapter = '';
  for (const line of markdown.split('\n')) {
    chapter = /^## (.+)$/.exec(line)?.[1] ?? chapter;
    const [, code, status, whatHappened, howToFix] = ROW.exec(line) ?? [];
    if (code === undefined || whatHappened === undefined || howToFix === undefined) continue;
    if (errors.has(code)) continue;
    errors.set(code, { code, status: Number(status), chapter, whatHappened, howToFix });
  }
  return errors;
}
