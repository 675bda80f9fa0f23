import { request } from 'undici';
import { Fault } from '../../kernel/index.ts';
import type { Connection } from './connection.ts';

/** A request to the instance. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | undefined;
  readonly mediaType?: string | undefined;
}

const TIMEOUT_MS = 60_000;

/**
 * Asks the instance; resolves with its JSON, or with a text when it answers with something else.
 * Faults: whatever it refuses with, `server_unreachable` (503).
 */
export async function ask(connection: Connection, asked: Asked): Promise<unknown> {
  const query = new URLSearchParams(asked.query).toString();
  const url = `${connection.url}${asked.path}${query === '' ? '' : `?${query}`}`;
  const headers = Object.entries({
    authorization: `Bearer ${connection.token}`,
    'content-type': asked.body === undefined ? undefined : (asked.mediaType ?? 'application/json'),
    'farebox-platform': connection.platform,
    ...asked.headers,
  }).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const answer = await request(url, {
    method: asked.method as 'GET',
    headers: Object.fromEntries(headers),
    body: asked.body ?? null,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  }).catch((cause: Error) => {
    throw unreachable(connection.url, cause);
  });
  const text = await answer.body.text();
  const isJson = /\bjson\b/.test(String(answer.headers['content-type'] ?? ''));
  if (answer.statusCode >= 400) throw refusal(answer.statusCode, isJson ? text : '{}');
  if (text === '') return {};
  return isJson ? JSON.parse(text) : text;
}

function unreachable(url: string, cause: Error): Fault {
  // Undici says nothing of an address of which every try failed but why each did.
  const why = cause.message || String((cause as NodeJS.ErrnoException).code);
  return new Fault({
    code: 'server_unreachable',
    status: 503,
    message: `No server answers at ${url} (${why}).`,
    cause,
  });
}

interface Problem {
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

function refusal(status: number, json: string): Fault {
  const { code = 'unknown', detail, errors = [] } = JSON.parse(json) as Problem;
  // The first field is in the detail already.
  const others = errors.slice(1).map(({ path, message }) => ` '${path}': ${message}.`);
  return new Fault({
    code,
    status,
    message: `${detail ?? `The server answered ${status}.`}${others.join('')}`,
  });
}
