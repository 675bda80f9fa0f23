import { inject, test } from 'vitest';
import { SimulationFailed, simulate } from './simulate.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** What the command line of `npm run sim` asks for. */
    simulation: { seed: number; seeds: number; steps: number; trace: boolean };
  }
}

// Started by run.mjs. Every seed has its turn, also after one that failed.
test('the seeds that the command line asks for find nothing', async () => {
  const { seed: first, seeds, steps, trace } = inject('simulation');
  const failed: number[] = [];
  for (let seed = first; seed < first + seeds; seed += 1) {
    try {
      const { hash, calls, lines } = await simulate(seed, steps);
      if (trace) say(lines.join('\n'));
      say(`seed ${seed}  steps ${steps}  calls ${calls}  hash ${hash}`);
    } catch (error) {
      if (!(error instanceof SimulationFailed)) throw error;
      failed.push(seed);
      if (trace) say(error.lines.join('\n'));
      say(error.message);
    }
  }
  if (failed.length === 0) return;
  say(`${failed.length} of ${seeds} seeds found something wrong: ${failed.join(', ')}`);
  throw new Error('something is wrong');
});

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
