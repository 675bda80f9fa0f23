// The part of the report on what it takes to verify the books.
import { median } from '../machine/statistics.mjs';
import { number, table, target } from './format.mjs';

const MOST_S = 60;

const secondsOf = (runs, name) => median(runs.map((run) => run[name])) / 1_000;

export function verifyTargets({ runs, calls }) {
  const what = `\`farebox verify\` over ${number(calls)} calls`;
  return [target({ what, result: secondsOf(runs, 'wallMs'), atMost: MOST_S, unit: ' s' })];
}

export function verifyReport({ runs, calls, accounts, sealing }) {
  const cells = (name, list) => [
    name,
    ...['wallMs', 'clientCpuMs', 'databaseCpuMs'].map((one) => number(secondsOf(list, one), 1)),
  ];
  return `### Verification

${number(calls)} calls of the last 30 days by ${number(accounts)} accounts, written at once
(\`bench/history/history.sql\`) and sealed; then the command as an operator runs it, in a process of
its own. In seconds; the machine's own share of other work shows as time beyond the processor time.

${table(
  ['', 'time', 'CPU program', 'CPU PostgreSQL'],
  [cells('farebox verify', runs), cells('seal and roll up all of it', [sealing])],
)}`;
}
