import { describe, expect, it } from 'vitest';
import { FATES } from '../sim/fates.ts';
import { firstFinding, RARE_FAULTS } from '../sim/planted-faults.ts';
import { simulate } from '../sim/simulate.ts';

const SEEDS = 200;
const STEPS = 500;
const TIMEOUT_MS = 3_600_000;

describe('the simulation', () => {
  it(
    'finds nothing wrong in 200 lives, in which every fault meets every kind of batch',
    async () => {
      const met = new Set<string>();
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        for (const what of (await simulate(seed, STEPS)).met) met.add(what);
      }
      const batches = ['hold_ordinary', 'hold_batch', 'settle_ordinary', 'settle_batch'];
      const missed = batches.flatMap((batch) =>
        FATES.map((fate) => `${batch}: ${fate}`).filter((what) => !met.has(what)),
      );
      expect(missed).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it.each(RARE_FAULTS.map((fault) => [fault.title, fault] as const))(
    'finds %s',
    async (_, fault) => {
      expect(await firstFinding(fault, SEEDS, STEPS)).toMatch(/^Seed \d+ found something wrong/);
    },
    TIMEOUT_MS,
  );
});
