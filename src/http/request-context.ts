import type { IncomingMessage } from 'node:http';
import { type Clock, formatCallId, type Ids } from '../kernel/index.ts';
import type { HttpResponse } from './http-response.ts';

/** What the server knows of a request before any route sees it. */
export interface RequestContext {
  /** A fresh call id; the call's row has it when the request becomes a metered call. */
  readonly callId: string;
  /** The same id as the outside sees it: `x-request-id` of the answer. */
  readonly requestId: string;
  /** When the request's headers had arrived, on the monotonic clock, in milliseconds. */
  readonly startedMs: number;
}

/** Serves a request on node's own objects; what it throws is rendered by the server. */
export type RawHandler = (
  request: IncomingMessage,
  response: HttpResponse,
  context: RequestContext,
) => void | Promise<void>;

/** A route on node's own request and response: the metered paths, where microseconds count. */
export interface RawRoute {
  readonly method: string;
  readonly path: string;
  readonly handle: RawHandler;
}

/** Gives a request its id. The client's own `x-request-id` is not trusted and not read. */
export function createContext(ids: Ids, clock: Clock): RequestContext {
  const callId = ids.callId();
  return { callId, requestId: formatCallId(callId), startedMs: clock.monotonicMs() };
}
