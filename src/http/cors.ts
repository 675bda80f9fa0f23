import type { IncomingMessage } from 'node:http';
import type { HttpResponse } from './http-response.ts';

/** From which pages of the web (their origins) platforms may be called. Asks no database. */
export interface SharingOrigins {
  /** Whether any platform lists the origin. */
  isListed(origin: string): boolean;
  isListedBy(platformId: bigint, origin: string): boolean;
}

/** What a page may read of an answer beside its body. */
const EXPOSED = [
  'x-request-id',
  ...['cost', 'balance', 'hold', 'overhead-ms', 'provider', 'price-version'].map(
    (name) => `x-farebox-${name}`,
  ),
  ...['limit', 'remaining', 'reset'].flatMap((what) => [
    `x-ratelimit-${what}-requests`,
    `x-ratelimit-${what}-tokens`,
  ]),
  ...['ratelimit', 'ratelimit-policy', 'retry-after', 'x-should-retry', 'idempotent-replayed'],
].join(', ');

/** So long a browser asks no second time; a page not listed any more reads nothing all the same. */
const PREFLIGHT_SECONDS = '600';
const NAMES = /^[\w!#$%&'*+.^`|~-]+( *, *[\w!#$%&'*+.^`|~-]+)*$/;

/** Lets the page read the answer, whatever it will be, when the platform lists its origin. */
export function shareAnswer(
  origins: SharingOrigins,
  platformId: bigint,
  origin: string,
  response: Pick<HttpResponse, 'carry'> | undefined,
): void {
  response?.carry({ vary: 'origin' });
  if (!origins.isListedBy(platformId, origin)) return;
  response?.carry({
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED,
  });
}

/**
 * Answers a browser that asks whether a page may call, before it has sent any key: it may when any
 * platform lists the page's origin. Says whether it has answered.
 */
export function answerPreflight(
  origins: SharingOrigins,
  { method, headers }: Pick<IncomingMessage, 'method' | 'headers'>,
  response: HttpResponse,
): boolean {
  const { origin } = headers;
  const isPreflight =
    method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
  if (!isPreflight || origin === undefined || !origins.isListed(origin)) return false;
  const asked = headers['access-control-request-headers'] ?? '';
  response
    .writeHead(204, {
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers': NAMES.test(asked) ? asked : 'authorization, content-type',
      'access-control-max-age': PREFLIGHT_SECONDS,
      vary: 'origin, access-control-request-headers',
    })
    .end();
  return true;
}
