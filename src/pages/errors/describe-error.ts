import { renderFault } from '../../http/index.ts';
import { Fault } from '../../kernel/index.ts';
import type { DocumentedError } from './read-errors.ts';

/** Everything that the page about a code says. */
export interface ErrorDescription extends DocumentedError {
  /** An answer with this code, as it looks. */
  readonly example: string;
  /** A request that is put right; undefined for what no request brings about. */
  readonly request: string | undefined;
}

/** Of what kind the request was that such an error answers. */
type Kind = 'model' | 'manage' | 'auth' | 'command';

const KINDS: Readonly<Record<string, Kind>> = {
  'Signing in and managing': 'manage',
  People: 'auth',
  'Tokens of other identity providers': 'manage',
  'Commands of the operator': 'command',
  Starting: 'command',
};

/** Codes of the request itself are met everywhere; the management API's shape shows more. */
const SHOWN_AS_PROBLEM = new Set(['The request']);

const EXAMPLE_ID = 'req_06eahz3vt1ep1zvzc4tqcb4g04';

/** Writes an error out. `baseUrl` is where people reach the instance. */
export function describeError(error: DocumentedError, baseUrl: string): ErrorDescription {
  const kind = KINDS[error.chapter] ?? 'model';
  const isProblem = kind !== 'model' || SHOWN_AS_PROBLEM.has(error.chapter);
  const fault = new Fault({
    code: error.code,
    status: error.status,
    message: plain(error.whatHappened),
    ...(error.status === 429 && { retryAfterSeconds: 12 }),
  });
  const { body, headers } = renderFault(isProblem ? 'problem' : 'openai', fault, EXAMPLE_ID);
  return {
    ...error,
    example: `HTTP/1.1 ${error.status}\n${headerLines(headers)}\n\n${pretty(body)}`,
    request: kind === 'command' ? undefined : requestOf(error, kind, baseUrl),
  };
}

const pretty = (json: string) => JSON.stringify(JSON.parse(json), null, 2);

const headerLines = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');

/** A sentence of the table without its marks. */
export const plain = (markdown: string) => markdown.replaceAll('`', '');

/** A request of that kind with all that it needs. */
function requestOf({ code, status, chapter }: DocumentedError, kind: Kind, baseUrl: string) {
  const lines = (...parts: string[]) => parts.join(' \\\n  ');
  if (kind === 'auth') {
    return lines(
      `curl ${baseUrl}/auth/sign-in/email`,
      "-H 'content-type: application/json'",
      `-d '{"email": "ada@example.com", "password": "..."}'`,
    );
  }
  const token = kind === 'manage' ? '$FAREBOX_TOKEN' : '$FAREBOX_KEY';
  const authorization = `-H "authorization: Bearer ${token}"`;
  if (kind === 'manage') {
    const isRead = status === 401 || status === 403 || status === 404 || code.startsWith('version');
    return lines(
      `curl ${baseUrl}/manage/v1/${isRead ? 'me' : 'accounts'}`,
      authorization,
      "-H 'farebox-version: 2026-11-20'",
      ...(isRead
        ? []
        : [
            "-H 'farebox-platform: acme'",
            '-H "idempotency-key: $(uuidgen)"',
            "-H 'content-type: application/json'",
            `-d '{"mail": "ada@example.com"}'`,
          ]),
    );
  }
  if (status === 404 && code !== 'not_found')
    return lines(`curl ${baseUrl}/v1/models`, authorization);
  return lines(
    `curl ${baseUrl}/v1/chat/completions`,
    authorization,
    ...(chapter === 'The idempotency key' ? ['-H "idempotency-key: $(uuidgen)"'] : []),
    "-H 'content-type: application/json'",
    `-d '{"model": "demo-small", "max_tokens": 200,` +
      ` "messages": [{"role": "user", "content": "Say hello"}]}'`,
  );
}
