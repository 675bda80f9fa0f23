import { type Clock, Fault, lowestCallIdAt } from '../kernel/index.ts';

/** A call's id may be this old when it asks for its hold, and no older. */
export const CALL_ID_AGE_LIMIT_MS = 120_000;

/**
 * Which calls of this process may still come to be held. The seal follows behind them: a call below
 * what was promised here would come into a range that is sealed already.
 */
export interface Asks {
  /** A call asks, for as long as the work takes. Rejects as {@link Asks.check} throws. */
  during<T>(callId: string, work: () => Promise<T>): Promise<T>;
  /** Throws a Fault `clock_behind` (503) for an id below the promise. */
  check(callId: string): void;
  /** Promises the lowest id that can still come to be held. Never goes back. */
  promise(): string;
  /** Raises the promise to what is sealed: this process was away, or its clock is behind. */
  raise(callId: string): void;
}

/** `abandoned` are the calls that may be held although they were told that they are not. */
export function createAsks(clock: Clock, abandoned: { keys(): Iterable<string> }): Asks {
  const asking = new Set<string>();
  let promised = lowestCallIdAt(0);
  const raise = (callId: string) => {
    if (callId > promised) promised = callId;
  };
  const check = (callId: string) => {
    if (callId < promised) throw clockBehind(callId, promised);
  };
  return {
    check,
    during: async (callId, work) => {
      check(callId);
      asking.add(callId);
      try {
        return await work();
      } finally {
        asking.delete(callId);
      }
    },
    promise: () => {
      let lowest = lowestCallIdAt(clock.nowMs() - CALL_ID_AGE_LIMIT_MS);
      for (const callId of asking) if (callId < lowest) lowest = callId;
      for (const callId of abandoned.keys()) if (callId < lowest) lowest = callId;
      raise(lowest);
      return promised;
    },
    raise,
  };
}

function clockBehind(callId: string, promised: string): Fault {
  return new Fault({
    code: 'clock_behind',
    status: 503,
    message: 'The clock of this server is wrong, so it takes no calls. Nothing was charged.',
    internal: `call ${callId} is below ${promised}: the clock went back, or is minutes behind`,
    retryAfterSeconds: 5,
  });
}
