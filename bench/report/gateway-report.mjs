// The gateway's part of the report: targets, and a table for each load.
import { casesOf } from '../gateway/cases.mjs';
import { median } from '../machine/statistics.mjs';
import { number, table, target } from './format.mjs';

const CONTENDERS = ['direct', 'nginx', 'pass-through', 'portkey', 'farebox'];

/** Medians over the rounds: a figure, what it adds to the mock's, its share of another's. */
function read(samples) {
  const of = (name, contender) =>
    samples.filter((each) => each.case === name && each.contender === contender);
  const paired = (name, contender, other, combine) => {
    const others = new Map(of(name, other).map((each) => [each.round, each]));
    const both = of(name, contender).filter(({ round }) => others.has(round));
    return median(both.map((each) => combine(each, others.get(each.round))));
  };
  return {
    figure: (name, contender, get) => median(of(name, contender).map(get)),
    added: (name, contender, get) =>
      paired(name, contender, 'direct', (each, direct) => get(each) - get(direct)),
    share: (name, contender, other) =>
      paired(name, contender, other, (each, its) => each.perSecond / its.perSecond),
    most: (name, contender, get) => Math.max(...of(name, contender).map(get)),
  };
}

export function gatewayTargets({ samples, idle }) {
  const { added, share, most } = read(samples);
  const rate = (other) => share('json-64', 'farebox', other);
  const p50 = ({ latency }) => latency.p50;
  const p99 = ({ latency }) => latency.p99;
  const ms = { unit: ' ms' };
  return [
    target({
      what: "metered call, 64 connections: share of the bare pass-through's requests/s",
      ...{ result: rate('pass-through'), atLeast: 0.45 },
    }),
    target({
      what: "metered call, 64 connections: times Portkey's requests/s",
      ...{ result: rate('portkey'), atLeast: 13, decimals: 1 },
    }),
    target({
      what: 'added at 8 connections, p50',
      ...{ result: added('json-8', 'farebox', p50), atMost: 2, ...ms },
    }),
    target({
      what: 'added at 8 connections, p99',
      ...{ result: added('json-8', 'farebox', p99), atMost: 4, ...ms },
    }),
    target({
      what: 'added at 1 connection, p50',
      ...{ result: added('json-1', 'farebox', p50), atMost: 0.9, ...ms },
    }),
    target({
      what: "50 streams at once: share of the pass-through's streams/s",
      ...{ result: share('stream-50', 'farebox', 'pass-through'), atLeast: 0.95 },
    }),
    target({
      what: 'added to the first byte at 50 streams, p50',
      ...{
        result: added('stream-50', 'farebox', (each) => each.firstByte.p50),
        atMost: 1.5,
        ...ms,
      },
    }),
    target({
      what: 'memory of our process at 64 connections',
      ...{ result: most('json-64', 'farebox', (each) => each.memoryMb.now), atMost: 250 },
      ...{ unit: ' MB', decimals: 0 },
    }),
    target({
      what: 'processor time at rest, our process and PostgreSQL together',
      ...{ result: (idle.server + (idle.database ?? 0)) / 10, atMost: 1, unit: ' % of a core' },
    }),
  ];
}

export function gatewayReport(result) {
  const { samples, chunkMs, calls, limits, missing, idle } = result;
  const figures = read(samples);
  const tables = casesOf(chunkMs).map(
    (one) => `#### ${one.title}\n\n${caseTable(one, figures, missing)}`,
  );
  return `### The metered call

The load generator checked the status and every byte of each answer. Afterwards Farebox had one
settled call for each of its ${number(calls)} answers, and \`farebox verify\` found no difference.
Limits that were checked on each call, of key and account alike, and never reached:
${limits.map((name) => `\`${name}\``).join(', ')}.
"Added" is the time above that of the mock provider called directly in the same round; the first
byte is that of the body. CPU is processor time a request, in milliseconds; load is the mock's and
the load generator's. Processor time at rest, a second: our process ${number(idle.server, 1)} ms,
PostgreSQL ${number(idle.database, 1)} ms.

${tables.join('\n\n')}`;
}

function caseTable({ name, stream }, { figure, added }, missing) {
  const titles = [
    ...['', stream ? 'streams/s' : 'requests/s', 'CPU proxy', 'CPU PostgreSQL', 'CPU load'],
    ...(stream ? ['added first byte p50', 'p99'] : ['added p50', 'p99']),
    'memory MB',
  ];
  const time = stream ? 'firstByte' : 'latency';
  const rows = CONTENDERS.map((contender) => {
    const why = missing[contender];
    if (why !== undefined) return [contender, why, ...titles.slice(2).map(() => '')];
    const get = (pick, decimals) => number(figure(name, contender, pick), decimals);
    const times = ['p50', 'p99'].map((share) => {
      const ms = ({ [time]: taken }) => taken[share];
      return contender === 'direct' ? `(${get(ms, 2)})` : number(added(name, contender, ms), 2);
    });
    return [
      contender,
      get(({ perSecond }) => perSecond, stream ? 1 : 0),
      get(({ cpuMs }) => cpuMs.proxy, 3),
      get(({ cpuMs }) => cpuMs.database, 3),
      get(({ cpuMs }) => cpuMs.mock + cpuMs.client, 3),
      ...times,
      get(({ memoryMb }) => memoryMb?.now, 0),
    ];
  });
  return table(titles, rows);
}
