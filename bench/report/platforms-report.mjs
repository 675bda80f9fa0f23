// The part of the report on what many platforms cost an instance.
import { median } from '../machine/statistics.mjs';
import { number, table, target } from './format.mjs';

/** "No worse" with what rounds of one size differ among themselves. */
const MOST = 1.15;

const FIGURES = [
  ['a start, from the command to the first answer', 'ms', ({ startMs }) => startMs],
  ['memory at rest', 'MB', ({ restMb }) => restMb],
  ['memory after the calls', 'MB', ({ memoryMb }) => memoryMb],
  ['a call at 8 connections, p50', 'ms', ({ latency }) => latency.p50],
  ['a call at 8 connections, p99', 'ms', ({ latency }) => latency.p99],
];

const medianOf = (samples, platforms, pick) =>
  median(samples.filter((one) => one.platforms === platforms).map(pick));

export function platformsTargets({ samples, sizes }) {
  const [few, many] = sizes;
  return FIGURES.map(([what, , pick]) =>
    target({
      what: `${what}: ${number(many)} platforms beside ${number(few)}`,
      result: medianOf(samples, many, pick) / medianOf(samples, few, pick),
      atMost: MOST,
    }),
  );
}

export function platformsReport({ samples, sizes }) {
  const rows = FIGURES.map(([what, unit, pick]) => [
    `${what} (${unit})`,
    ...sizes.map((size) => number(medianOf(samples, size, pick), 2)),
  ]);
  return `### Many platforms

Each platform has 100 accounts and 20 priced models; the calls come from 100 keys that are spread
over the platforms.

${table(['', ...sizes.map((size) => `${number(size)} platform${size === 1 ? '' : 's'}`)], rows)}`;
}
