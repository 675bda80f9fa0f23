// The part of the report on holds and settlements a second.
import { median } from '../machine/statistics.mjs';
import { number, table, target } from './format.mjs';

const TITLES = (wallets) => ({
  spread: `over ${number(wallets)} wallets`,
  hot: 'on one wallet',
  grants: `over ${number(wallets)} wallets with three live grants`,
  'bare-spread': `yardstick: the bare shape over ${number(wallets)} wallets`,
  'bare-hot': 'yardstick: the bare shape on one wallet',
});

const figure = (samples, name, get) =>
  median(samples.filter((each) => each.name === name).map(get));

function share(samples, name, other) {
  const others = new Map(
    samples.filter((each) => each.name === other).map((each) => [each.round, each.perSecond]),
  );
  const own = samples.filter((each) => each.name === name);
  return median(own.map(({ round, perSecond }) => perSecond / others.get(round)));
}

export function pairsTargets({ samples, wallets }) {
  const rate = (name) => figure(samples, name, ({ perSecond }) => perSecond);
  const spread = `holds + settlements a second over ${number(wallets)} wallets`;
  return [
    target({ what: spread, result: rate('spread'), atLeast: 15_000, decimals: 0 }),
    target({
      what: 'holds + settlements a second on one wallet',
      ...{ result: rate('hot'), atLeast: 30_000, decimals: 0 },
    }),
    target({
      what: 'one hot wallet: share of the spread case',
      ...{ result: share(samples, 'hot', 'spread'), atLeast: 0.95 },
    }),
    target({
      what: 'three live grants a wallet: share of the spread case',
      ...{ result: share(samples, 'grants', 'spread'), atLeast: 0.9 },
    }),
  ];
}

export function pairsReport({ samples, pairs, sealed, counters, wallets }) {
  const titles = TITLES(wallets);
  const rows = Object.keys(titles).map((name) => {
    const get = (pick, decimals = 0) => number(figure(samples, name, pick), decimals);
    return [
      titles[name],
      get(({ perSecond }) => perSecond),
      get(({ cpuUs }) => cpuUs.database),
      get(({ cpuUs }) => cpuUs.client),
      ...[({ hold }) => hold.p50, ({ hold }) => hold.p99].map((pick) => get(pick, 1)),
      ...[({ settle }) => settle.p50, ({ settle }) => settle.p99].map((pick) => get(pick, 1)),
    ];
  });
  return `### Holds and settlements

256 clients in one process, the product's ledger and nothing around it. Every hold claimed
${counters.length} counters, each of which was seen to refuse a call when its cap is reached:
${counters.map((name) => `\`${name}\``).join(', ')}.
Partitions by day and the full row of the call as shipped; the seal and the sums of usage followed
behind in the same process (${number(sealed)} calls sealed by the end). Afterwards there was one
hold and one settled call for each of the ${number(pairs)} pairs; \`verify\` found no difference.
The yardstick is the least that a batched hold and settlement can be: no limits, no grants, no
partitions, a small row (\`bench/pairs/bare-shape.mjs\`). CPU is processor time a pair, in
microseconds.

${table(
  [
    ...['', 'pairs/s', 'CPU PostgreSQL', 'CPU client'],
    ...['hold p50 ms', 'p99', 'settle p50 ms', 'p99'],
  ],
  rows,
)}`;
}
