import { divideCeiling } from '../kernel/index.ts';
import type { MinuteCounter } from '../ledger/index.ts';

const MINUTE_MS = 60_000;

/** Milliseconds from an instant to the end of its minute, from which on what it counts fades. */
export function untilNextMinuteMs(at: Date): number {
  return MINUTE_MS - (at.getTime() % MINUTE_MS);
}

/**
 * Milliseconds until a sliding minute has room for `amount` again, if nothing else comes: exact to
 * two of them, and never too few; 0 when there is room. `amount` is at most `cap`.
 *
 * The minute before counts in proportion to what of it still lies within 60 seconds. So room comes
 * in this minute, while the last one fades, or in the next, while this one does.
 */
export function untilRoomMs(counter: MinuteCounter, amount: bigint, cap: bigint): number {
  const atMs = counter.at.getTime();
  const minuteMs = Math.max(atMs - (atMs % MINUTE_MS), counter.start.getTime());
  const age = (minuteMs - counter.start.getTime()) / MINUTE_MS;
  const current = age === 0 ? counter.current : 0n;
  const previous = age === 0 ? counter.previous : age === 1 ? counter.current : 0n;
  const room = cap - amount;
  const freeMs =
    current <= room
      ? minuteMs + fadedToMs(previous, room - current)
      : minuteMs + MINUTE_MS + fadedToMs(current, room);
  return Math.max(0, freeMs - atMs);
}

/** How far into the next minute a count has faded to so much. */
function fadedToMs(count: bigint, to: bigint): number {
  if (count <= to) return 0;
  // The database rounds decimals before it rounds the count: at that instant it may be one more.
  return Number(divideCeiling(BigInt(MINUTE_MS) * (count - to), count)) + 1;
}
