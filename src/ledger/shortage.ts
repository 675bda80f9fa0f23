import { sqlState } from '../db/index.ts';
import type { Clock } from '../kernel/index.ts';

/** Longer than a settlement that was given up waits for its next attempt. */
const FELT_MS = 10_000;

/**
 * Whether the database lately had no room for what calls had come to, as on a full disk. Holds may
 * still find room then, in pages of their own, for calls that nobody could book.
 */
export interface Shortage {
  readonly isFelt: boolean;
  /** Does some writing; the shortage is felt from now on when that was refused for want of room. */
  feel<T>(write: () => Promise<T>): Promise<T>;
  /** A settlement found room. */
  booked(): void;
}

export function createShortage(clock: Clock): Shortage {
  let untilMs = Number.NEGATIVE_INFINITY;
  return {
    get isFelt() {
      return clock.monotonicMs() < untilMs;
    },
    feel: async (write) => {
      try {
        return await write();
      } catch (error) {
        // Class 53: out of disk, of memory, of connections.
        if (sqlState(error).startsWith('53')) untilMs = clock.monotonicMs() + FELT_MS;
        throw error;
      }
    },
    booked: () => {
      untilMs = Number.NEGATIVE_INFINITY;
    },
  };
}
