import type { Random } from '../../src/kernel/index.ts';
import { createRandom } from '../seeded-random.ts';

/** Decisions that are the same for the same seed. */
export interface SimRandom {
  /** A whole number from 0 to below `n`. */
  below(n: number): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  /** True in so many cases of a thousand. */
  chance(perMille: number): boolean;
  pick<T>(from: readonly T[]): T;
  /** One of the choices, each as often as its weight says. */
  weighted<T>(choices: readonly (readonly [weight: number, choice: T])[]): T;
  readonly bytes: Random;
}

export function createSimRandom(seed: number): SimRandom {
  const below = createRandom(seed);
  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (perMille) => below(1_000) < perMille,
    pick: (from) => {
      if (from.length === 0) throw new Error('there is nothing to pick from');
      return from[below(from.length)] as (typeof from)[number];
    },
    weighted: (choices) => {
      let left = below(choices.reduce((sum, [weight]) => sum + weight, 0));
      for (const [weight, choice] of choices) {
        if (left < weight) return choice;
        left -= weight;
      }
      throw new Error('the weights add up to more than nothing');
    },
    bytes: (size) => Uint8Array.from({ length: size }, () => below(256)),
  };
}
