// What the command line says.
import { parseArgs } from 'node:util';

export const PARTS = ['gateway', 'flood', 'pairs', 'growth'];
/** With those that run only when they are named. */
export const ALL_PARTS = [...PARTS, 'verify', 'calls', 'platforms', 'import'];

export const USAGE = `npm run bench -- [gateway] [flood] [pairs] [growth] [verify] [calls]
              [platforms] [import] [options]

Without a part, the first four run. Options:
  --quick               small sizes, short windows, two rounds: to try the bench, not to publish
  --rounds <n>          rounds, whose medians are told (5; quick 2)
  --seconds <n>         length of one measurement (3; quick 1)
  --chunk-ms <n>        pause between the chunks of a stream (10)
  --no-pin              pin no process to a core
  --database-url <url>  a PostgreSQL server of yours, on which databases may be made
`;

/** Throws an Error with the usage when the command line is not understood. */
export function readOptions(args) {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        'chunk-ms': { type: 'string', default: '10' },
        'no-pin': { type: 'boolean', default: false },
        'database-url': { type: 'string' },
      },
    });
  } catch (error) {
    throw new Error(`${error.message}\n\n${USAGE}`);
  }
  const { values, positionals } = parsed;
  const unknown = positionals.find((part) => !ALL_PARTS.includes(part));
  if (unknown !== undefined) throw new Error(`There is no part '${unknown}'.\n\n${USAGE}`);
  const { quick } = values;
  return {
    quick,
    parts: ALL_PARTS.filter((part) => (positionals.length ? positionals : PARTS).includes(part)),
    rounds: wholeNumber('rounds', values.rounds ?? (quick ? '2' : '5')),
    seconds: wholeNumber('seconds', values.seconds ?? (quick ? '1' : '3')),
    chunkMs: wholeNumber('chunk-ms', values['chunk-ms']),
    isPinned: !values['no-pin'],
    databaseUrl: values['database-url'],
  };
}

function wholeNumber(name, text) {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new Error(`--${name} is a whole number from 1 to 9999.\n\n${USAGE}`);
}
