import { Pool } from 'undici';
import type { Outbound } from '../http/index.ts';
import type { UpstreamCall, UpstreamRequest, UpstreamRoute } from './upstream-call.ts';
import { UpstreamExchange } from './upstream-exchange.ts';

export interface Upstreams {
  call(request: UpstreamRequest): UpstreamCall;
  /** Closes all connections; calls under way end as `aborted`. */
  close(): Promise<void>;
}

export interface UpstreamOptions {
  /** Connections to one origin; further calls wait for one, within their first-byte timeout. */
  readonly maxConnectionsPerOrigin?: number;
  readonly connectTimeoutMs?: number;
  /** Addresses that stand for a base URL: `demo:` for the provider of our own. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** The way out for addresses that sellers chose; without one they are not called. */
  readonly outbound?: Pick<Outbound, 'check' | 'lookupFor'>;
  /** Pools kept; above it the oldest is closed once its calls are over. */
  readonly maxOrigins?: number;
}

interface Target {
  readonly pool: Pool;
  readonly pathPrefix: string;
  readonly query: string;
}

const MAX_TARGETS = 10_000;
const MAX_RESPONSE_HEADER_BYTES = 32 * 1024;

/**
 * Keeps one pool of kept-alive connections per origin and sends calls over them, one at a time
 * on each connection. Nothing of the caller's request is sent but its body: no header of the
 * caller, no cookie, no organisation. The answer is asked for without compression, so that its
 * bytes can be read and passed on as they are.
 */
export function createUpstreams(options: UpstreamOptions = {}): Upstreams {
  const maxOrigins = options.maxOrigins ?? 1000;
  const pools = new Map<string, Pool>();
  const targets = new Map<string, Target>();

  function findTarget({ baseUrl, isGuarded = false }: UpstreamRoute): Target {
    const name = isGuarded ? `guarded ${baseUrl}` : baseUrl;
    const known = targets.get(name);
    if (known !== undefined) return known;
    const target = openTarget(baseUrl, isGuarded);
    if (targets.size >= MAX_TARGETS) targets.clear();
    targets.set(name, target);
    if (pools.size > maxOrigins) dropOldestPool();
    return target;
  }

  function openTarget(baseUrl: string, mayNotBePrivate: boolean): Target {
    const alias = options.aliases?.[baseUrl];
    const isGuarded = mayNotBePrivate && alias === undefined;
    const url = isGuarded ? options.outbound?.check(baseUrl) : new URL(alias ?? baseUrl);
    if (url === undefined) throw new Error('there is no way out for addresses of sellers');
    const origin = isGuarded ? `guarded ${url.origin}` : url.origin;
    const pool = pools.get(origin) ?? createPool(url, isGuarded, options);
    pools.set(origin, pool);
    return { pool, pathPrefix: url.pathname.replace(/\/+$/, ''), query: url.search };
  }

  function dropOldestPool(): void {
    const oldest = pools.entries().next().value;
    if (oldest === undefined) return;
    const [origin, pool] = oldest;
    pools.delete(origin);
    for (const [baseUrl, target] of targets) if (target.pool === pool) targets.delete(baseUrl);
    void pool.close();
  }

  return {
    call: (request) => {
      const exchange = new UpstreamExchange(request);
      let target: Target;
      try {
        target = findTarget(request.route);
      } catch (error) {
        exchange.onResponseError(null, new TypeError('invalid base URL', { cause: error }));
        return exchange;
      }
      const { pool, pathPrefix, query } = target;
      const path = pathPrefix + request.path + query;
      const method = request.method ?? 'POST';
      const body = request.body ?? null;
      pool.dispatch({ method, path, body, headers: requestHeaders(request) }, exchange);
      return exchange;
    },
    close: async () => {
      const open = [...pools.values()];
      pools.clear();
      targets.clear();
      await Promise.all(open.map((pool) => pool.destroy()));
    },
  };
}

function createPool(url: URL, isGuarded: boolean, options: UpstreamOptions): Pool {
  const timeout = options.connectTimeoutMs ?? 10_000;
  const lookup = isGuarded ? options.outbound?.lookupFor(url) : undefined;
  return new Pool(url.origin, {
    connections: options.maxConnectionsPerOrigin ?? 512,
    connect: lookup === undefined ? { timeout } : { timeout, lookup },
    pipelining: 1,
    maxHeaderSize: MAX_RESPONSE_HEADER_BYTES,
    // Each call has timers of its own, which are exact and stand still while it is paused.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** All headers of a request. The client library refuses values that could break out of a line. */
function requestHeaders(request: UpstreamRequest): string[] {
  const { credential } = request.route;
  return [
    ...(credential === undefined ? [] : ['authorization', `Bearer ${credential}`]),
    'content-type',
    request.contentType ?? 'application/json',
    'accept',
    request.accept ?? 'application/json',
    'accept-encoding',
    'identity',
    'user-agent',
    'farebox',
  ];
}
