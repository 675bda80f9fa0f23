import { type Command, InvalidArgumentError, Option } from 'commander';
import { assert, formatAmount } from '../kernel/index.ts';
import {
  partName,
  readUsage,
  USAGE_PARTS,
  type UsagePart,
  type UsageRow,
  type UsageSums,
  usageCsv,
} from '../metering/index.ts';
import { answers, type Shell } from './answer.ts';
import { type FilterFlags, readFilter, withFilterFlags } from './call-filter.ts';
import { table } from './table.ts';
import { wholeNumber } from './values.ts';

interface UsageFlags extends FilterFlags {
  readonly by: readonly UsagePart[];
  readonly sort: 'parts' | 'charge';
  readonly limit: number;
  readonly csv?: boolean;
}

const MOST = 100_000;

/** `farebox usage` */
export function addUsage(program: Command, shell: Shell): void {
  const command = withFilterFlags(
    program
      .command('usage')
      .description('sum up calls that are over; hours and days are those of the platform'),
  )
    .option(
      '--by <parts>',
      `what to divide by: ${USAGE_PARTS.join(', ')}; several with commas`,
      parts,
      ['day' as const],
    )
    .addOption(
      new Option('--sort <order>', 'in the order of the parts, or what paid most first')
        .choices(['parts', 'charge'])
        .default('parts'),
    )
    .option('--limit <number>', 'so many rows at most', wholeNumber(1, MOST), MOST)
    .option('--csv', 'as CSV');
  answers<UsageFlags>(
    shell,
    command,
    async ({ instance: { db }, options: { by, sort, limit, csv, ...flags } }) => {
      const { platform, filter } = await readFilter(db, flags);
      const { rows, totals, hasMore } = await readUsage(db, filter, { by, order: sort, limit });
      const data = rows.map((row) => ({ ...partsOf(by, row), ...sumsJson(row) }));
      const json = {
        platform: platform.slug,
        time_zone: platform.timeZone,
        by: by.join(','),
        data,
        has_more: hasMore,
        total: totals.map(sumsJson),
      };
      const text = csv === true ? usageCsv(by, rows) : writeUsage(by, rows, totals);
      return { json, text };
    },
  );
}

function parts(text: string): UsagePart[] {
  const given = text.split(',') as UsagePart[];
  if (given.every((part) => USAGE_PARTS.includes(part)) && new Set(given).size === given.length) {
    return given;
  }
  throw new InvalidArgumentError(`Give some of ${USAGE_PARTS.join(', ')}, each once.`);
}

function partsOf(by: readonly UsagePart[], row: UsageRow): Record<string, string | null> {
  const named = by.map((part) => [part, partName(part, row.parts[part] ?? '')] as const);
  return {
    ...Object.fromEntries(named),
    ...(row.account !== undefined && { account_name: row.account }),
  };
}

function sumsJson(row: UsageSums) {
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

function writeUsage(
  by: readonly UsagePart[],
  rows: readonly UsageRow[],
  totals: readonly UsageSums[],
): string {
  const cells = (names: readonly (string | null)[], sums: UsageSums) => [
    ...names,
    sums.calls,
    sums.input + sums.cachedInput,
    sums.output + sums.otherTokens,
    `${formatAmount(sums.charge, sums.scale)} ${sums.unit}`,
  ];
  const nameOf = (part: UsagePart, row: UsageRow) =>
    (part === 'account' ? row.account : undefined) ?? partName(part, row.parts[part] ?? '');
  const lines = rows.map((row) =>
    cells(
      by.map((part) => nameOf(part, row)),
      row,
    ),
  );
  const last = totals.map((sums) =>
    cells(
      by.map((_, place) => (place === 0 ? 'total' : '')),
      sums,
    ),
  );
  return table([...by, 'calls', 'input', 'output', 'charge'], [...lines, ...last], 'No calls.');
}
