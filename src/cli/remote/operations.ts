import { readFileSync } from 'node:fs';

/** A verb of a noun of the API, as its command is made. */
export interface Operation {
  readonly noun: string;
  readonly verb: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly args: readonly string[];
  readonly query: readonly Field[];
  readonly body: readonly Field[];
  /** Of the body; null when there is none. */
  readonly mediaType: string | null;
  readonly isPaged: boolean;
}

export interface Field {
  readonly name: string;
  readonly type: 'text' | 'number' | 'boolean' | 'json';
  readonly isRequired: boolean;
  readonly description?: string;
  readonly choices?: readonly string[];
}

/** Every operation of the API; the file is written from its document (`npm run openapi`). */
export function readOperations(): Operation[] {
  const text = readFileSync(new URL('./operations.json', import.meta.url), 'utf8');
  return JSON.parse(text) as Operation[];
}
