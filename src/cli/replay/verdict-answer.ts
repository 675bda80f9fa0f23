import { formatAmount } from '../../kernel/index.ts';
import type { Answer } from '../answer.ts';
import { fields } from '../table.ts';
import type { Verdict } from './check-run.ts';
import { describeDifference, dollars } from './differences.ts';
import { grouped } from './progress.ts';

/** How a run went besides its bill. */
export interface RunFacts {
  readonly platform: string;
  readonly received: number;
  /** How long the sending took; undefined when an earlier run was checked. */
  readonly seconds: number | undefined;
}

const SHOWN = 20;
const DECIMALS = 9;

/** The verdict on a run, for a person and for a program. */
export function verdictAnswer(verdict: Verdict, run: RunFacts): Answer {
  const { bill, charged, differences } = verdict;
  const { calls, promptTokens, completionTokens, all } = bill;
  const perSecond = run.seconds === undefined ? undefined : run.received / run.seconds;
  const off = charged - all.cost;
  const summary = fields({
    platform: run.platform,
    requests: grouped(calls.length),
    'input tokens': grouped(promptTokens),
    'output tokens': grouped(completionTokens),
    'bill from the trace': dollars(all.cost),
    'charged in the books': dollars(charged),
    difference: differences.count === 0 ? '0' : dollars(off),
    ...(run.seconds === undefined ? {} : { seconds: run.seconds.toFixed(1) }),
    ...(perSecond === undefined ? {} : { 'requests a second': perSecond.toFixed(0) }),
  });
  const json = {
    ok: differences.count === 0,
    platform: run.platform,
    requests: calls.length,
    input_tokens: promptTokens,
    output_tokens: completionTokens,
    unit: 'USD',
    billed: formatAmount(all.cost, DECIMALS),
    charged: formatAmount(charged, DECIMALS),
    difference: formatAmount(off, DECIMALS),
    seconds: rounded(run.seconds),
    requests_per_second: rounded(perSecond),
    difference_count: differences.count,
    differences: differences.first.slice(0, SHOWN).map((one) => ({
      line: one.line ?? null,
      request_id: one.requestId ?? null,
      subject: one.subject,
      expected: one.expected,
      found: one.found,
    })),
  };
  return { json, text: summary + differencesText(verdict), exitCode: json.ok ? 0 : 1 };
}

const rounded = (value: number | undefined) =>
  value === undefined ? null : Math.round(value * 1_000) / 1_000;

function differencesText({ differences }: Verdict): string {
  const { count } = differences;
  if (count === 0) return 'Every figure is as the trace says.\n';
  const shown = differences.first.slice(0, SHOWN).map((one) => `  ${describeDifference(one)}\n`);
  const more = count > shown.length ? `  and ${grouped(count - shown.length)} more\n` : '';
  return `${grouped(count)} figures differ; the first:\n${shown.join('')}${more}`;
}
