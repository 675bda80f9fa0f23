import type { IncomingMessage } from 'node:http';
import { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { type Clock, Fault, type Ids, type Log } from '../kernel/index.ts';
import { boundBody } from './bound-body.ts';
import { InvalidRequest, type TransportCode, transportFault } from './faults.ts';
import type { HttpResponse } from './http-response.ts';
import { type OpenApiPart, openApiDocument, withPart } from './openapi-document.ts';
import { refuseNul } from './refuse-nul.ts';
import { type ErrorShape, faultOf, renderFault } from './render-error.ts';
import { createContext, type RequestContext } from './request-context.ts';

/** What a managed route finds in its context: `c.get('request')`. */
export interface ManagedEnv {
  Bindings: {
    readonly context?: RequestContext | undefined;
    /** Node's own request, when it came by the server. */
    readonly incoming?: IncomingMessage | undefined;
    readonly outgoing?: HttpResponse | undefined;
  };
  Variables: { request: RequestContext };
}

/** The app of every route that is declared as a contract (zod in, zod out). */
export type ManagedApp = OpenAPIHono<ManagedEnv>;

interface ManagedAppParts {
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Log;
  readonly errorShapeOf: (path: string) => ErrorShape;
  readonly maxBodyBytes: number;
  /** Paths whose routes read their bodies piece by piece: those are not bounded as a whole. */
  readonly takesStreams?: (path: string) => boolean;
  /** What /openapi.json says of the whole. */
  readonly info: { readonly title: string; readonly version: string };
  /** What it says besides, of routes that have no contract; asked for once. */
  describeMore?(): Promise<OpenApiPart>;
}

/** A routes' group to be mounted: it shares its errors with the app that mounts it. */
export function createRouteGroup(): ManagedApp {
  return new OpenAPIHono<ManagedEnv>();
}

/**
 * The app that all managed routes are mounted on. Gives every request its id, renders every error
 * in the shape of its path, tells the allowed methods of a path, and serves `GET /openapi.json`.
 */
export function createManagedApp(parts: ManagedAppParts): ManagedApp {
  const { ids, clock, log, errorShapeOf, maxBodyBytes } = parts;
  const app = new OpenAPIHono<ManagedEnv>({
    defaultHook: (result) => {
      if (!result.success) throw invalidRequest(result.error.issues);
      // An id in an address that cannot be is told so by its route, like one that is not there.
      if (result.target !== 'param') refuseNul(result.data);
    },
  });
  const answer = (c: Context<ManagedEnv>, error: unknown) => {
    const { requestId } = c.get('request');
    const fault = faultOf(asTransportFault(error), requestId, log);
    const { status, headers, body } = renderFault(errorShapeOf(c.req.path), fault, requestId);
    const allow = status === 405 ? { allow: methodsOf(app, c.req.path).join(', ') } : {};
    return new Response(body, { status, headers: { ...headers, ...allow } });
  };
  app.use(async (c, next) => {
    const context = c.env?.context ?? createContext(ids, clock);
    c.set('request', context);
    await next();
    c.header('x-request-id', context.requestId);
  });
  const bounded = boundBody(maxBodyBytes);
  app.use((c, next) => (parts.takesStreams?.(c.req.path) === true ? next() : bounded(c, next)));
  app.onError((error, c) => answer(c, error));
  app.notFound((c) => {
    const known = methodsOf(app, c.req.path).length > 0;
    return answer(c, transportFault(known ? 'method_not_allowed' : 'not_found'));
  });
  let more: Promise<OpenApiPart> | undefined;
  app.get('/openapi.json', async (c) => {
    more ??= parts.describeMore?.();
    return c.json(withPart(openApiDocument(app, parts.info), await more));
  });
  return app;
}

function methodsOf(app: ManagedApp, path: string): string[] {
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
  return methods.filter((method) =>
    app.router.match(method, path)[0].some(([[, route]]) => route.method !== 'ALL'),
  );
}

function invalidRequest(issues: readonly { path: readonly PropertyKey[]; message: string }[]) {
  return new InvalidRequest(
    issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message })),
  );
}

const BY_STATUS: Readonly<Record<number, TransportCode>> = {
  400: 'invalid_json',
  413: 'request_too_large',
  415: 'unsupported_media_type',
};

/** Hono's own refusals (a body that is not JSON, a wrong content type) as faults of ours. */
function asTransportFault(error: unknown): unknown {
  if (error instanceof Fault || !(error instanceof HTTPException)) return error;
  const code = BY_STATUS[error.status];
  return code === undefined ? error : transportFault(code);
}
