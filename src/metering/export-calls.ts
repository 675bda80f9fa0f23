import type { Queryable } from '../db/index.ts';
import { formatAmount, formatCallId, formatRowId } from '../kernel/index.ts';
import { usageOf } from './call-usage.ts';
import { type Cell, csvLine } from './csv.ts';
import type { CallFilter } from './filter.ts';
import { type CallLine, listCalls } from './list-calls.ts';

export const EXPORT_FORMATS = ['csv', 'ndjson'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** So many calls are read at once and written out before the next are read. */
const CALLS_AT_ONCE = 1_000;

const COLUMNS: Readonly<Record<string, (line: CallLine) => Cell>> = {
  id: (line) => formatCallId(line.id),
  created_at: (line) => line.heldAt.toISOString(),
  settled_at: (line) => line.settledAt.toISOString(),
  account: (line) => formatRowId('acc', line.accountId),
  account_name: (line) => line.account,
  key: (line) => (line.keyId === null ? null : formatRowId('key', line.keyId)),
  model: (line) => line.model,
  status: (line) => line.status,
  http_status: (line) => line.httpStatus,
  error_code: (line) => line.errorCode,
  streamed: (line) => line.streamed,
  estimated: (line) => line.estimated,
  usage: (line) => usageText(line),
  unit: (line) => line.unit,
  price: (line) => formatAmount(line.price, line.scale),
  cost: (line) => formatAmount(line.charge, line.scale),
  first_byte_ms: (line) => line.firstByteMs,
  latency_ms: (line) => line.latencyMs,
  upstream: (line) => line.upstream,
};
const NAMES = Object.keys(COLUMNS);

/**
 * Writes out all calls that match, newest first, some at a time: whoever reads slowly makes the
 * next be read later. Amounts are exact decimals in whole units. To be one picture, `db` has to be
 * a transaction that sees one snapshot.
 */
export async function* exportCalls(
  db: Queryable,
  filter: CallFilter,
  format: ExportFormat,
): AsyncGenerator<string, void, void> {
  let head = format === 'csv' ? csvLine(NAMES) : '';
  for (let before: string | undefined; ; ) {
    const page = { limit: CALLS_AT_ONCE, ...(before !== undefined && { before }) };
    const { lines, next } = await listCalls(db, filter, page);
    const text = head + lines.map((line) => writeLine(line, format)).join('');
    head = '';
    if (text !== '') yield text;
    if (next === undefined) return;
    before = next;
  }
}

function writeLine(line: CallLine, format: ExportFormat): string {
  if (format === 'csv') return csvLine(NAMES.map((name) => COLUMNS[name]?.(line) ?? null));
  const fields = NAMES.map((name) => [name, COLUMNS[name]?.(line) ?? null] as const);
  const usage = JSON.parse(usageText(line));
  return `${JSON.stringify({ ...Object.fromEntries(fields), usage })}\n`;
}

/** What was counted, by component, as a text of JSON. */
function usageText(line: CallLine): string {
  const counted = Object.entries(usageOf(line));
  return JSON.stringify(Object.fromEntries(counted.map(([name, n]) => [name, Number(n)])));
}
