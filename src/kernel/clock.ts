/**
 * Where the program reads time. Processes measure durations with it; whatever decides about money
 * uses the database's clock instead.
 */
export interface Clock {
  /** Wall clock, milliseconds since 1970 UTC. */
  nowMs(): number;
  /** Milliseconds from an arbitrary start; never goes back. For durations only. */
  monotonicMs(): number;
}

/** The machine's own clock: the one place that reads it. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};
