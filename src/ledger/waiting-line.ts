import { type Clock, overloaded } from '../kernel/index.ts';

/** Whoever stands in a line: since when, on the monotonic clock, and how to turn them away. */
export interface Standing {
  readonly sinceMs: number;
  reject(error: unknown): void;
}

/** A line that is bounded in number and in time: who cannot stand in it is told `overloaded`. */
export interface WaitingLine<Item extends Standing> {
  readonly length: number;
  /** False when the line is full. */
  join(item: Item): boolean;
  /** Takes those who have waited longest out of the line, `count` of them or all there are. */
  take(count: number): Item[];
}

export function createWaitingLine<Item extends Standing>(options: {
  readonly clock: Clock;
  readonly maxWaiting: number;
  readonly maxWaitMs: number;
}): WaitingLine<Item> {
  const { clock, maxWaiting, maxWaitMs } = options;
  const items: Item[] = [];
  let callOff: (() => void) | undefined;

  // One timer for all: who came first has waited longest.
  function watch(): void {
    const [first] = items;
    if (callOff !== undefined || first === undefined) return;
    const leftMs = first.sinceMs + maxWaitMs - clock.monotonicMs();
    callOff = clock.after(Math.max(1, leftMs), turnAway);
  }

  function turnAway(): void {
    callOff = undefined;
    const latestMs = clock.monotonicMs() - maxWaitMs;
    const kept = items.findIndex(({ sinceMs }) => sinceMs > latestMs);
    for (const late of items.splice(0, kept < 0 ? items.length : kept)) late.reject(overloaded());
    watch();
  }

  return {
    get length() {
      return items.length;
    },
    join: (item) => {
      if (items.length >= maxWaiting) return false;
      items.push(item);
      watch();
      return true;
    },
    take: (count) => {
      const taken = items.splice(0, count);
      if (items.length === 0) {
        callOff?.();
        callOff = undefined;
      }
      return taken;
    },
  };
}
