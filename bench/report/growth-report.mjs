// The part of the report on what growing tables cost.
import { median } from '../machine/statistics.mjs';
import { number, table, target } from './format.mjs';

const MOST = 1.15;

const timeUs = ({ perSecond }) => 1e6 / perSecond;
const cpuUs = ({ cpuUs: { database, client } }) => database + client;

/** Median over the rounds of what a size costs by what the first size costs. */
function ratio({ samples, cases }, title, cost) {
  const of = (name) => samples.filter((each) => each.name === name);
  const first = new Map(of(cases[0].title).map((each) => [each.round, each]));
  return median(of(title).map((each) => cost(each) / cost(first.get(each.round))));
}

export function growthTargets(result) {
  return result.cases
    .filter(({ target: isPromised }) => isPromised)
    .flatMap(({ title }) => [
      target({
        what: `${title}: time a pair, by that of ${result.cases[0].title}`,
        ...{ result: ratio(result, title, timeUs), atMost: MOST },
      }),
      target({
        what: `${title}: processor time a pair, by the same`,
        ...{ result: ratio(result, title, cpuUs), atMost: MOST },
      }),
    ]);
}

export function growthReport(result) {
  const { samples, cases, pairs } = result;
  const rows = cases.map(({ title, callers, calls, name }) => {
    const own = samples.filter((each) => each.name === title);
    const get = (pick, decimals = 0) => number(median(own.map(pick)), decimals);
    const made = samples.filter(({ database }) => database === name);
    return [
      title,
      number(callers),
      `${number(calls)} to ${number(calls + made.reduce((sum, each) => sum + each.pairs, 0))}`,
      get(({ perSecond }) => perSecond),
      get(({ cpuUs: { database } }) => database),
      get(({ cpuUs: { client } }) => client),
      number(ratio(result, title, timeUs), 2),
      number(ratio(result, title, cpuUs), 2),
    ];
  });
  return `### Growth

A hold and its settlement, all counters claimed, with more in the tables: accounts (each with a
wallet, a key and a grant), and calls of the last 30 days with their holds. Each size is a database
of its own; they took turns, ${number(pairs)} pairs at a time, 256 clients. In each the same number
of customers called, drawn at even distances from all accounts. The last two rows stand beside the
promise: a new instance has no partitions of the past, and where every account calls hardly two
calls meet on a page. The books of each were verified. CPU is in microseconds a pair; the last two
columns are ratios to the first row.

${table(['', 'callers', 'calls', 'pairs/s', 'CPU PostgreSQL', 'CPU client', 'time', 'CPU'], rows)}`;
}
