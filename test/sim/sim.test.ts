import { describe, expect, it } from 'vitest';
import { firstFinding, PLAIN_FAULTS } from './planted-faults.ts';
import { simulate } from './simulate.ts';

const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);
const STEPS = 500;
/** As long as it takes on a machine with other things to do. */
const TIMEOUT_MS = 300_000;

describe('a simulated life of the ledger', () => {
  it.each(SEEDS)(
    'ends with exact books, whatever goes wrong in it (seed %i)',
    async (seed) => {
      const { calls } = await simulate(seed, STEPS);
      expect(calls).toBeGreaterThan(5);
    },
    TIMEOUT_MS,
  );

  it(
    'is the same again for the same seed, and another for another',
    async () => {
      const hashes: string[] = [];
      for (const seed of [1, 1, 2]) hashes.push((await simulate(seed, 200)).hash);
      expect(hashes[1]).toBe(hashes[0]);
      expect(hashes[2]).not.toBe(hashes[0]);
    },
    TIMEOUT_MS,
  );

  it.each(PLAIN_FAULTS.map((fault) => [fault.title, fault] as const))(
    'finds %s, and says how to see it again',
    async (_, fault) => {
      const found = await firstFinding(fault, 8, STEPS);
      expect(found).toMatch(/^Seed \d+ found .*\nAgain: npm run sim -- --seed \d+ --steps 500\n/);
    },
    TIMEOUT_MS,
  );
});
