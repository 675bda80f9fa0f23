import { createServer, type IncomingMessage, type Server, type ServerOptions } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener, RequestError } from '@hono/node-server';
import type { Clock, Ids, Log } from '../kernel/index.ts';
import { answerClientError } from './client-error.ts';
import { answerPreflight, type SharingOrigins } from './cors.ts';
import { ClientGone, transportFault } from './faults.ts';
import { HttpResponse } from './http-response.ts';
import { InFlight } from './in-flight.ts';
import type { ManagedApp } from './managed-app.ts';
import { type ErrorShape, faultOf, renderFault } from './render-error.ts';
import { createContext, type RawRoute, type RequestContext } from './request-context.ts';

/**
 * Bounds on what a client may take its time with. An answer has none: a stream may last as long
 * as its upstream does.
 */
const LIMITS = {
  headersTimeout: 15_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16 * 1024,
} satisfies ServerOptions;

export interface HttpServer {
  /** Starts to listen; port 0 takes any free one. Rejects when the address cannot be had. */
  listen(port: number, host: string): Promise<{ port: number; host: string }>;
  /** Requests whose answer has not ended yet. */
  inFlight(): number;
  /** Takes no new connection; answers from here on close theirs. Running answers go on. */
  stopAccepting(): void;
  /** Resolves when no answer is under way, or after `graceMs`, with the count that still is. */
  waitForIdle(graceMs: number): Promise<number>;
  /**
   * Stops accepting, gives running answers `graceMs` to end, then cuts what is left.
   * Resolves with the number of answers that were cut.
   */
  close(graceMs: number): Promise<number>;
}

interface ServerParts {
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Log;
  /** Matched by exact method and path, before the app. A raw path takes no other methods. */
  readonly rawRoutes: readonly RawRoute[];
  /** Everything that is not a raw route. */
  readonly app: ManagedApp;
  readonly errorShapeOf: (path: string) => ErrorShape;
  /** From which pages of the web platforms may be called, and under which paths. */
  readonly sharing?: { readonly origins: SharingOrigins; isShared(path: string): boolean };
  /** Replaces single time and size bounds; for tests. */
  readonly limits?: ServerOptions;
}

/** The HTTP server: raw routes first, then the managed app; every answer carries its request id. */
export function createHttpServer(parts: ServerParts): HttpServer {
  const { ids, clock } = parts;
  // The Host header is checked by us, because node's own refusal carries no request id.
  const server = createServer({
    ...LIMITS,
    ServerResponse: HttpResponse,
    requireHostHeader: false,
    ...parts.limits,
  });
  const inFlight = new InFlight(server);
  const dispatch = createDispatch(parts);
  const onRequest = (request: IncomingMessage, response: HttpResponse) => {
    const context = createContext(ids, clock);
    response.carry({ 'x-request-id': context.requestId });
    inFlight.add(request.socket, response);
    void dispatch(request, response, context);
  };
  server.on('request', onRequest);
  server.on('checkExpectation', onRequest);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    answerClientError(error, socket, inFlight.onSocket(socket), createContext(ids, clock));
  });
  return {
    listen: (port, host) => listen(server, port, host),
    inFlight: () => inFlight.count,
    stopAccepting: () => inFlight.drain(),
    waitForIdle: (graceMs) => inFlight.waitForIdle(graceMs),
    close: async (graceMs) => {
      inFlight.drain();
      const cut = await inFlight.waitForIdle(graceMs);
      server.closeAllConnections();
      return cut;
    },
  };
}

function createDispatch(parts: ServerParts) {
  const raw = new Map(parts.rawRoutes.map((r) => [`${r.method} ${r.path}`, r.handle]));
  const managed = createManagedListener(parts.app);
  return async (request: IncomingMessage, response: HttpResponse, context: RequestContext) => {
    const path = pathOf(request.url ?? '/');
    try {
      refuseBadHost(request);
      const handle = raw.get(`${request.method} ${path}`);
      if (handle !== undefined) return await handle(request, response, context);
      if (request.method === 'OPTIONS' && parts.sharing?.isShared(path)) {
        if (answerPreflight(parts.sharing.origins, request, response)) return;
      }
      const allowed = parts.rawRoutes.filter((route) => route.path === path).map((r) => r.method);
      if (allowed.length > 0) {
        response.setHeader('allow', allowed.join(', '));
        throw transportFault('method_not_allowed');
      }
      await managed(request, response, context);
    } catch (error) {
      sendError(parts, path, error, response, context);
    }
  };
}

/** Serves the app on node's objects and hands it the context. What it throws comes back to us. */
function createManagedListener(app: ManagedApp) {
  const contexts = new WeakMap<object, RequestContext>();
  const listener = getRequestListener(
    (request, env) => {
      const incoming = env.incoming as IncomingMessage;
      const outgoing = env.outgoing as HttpResponse;
      return app.fetch(request, { context: contexts.get(incoming), incoming, outgoing });
    },
    {
      overrideGlobalObjects: false,
      errorHandler: (error) => {
        throw error instanceof RequestError ? transportFault('bad_request') : error;
      },
    },
  );
  return (request: IncomingMessage, response: HttpResponse, context: RequestContext) => {
    contexts.set(request, context);
    return listener(request, response);
  };
}

/** A request target without its query. */
function pathOf(target: string): string {
  const end = target.indexOf('?');
  return end < 0 ? target : target.slice(0, end);
}

function refuseBadHost(request: IncomingMessage): void {
  const { host } = request.headers;
  if (host === undefined || !/^[\w.[\]:-]+$/.test(host)) throw transportFault('missing_host');
}

function sendError(
  { errorShapeOf, log }: ServerParts,
  path: string,
  error: unknown,
  response: HttpResponse,
  { requestId }: RequestContext,
): void {
  if (error instanceof ClientGone) {
    log.debug({ requestId }, error.message);
    response.destroy();
    return;
  }
  const fault = faultOf(error, requestId, log);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status, headers, body } = renderFault(errorShapeOf(path), fault, requestId);
  if (status === 408) response.setHeader('connection', 'close');
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

function listen(
  server: Server,
  port: number,
  host: string,
): Promise<{ port: number; host: string }> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve({ port: (server.address() as AddressInfo).port, host });
    });
  });
}
