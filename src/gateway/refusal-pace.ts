import type { IncomingMessage } from 'node:http';
import { type Clock, Fault } from '../kernel/index.ts';

/** One who is refused gets so many refusals at once, and one more each so many milliseconds. */
const FREE = 50;
const STEP_MS = 50;
/** No refusal is held back for longer. */
const LONGEST_MS = 2_000;
/** So many callers are kept in mind, and so many refusals held back; beyond, none is. */
const MAX_CALLERS = 10_000;
const MAX_HELD_BACK = 10_000;

/** Whoever comes again and again with what is refused must not take others' place. */
export interface RefusalPace {
  /** The request is of this account: whatever keys it shows, it is one caller. */
  cameFrom(request: IncomingMessage, accountId: bigint): void;
  /** Resolves when the refusal may be handed on; at once for anything but a refusal (4xx). */
  holdBack(request: IncomingMessage, error: unknown): Promise<void>;
  /** Holds nothing back any more. */
  close(): void;
}

/**
 * Refusals cost their sender nothing, so that a flood of them goes round as fast as it is answered:
 * answering later is what makes it slow. Callers are told apart by their account, while that is not
 * known by the key that they show, those without a good one by their connection.
 */
export function createRefusalPace(clock: Clock): RefusalPace {
  const accounts = new WeakMap<IncomingMessage, bigint>();
  const byCaller = new Map<unknown, number>();
  const bySocket = new WeakMap<object, number>();
  const waiting = new Set<() => void>();
  let isClosed = false;

  /** When the next refusal of this caller is due: each moves it on by a step. */
  function dueMs(request: IncomingMessage, status: number, nowMs: number): number {
    const { authorization, 'x-api-key': apiKey } = request.headers;
    const shown = status === 401 ? undefined : (apiKey ?? authorization);
    const caller = accounts.get(request) ?? shown;
    const latestMs = nowMs + FREE * STEP_MS + LONGEST_MS;
    const last = caller === undefined ? bySocket.get(request.socket) : byCaller.get(caller);
    const next = Math.min(Math.max(last ?? 0, nowMs) + STEP_MS, latestMs);
    if (caller === undefined) bySocket.set(request.socket, next);
    else if (last !== undefined || byCaller.size < MAX_CALLERS) byCaller.set(caller, next);
    return next - FREE * STEP_MS;
  }

  // Whose time is over has been quiet for a while.
  const cleaning = setInterval(() => {
    const nowMs = clock.monotonicMs();
    for (const [caller, untilMs] of byCaller) if (untilMs < nowMs) byCaller.delete(caller);
  }, LONGEST_MS);
  cleaning.unref();

  return {
    cameFrom: (request, accountId) => {
      accounts.set(request, accountId);
    },
    holdBack: async (request, error) => {
      if (!(error instanceof Fault) || error.status < 400 || error.status >= 500) return;
      const nowMs = clock.monotonicMs();
      const waitMs = dueMs(request, error.status, nowMs) - nowMs;
      if (waitMs <= 0 || isClosed || waiting.size >= MAX_HELD_BACK) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(finish, Math.min(waitMs, LONGEST_MS));
        function finish(): void {
          clearTimeout(timer);
          waiting.delete(finish);
          resolve();
        }
        waiting.add(finish);
      });
    },
    close: () => {
      isClosed = true;
      clearInterval(cleaning);
      for (const finish of waiting) finish();
    },
  };
}
