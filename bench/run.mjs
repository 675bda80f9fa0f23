// `npm run bench`: measures what is asked for in one run and writes the report. Ends with 1 when a
// target is missed, and with 2 when something is wrong with what is measured: an answer that is not
// what it must be, a switch that is off, books that do not hold.
import { measureCalls } from './calls/measure-calls.mjs';
import { measureFlood } from './flood/measure-flood.mjs';
import { measureGateway } from './gateway/measure-gateway.mjs';
import { measureGrowth } from './growth/measure-growth.mjs';
import { measureImport } from './import/measure-import.mjs';
import { describeMachine, describeVersions } from './machine/describe-machine.mjs';
import { closeOnSignals } from './machine/left-open.mjs';
import { choosePinning } from './machine/pinning.mjs';
import { loadRooms } from './machine/rooms.mjs';
import { readOptions } from './options.mjs';
import { measurePairs } from './pairs/measure-pairs.mjs';
import { measurePlatforms } from './platforms/measure-platforms.mjs';
import { writeReport } from './report/write-report.mjs';
import { measureVerify } from './verify/measure-verify.mjs';

const MEASURES = {
  gateway: measureGateway,
  flood: measureFlood,
  pairs: measurePairs,
  growth: measureGrowth,
  verify: measureVerify,
  platforms: measurePlatforms,
  calls: measureCalls,
  import: measureImport,
};
const say = (line) => process.stderr.write(`${line}\n`);

async function main(args) {
  const options = readOptions(args);
  closeOnSignals();
  const rooms = await loadRooms();
  const { pinning, text } = await choosePinning(options.isPinned);
  const run = {
    command: ['npm run bench --', ...args].join(' '),
    at: new Date().toISOString().slice(0, 10),
    // The address of a database may have a password in it.
    options: { ...options, databaseUrl: options.databaseUrl !== undefined },
    machine: await describeMachine(),
    versions: await describeVersions(),
    pinning: text,
    results: {},
  };
  for (const part of options.parts) {
    run.results[part] = await MEASURES[part]({ rooms, options, pinning, say });
  }
  const { page, path, targets } = await writeReport(run);
  process.stdout.write(`${page}\n`);
  say(`written to ${path}`);
  return targets.every(({ isMet }) => isMet) ? 0 : 1;
}

main(process.argv.slice(2)).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error) => {
    say(`bench: ${error.stack}`);
    process.exit(2);
  },
);
