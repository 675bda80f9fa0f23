/** Chance that a seed decides: the same seed, the same throws. */
export interface Dice {
  /** A whole number from 0 up to and without `below`. */
  below(below: number): number;
  pick<T>(items: readonly T[]): T;
  /** Dice of one's own, so that what others throw changes nothing. */
  child(): Dice;
}

/** A 32-bit generator (mulberry32): small, and good enough to disturb things by. */
export function createDice(seed: number): Dice {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (bound: number) => next() % bound;
  return {
    below,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    child: () => createDice(next()),
  };
}
