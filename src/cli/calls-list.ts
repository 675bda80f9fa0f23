import type { Command } from 'commander';
import { Fault, formatAmount, formatCallId, formatRowId, parseCallId } from '../kernel/index.ts';
import { type CallLine, listCalls } from '../metering/index.ts';
import { answers, type Shell } from './answer.ts';
import { type CallFlags, readFilter, withCallFlags } from './call-filter.ts';
import { table } from './table.ts';
import { wholeNumber } from './values.ts';

const MOST = 1_000;

/** `farebox calls list` */
export function addCallsList(noun: Command, shell: Shell): void {
  const command = withCallFlags(
    noun.command('list').description('list calls that are over, newest first'),
  )
    .option('--limit <number>', 'so many of them', wholeNumber(1, MOST), 50)
    .option('--before <id>', "older than this call: the next page begins at the last one's id");
  answers<CallFlags & { limit: number; before?: string }>(
    shell,
    command,
    async ({ instance: { db }, options }) => {
      const { filter } = await readFilter(db, options);
      const before = options.before === undefined ? {} : { before: readCallId(options.before) };
      const page = await listCalls(db, filter, { limit: options.limit, ...before });
      const data = page.lines.map(lineJson);
      const next = page.next === undefined ? null : formatCallId(page.next);
      return { json: { data, next }, text: writeLines(data, next) };
    },
  );
}

function lineJson(line: CallLine) {
  return {
    id: formatCallId(line.id),
    account: line.account,
    key: line.keyId === null ? null : formatRowId('key', line.keyId),
    model: line.model,
    status: line.status,
    http_status: line.httpStatus,
    error_code: line.errorCode,
    streamed: line.streamed,
    estimated: line.estimated,
    input: Number(line.input),
    output: Number(line.output),
    cached_input: Number(line.cachedInput),
    unit: line.unit,
    price: formatAmount(line.price, line.scale),
    charge: formatAmount(line.charge, line.scale),
    created_at: line.heldAt.toISOString(),
    latency_ms: line.latencyMs,
  };
}

function writeLines(lines: readonly ReturnType<typeof lineJson>[], next: string | null): string {
  const headings = ['call', 'at', 'account', 'model', 'status', 'input', 'output', 'charge'];
  const rows = lines.map((line) => [
    line.id,
    line.created_at,
    line.account,
    line.model,
    line.http_status === null ? line.status : `${line.status} ${line.http_status}`,
    line.input + line.cached_input,
    line.output,
    `${line.charge} ${line.unit}`,
  ]);
  const more = next === null ? '' : `More: --before ${next}\n`;
  return `${table(headings, rows, 'No calls.')}${more}`;
}

function readCallId(text: string): string {
  const id = parseCallId(text);
  if (id !== undefined) return id;
  throw new Fault({
    code: 'invalid_id',
    status: 422,
    message: `'${text}' is not the id of a call. Take one of the list: it begins with req_.`,
  });
}
