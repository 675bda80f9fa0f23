import { formatAmount, formatRowId } from '../kernel/index.ts';
import { csvLine } from './csv.ts';
import type { UsagePart, UsageRow } from './read-usage.ts';

/** How a part is told to the outside: ids with their prefix; null for calls without a key. */
export function partName(part: UsagePart, value: string): string | null {
  if (part === 'account') return formatRowId('acc', BigInt(value));
  if (part !== 'key') return value;
  return value === '0' ? null : formatRowId('key', BigInt(value));
}

/** Groups as CSV, with a line of headings. */
export function usageCsv(by: readonly UsagePart[], rows: readonly UsageRow[]): string {
  const named = by.includes('account') ? ['account_name'] : [];
  const counts = ['calls', 'input', 'output', 'cached_input', 'other_tokens'];
  const head = csvLine([...by, ...named, ...counts, 'unit', 'price', 'cost']);
  const lines = rows.map((row) =>
    csvLine([
      ...by.map((part) => partName(part, row.parts[part] ?? '')),
      ...(by.includes('account') ? [row.account ?? null] : []),
      ...[row.calls, row.input, row.output, row.cachedInput, row.otherTokens],
      row.unit,
      formatAmount(row.price, row.scale),
      formatAmount(row.charge, row.scale),
    ]),
  );
  return head + lines.join('');
}
