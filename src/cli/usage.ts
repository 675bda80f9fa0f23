import { type Command, Option } from 'commander';
import { assert, formatAmount, formatRowId } from '../kernel/index.ts';
import {
  readUsage,
  totalUsage,
  USAGE_PARTS,
  type UsagePart,
  type UsageRow,
} from '../metering/index.ts';
import { answers, type Shell } from './answer.ts';
import { type FilterFlags, readFilter, withFilterFlags } from './call-filter.ts';
import { table } from './table.ts';

/** `farebox usage` */
export function addUsage(program: Command, shell: Shell): void {
  const command = withFilterFlags(
    program
      .command('usage')
      .description('sum up calls that are over; hours and days are those of the platform'),
  ).addOption(
    new Option('--by <part>', 'what to divide by; key needs --account or --key')
      .choices(USAGE_PARTS)
      .default('day'),
  );
  answers<FilterFlags & { by: UsagePart }>(
    shell,
    command,
    async ({ instance: { db }, options: { by, ...flags } }) => {
      const { platform, filter } = await readFilter(db, flags);
      if (by === 'key' && filter.accountId === undefined) {
        command.error("--by key needs an account: give '--account <mail>'");
      }
      const rows = await readUsage(db, filter, by);
      const data = rows.map((row) => ({ [by]: partName(by, row.part), ...sumsJson(row) }));
      const total = totalUsage(rows).map(sumsJson);
      const json = { platform: platform.slug, time_zone: platform.timeZone, by, data, total };
      return { json, text: writeUsage(by, rows) };
    },
  );
}

function partName(by: UsagePart, part: string): string | null {
  if (by !== 'key') return part;
  return part === '0' ? null : formatRowId('key', BigInt(part));
}

function sumsJson(row: UsageRow) {
  return {
    calls: exactNumber(row.calls),
    input: exactNumber(row.input),
    output: exactNumber(row.output),
    cached_input: exactNumber(row.cachedInput),
    other_tokens: exactNumber(row.otherTokens),
    unit: row.unit,
    price: formatAmount(row.price, row.scale),
    charge: formatAmount(row.charge, row.scale),
  };
}

/** A count as a number of JSON. A sum above 2^53 - 1 would be shown wrong, so it is not shown. */
function exactNumber(sum: bigint): number {
  const number = Number(sum);
  assert(Number.isSafeInteger(number), 'a sum is a number that JSON can carry');
  return number;
}

function writeUsage(by: UsagePart, rows: readonly UsageRow[]): string {
  const cells = (name: string | null, row: UsageRow) => [
    name,
    row.calls,
    row.input + row.cachedInput,
    row.output + row.otherTokens,
    `${formatAmount(row.charge, row.scale)} ${row.unit}`,
  ];
  const lines = rows.map((row) => cells(partName(by, row.part), row));
  const totals = totalUsage(rows).map((row) => cells('total', row));
  return table([by, 'calls', 'input', 'output', 'charge'], [...lines, ...totals], 'No calls.');
}
