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

const ROW = /^\| ((?:`\w+`(?:, )?)+) \| (\d{3}(?:, \d{3})*) \| (.+) \| (.+) \|$/;

/** Reads the tables of codes; a code that stands there twice is explained by its first row. */
export function parseErrors(markdown: string): ReadonlyMap<string, DocumentedError> {
  const errors = new Map<string, DocumentedError>();
  let chapter = '';
  for (const line of markdown.split('\n')) {
    chapter = /^## (.+)$/.exec(line)?.[1] ?? chapter;
    const [, names = '', numbers = '', whatHappened = '', howToFix = ''] = ROW.exec(line) ?? [];
    // Several codes may share a row, each with a status of its own or all with one.
    const statuses = numbers.split(', ').map(Number);
    for (const [index, [, code = '']] of [...names.matchAll(/`(\w+)`/g)].entries()) {
      const status = statuses[index] ?? statuses.at(-1) ?? 500;
      if (!errors.has(code)) errors.set(code, { code, status, chapter, whatHappened, howToFix });
    }
  }
  return errors;
}
