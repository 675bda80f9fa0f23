// The part of the report on pages of the log of calls and of usage.
import { percentile } from '../machine/statistics.mjs';
import { number, table, target } from './format.mjs';

const USAGE_MS = 300;
const LOG_MS = 100;
const KINDS = ['platform', 'account'];

const of = ({ samples }, kind, name) =>
  samples.filter((each) => each.kind === kind).map((each) => each[name]);

export function callsTargets(result) {
  return KINDS.flatMap((kind) => [
    target({
      what: `any filter, sums and chart of one ${kind}, p95`,
      ...{ result: percentile(of(result, kind, 'usageMs'), 0.95), atMost: USAGE_MS, unit: ' ms' },
    }),
    target({
      what: `first page of the log of one ${kind}, any filter, p95`,
      ...{ result: percentile(of(result, kind, 'logMs'), 0.95), atMost: LOG_MS, unit: ' ms' },
    }),
  ]);
}

export function callsReport(result) {
  const { calls, accounts, questions, bytes, sealing } = result;
  const rows = KINDS.flatMap((kind) =>
    [
      ['usage', 'usageMs'],
      ['log', 'logMs'],
    ].map(([page, name]) => {
      const list = of(result, kind, name);
      return [
        `${page} of one ${kind}`,
        ...[0.5, 0.95, 1].map((each) => number(percentile(list, each), 1)),
      ];
    }),
  );
  const us = (name) => number((sealing[name] * 1_000) / calls, 1);
  const mb = (name) => number(bytes[name] / 2 ** 20);
  return `### Calls at scale

${number(calls)} calls of the last 30 days by ${number(accounts)} accounts of three platforms
(\`bench/history/history.sql\`), sealed and rolled up. ${number(questions)} questions, asked twice
after a first time: of a platform or an account (half of them among the 20 largest), with any of the
filters key, model, status and time; a page of usage is chart and sums, one of the log 50 lines. In
milliseconds, as the program sees it.

${table(['', 'p50', 'p95', 'most'], rows)}

To seal and roll up took ${us('clientCpuMs')} + ${us('databaseCpuMs')} microseconds of processor
time a call (program + PostgreSQL). Tables with their indexes: calls ${mb('call')} MB, sums by
account ${mb('account')} MB, by platform ${mb('platform')} MB, seal ${mb('seal')} MB.`;
}
