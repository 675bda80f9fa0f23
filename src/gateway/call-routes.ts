import type { Route } from '../catalog/index.ts';
import type { Answer } from './answer.ts';
import type { Departure } from './departure.ts';
import type { Stopping } from './stopping.ts';
import type { Upstreams } from './upstream.ts';
import type { UpstreamCall, UpstreamOutcome } from './upstream-call.ts';
import { mayTryAnother } from './upstream-fault.ts';

/** How a call to the upstreams ended: with which route, how, and when its first byte came. */
export interface RouteOutcome {
  readonly route: Route;
  readonly outcome: UpstreamOutcome;
  /** On the monotonic clock; undefined when no byte came. */
  readonly firstByteAtMs: number | undefined;
  /** The upstream was stopped because its caller had left and its time for the usage was over. */
  readonly isAbandoned: boolean;
}

/**
 * Asks the routes in their order until one answers; another is tried only as long as nothing of an
 * answer was handed on. When the caller leaves, the upstream may go on for `drainMs`, so that it
 * can report its usage, and is stopped then.
 */
export async function callRoutes(parts: {
  readonly upstreams: Upstreams;
  readonly routes: readonly Route[];
  readonly bodyFor: (route: Route) => Buffer;
  readonly isStreamed: boolean;
  readonly answer: Answer;
  readonly departure: Departure;
  readonly drainMs: number;
  readonly stopping: Stopping;
  nowMs(): number;
}): Promise<RouteOutcome> {
  let last: RouteOutcome | undefined;
  for (const route of parts.routes) {
    last = await callRoute(parts, route);
    const { outcome } = last;
    if (outcome.kind === 'complete' || !mayTryAnother(outcome)) return last;
    if (parts.departure.hasLeft || parts.stopping.hasBegun) return last;
  }
  if (last === undefined) throw new Error('a product without routes was offered');
  return last;
}

async function callRoute(
  parts: Parameters<typeof callRoutes>[0],
  route: Route,
): Promise<RouteOutcome> {
  const { answer, departure, stopping } = parts;
  let firstByteAtMs: number | undefined;
  const call = parts.upstreams.call({
    route,
    path: '/chat/completions',
    body: parts.bodyFor(route),
    accept: parts.isStreamed ? 'text/event-stream' : 'application/json',
    timeouts: route,
    onHeaders: (_status, headers) => answer.onHeaders?.(headers),
    onData: (chunk) => {
      firstByteAtMs ??= parts.nowMs();
      answer.onData(chunk);
    },
  });
  answer.begin(call);
  let drainTimer: NodeJS.Timeout | undefined;
  let isAbandoned = false;
  departure.onLeave(() => {
    call.resume();
    drainTimer = setTimeout(() => {
      isAbandoned = true;
      call.abort();
    }, parts.drainMs);
  });
  const forgetStop = stopping.onBegin(() => call.abort());
  const outcome = await endOf(call, answer);
  clearTimeout(drainTimer);
  departure.onLeave(undefined);
  forgetStop();
  return { route, outcome, firstByteAtMs, isAbandoned };
}

function endOf(call: UpstreamCall, answer: Answer): Promise<UpstreamOutcome> {
  if (answer.isComplete === undefined) return call.done;
  const complete = answer.isComplete.then(() => ({ kind: 'complete', bodyBytes: 0 }) as const);
  return Promise.race([call.done, complete]);
}
