/**
 * Where the program reads time. Processes measure durations with it; whatever decides about money
 * uses the database's clock instead.
 */
export interface Clock {
  /** Wall clock, milliseconds since 1970 UTC. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start; never goes back. For durations only. */
  monotonicMs(): number;
  /** Calls `run` once, in `ms`; what it returns calls that off. */
  after(ms: number, run: () => void): () => void;
}

/** Resolves in `ms`. */
export function delay(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}

/** The machine's own clock: the one place that reads it. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
