// The part of the report on the import of a user base.
import { median } from '../machine/statistics.mjs';
import { number, table, target } from './format.mjs';

const LEAST_ROWS_A_SECOND = 2_000;
const MOST_MB = 200;

const of = ({ runs }, name, figure) => median(runs.map((run) => run[name][figure]));
const rateOf = (result, name) => result.rows / (of(result, name, 'wallMs') / 1_000);
const megabytesOf = (result) => of(result, 'first', 'grewBytes') / 2 ** 20;

export function importTargets(result) {
  const msARow = of(result, 'first', 'wallMs') / result.rows;
  return [
    target({
      what: `import of ${number(result.rows)} users, a row`,
      ...{ result: msARow, atMost: 1_000 / LEAST_ROWS_A_SECOND, unit: ' ms' },
    }),
    target({
      what: 'what memory grows by meanwhile',
      ...{ result: megabytesOf(result), atMost: MOST_MB, unit: ' MB' },
    }),
  ];
}

export function importReport(result) {
  const row = (what, name) => [
    what,
    number(rateOf(result, name)),
    ...['wallMs', 'clientCpuMs', 'databaseCpuMs'].map((figure) =>
      number(of(result, name, figure) / 1_000, 2),
    ),
  ];
  return `### Import of a user base

${number(result.rows)} users as mongoexport writes them, each with a mail, an id, a name and a
balance: an account, a wallet, a grant and a transfer each, in batches that are durable one by one.
Beside it PostgreSQL's own COPY of the same rows into one table without an index. Times in seconds;
memory grows by ${number(megabytesOf(result))} MB at most.

${table(
  ['', 'rows/s', 'time', 'CPU program', 'CPU PostgreSQL'],
  [
    row('import', 'first'),
    row('the same file again', 'again'),
    row('COPY into a bare table', 'copy'),
  ],
)}`;
}
