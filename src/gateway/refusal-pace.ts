import type { IncomingMessage } from 'node:http';
import { type Clock, Fault } from '../kernel/index.ts';

/** One who is refused gets so many refusals at once, and one more each so many milliseconds. */
const FREE = 50;
const STEP_MS = 10;
/** No refusal is held back for longer. */
const LONGEST_MS = 1_000;
/** So many callers are kept in mind, and so many refusals held back; beyond, none is. */
const MAX_CALLERS = 10_000;
const MAX_HELD_BACK = 10_000;

/** Whoever comes again and again with what is refused must not take others' place. */
export interface RefusalPace {
  /** Resolves when the refusal may be handed on; at once for anything but a refusal (4xx). */
  holdBack(request: IncomingMessage, error: unknown): Promise<void>;
  /** Holds nothing back any more. */
  close(): void;
}

/**
 * Refusals cost their sender nothing, so that a flood of them goes round as fast as it is answered:
 * answering later is what makes it slow. Callers are told apart by the key that they show, those
 * without a good one by their connection.
 */
export function createRefusalPace(clock: Clock): RefusalPace {
  const byKey = new Map<unknown, number>();
  const bySocket = new WeakMap<object, number>();
  const waiting = new Set<() => void>();
  let isClosed = false;

  /** When the next refusal of this caller is due: each moves it on by a step. */
  function dueMs(request: IncomingMessage, status: number, nowMs: number): number {
    const { authorization, 'x-api-key': apiKey } = request.headers;
    const key = status === 401 ? undefined : (apiKey ?? authorization);
    const latestMs = nowMs + FREE * STEP_MS + LONGEST_MS;
    const last = key === undefined ? bySocket.get(request.socket) : byKey.get(key);
    const next = Math.min(Math.max(last ?? 0, nowMs) + STEP_MS, latestMs);
    if (key === undefined) bySocket.set(request.socket, next);
    else if (last !== undefined || byKey.size < MAX_CALLERS) byKey.set(key, next);
    return next - FREE * STEP_MS;
  }

  // Whose time is over has been quiet for a while.
  const cleaning = setInterval(() => {
    const nowMs = clock.monotonicMs();
    for (const [key, untilMs] of byKey) if (untilMs < nowMs) byKey.delete(key);
  }, LONGEST_MS);
  cleaning.unref();

  return {
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
