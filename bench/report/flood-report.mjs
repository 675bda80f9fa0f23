// The part of the report on what a flood of refused calls leaves to those who pay.
import { FLOODS } from '../flood/measure-flood.mjs';
import { median } from '../machine/statistics.mjs';
import { number, table, target } from './format.mjs';

const rate = ({ counted, windowMs }) => (counted * 1_000) / windowMs;
const p99 = ({ latency }) => latency.p99;
/** A figure during the flood as a share of what it was in the quiet before and after. */
const share = (get) => (sample) => {
  const { before, during, after } = sample;
  return get(during) / ((get(before) + get(after)) / 2);
};

const of = (samples, name, get) =>
  median(samples.filter((each) => each.name === name).map((each) => get(each)));

export function floodTargets({ samples }) {
  const all = (get) => FLOODS.map(({ name }) => of(samples, name, share(get)));
  return [
    target({
      what: "a flood of one tenant's refused calls: what it leaves of the others' requests/s",
      ...{ result: Math.min(...all(rate)), atLeast: 0.9 },
    }),
    target({
      what: "a flood of one tenant's refused calls: the others' p99, times that without it",
      ...{ result: Math.max(...all(p99)), atMost: 2 },
    }),
  ];
}

export function floodReport({ samples, calls, clients }) {
  const rows = FLOODS.map(({ name, title }) => {
    const get = (pick, decimals = 0) => number(of(samples, name, pick), decimals);
    return [
      title,
      get(({ flood }) => (flood.refusedCounted * 1_000) / flood.windowMs),
      get(({ before, after }) => (rate(before) + rate(after)) / 2),
      get(({ during }) => rate(during)),
      get(share(rate), 2),
      get(({ before, after }) => (p99(before) + p99(after)) / 2, 1),
      get(({ during }) => p99(during), 1),
      get(share(p99), 2),
    ];
  });
  return `### Beside a flood

${clients} clients who pay, 1 KB JSON, and beside them ${clients} of one account that are refused
all the time and come again at once: without money (402), or above the account's limit of one call a
minute (429). Each flood was measured between two times of quiet. The books had each of the
${number(calls)} answers, and \`verify\` found no difference.

${table(
  [
    ...['flood', 'refusals/s', 'requests/s without', 'with', 'share'],
    ...['p99 ms without', 'with', 'times'],
  ],
  rows,
)}`;
}
