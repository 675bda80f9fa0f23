import { createRandom } from '../seeded-random.ts';

/** Chance that a seed decides: the same seed, the same throws. */
export interface Dice {
  /** A whole number from 0 up to and without `below`. */
  below(below: number): number;
  pick<T>(items: readonly T[]): T;
  /** Dice of one's own, so that what others throw changes nothing. */
  child(): Dice;
}

export function createDice(seed: number): Dice {
  const below = createRandom(seed);
  return {
    below,
    pick: (items) => items[below(items.length)] as (typeof items)[number],
    child: () => createDice(below(2 ** 31)),
  };
}
