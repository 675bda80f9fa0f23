import { describe, expect, it } from 'vitest';
import { simulate } from './simulate.ts';

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);
const STEPS = 500;

describe('the ledger, with everything going wrong that a seed thinks of', () => {
  it.each(SEEDS)(
    'keeps exact books (seed %i)',
    async (seed) => {
      const { calls } = await simulate(seed, STEPS);
      expect(calls).toBeGreaterThan(20);
    },
    60_000,
  );
});
