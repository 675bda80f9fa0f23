// `npm run sim -- --seed 1 --seeds 20 --steps 500`: lives through seeds of the simulation and says
// of each what it came to. Ends with 1 when one of them finds something wrong.
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SEEDS = fileURLToPath(new URL('./run-seeds.ts', import.meta.url));
const USAGE = `npm run sim -- [options]

  --seed <n>    the first seed (1)
  --seeds <n>   how many seeds, one after the other (1)
  --steps <n>   how many steps each of them lives through (500)
  --trace       print everything that happens
`;

function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1' },
      steps: { type: 'string', default: '500' },
      trace: { type: 'boolean', default: false },
    },
  });
  const number = (name) => {
    if (/^\d{1,9}$/.test(values[name])) return Number(values[name]);
    throw new Error(`--${name} is a whole number of at most nine digits.`);
  };
  const [seed, seeds, steps] = ['seed', 'seeds', 'steps'].map(number);
  return { seed, seeds, steps, trace: values.trace };
}

async function main(args) {
  // Vitest brings what the simulation needs: TypeScript, and a PostgreSQL for the run.
  const run = await startVitest('test', [], {
    config: false,
    root: ROOT,
    include: [relative(ROOT, SEEDS)],
    globalSetup: ['./test/global-setup.ts'],
    provide: { simulation: readOptions(args) },
    reporters: [{ onUserConsoleLog: ({ content }) => process.stdout.write(content) }],
    watch: false,
    testTimeout: 0,
    retry: 0,
  });
  const failed = run.state.getFiles().length === 0 || run.state.getCountOfFailedTests() > 0;
  for (const error of run.state.getUnhandledErrors()) process.stderr.write(`${error}\n`);
  await run.close();
  process.exitCode = failed ? 1 : 0;
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
});
