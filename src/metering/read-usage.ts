import type { Queryable } from '../db/index.ts';
import type { Amount } from '../kernel/index.ts';
import { type CallFilter, conditionsOf, createValues, idRange } from './filter.ts';

/** What usage can be divided by; hours and days are those of the platform's time zone. */
export const USAGE_PARTS = ['hour', 'day', 'model', 'status', 'key'] as const;
export type UsagePart = (typeof USAGE_PARTS)[number];

/** Sums of calls that are over. Amounts are in the unit's smallest part, 10^-scale. */
export interface UsageSums {
  readonly calls: bigint;
  readonly input: bigint;
  readonly output: bigint;
  readonly cachedInput: bigint;
  /** Tokens of other kinds, such as reasoning. */
  readonly otherTokens: bigint;
  /** What the work cost by the price; `charge` is what the wallets paid of it. */
  readonly price: Amount;
  readonly charge: Amount;
}

export interface UsageRow extends UsageSums {
  /** The hour or day as the platform's clocks show it, the model's slug, the status, the key. */
  readonly part: string;
  readonly unit: string;
  readonly scale: number;
}

const PARTS: Readonly<Record<UsagePart, string>> = {
  hour: `to_char(u.hour at time zone z.time_zone, 'YYYY-MM-DD HH24:MI')`,
  day: `to_char(u.hour at time zone z.time_zone, 'YYYY-MM-DD')`,
  model: `(select slug from product where platform_id = z.id and id = u.product_id)`,
  status: 'u.outcome',
  key: 'u.key_id::text',
};
const SUMS = ['calls', 'input', 'output', 'cached_input', 'other_tokens', 'price', 'charge'];

/**
 * Sums the calls of one platform or one account, part by part. Hours are whole: `from` and `until`
 * that are not at an hour's beginning in the platform's time zone take in the hours they fall in.
 * One statement: what is rolled up, and beside it the calls that are not yet, so that the sums are
 * exact at every moment. Dividing by key needs an account.
 */
export async function readUsage(
  db: Queryable,
  filter: CallFilter,
  by: UsagePart,
): Promise<UsageRow[]> {
  const values = createValues();
  const owner = filter.accountId === undefined ? 'usage_of_platform' : 'usage_of_account';
  const key = filter.accountId === undefined ? '0::bigint as key_id' : 'key_id';
  const where = conditionsOf(filter, values);
  const [from, until] = [values.add(filter.from ?? null), values.add(filter.until ?? null)];
  const since = values.add(idRange(filter).from);
  const columns = (calls: string) =>
    `hour, product_id, unit, outcome, ${[calls, ...SUMS.slice(1)].join(', ')}`;
  const text = `
    with zone as (
      select id, time_zone, coalesce(date_trunc('hour', ${from}::timestamptz, time_zone),
          '-infinity') as since, coalesce(${until}::timestamptz, 'infinity') as until
      from platform where id = ${values.add(filter.platformId)}
    ), usage as (
      select ${key}, ${columns('calls')} from ${owner}
      where ${where} and hour >= (select since from zone) and hour < (select until from zone)
      union all
      select key_id, ${columns('1')} from call_usage
      where ${where} and id >= greatest((select sealed_until()), ${since})
        and hour < (select until from zone)
      union all
      select key_id, ${columns('1')} from late_call l
      cross join lateral (select * from call_usage where id = l.id offset 0) c
      where l.sealed_in is null and ${where}
        and hour >= (select since from zone) and hour < (select until from zone)
    )
    select ${PARTS[by]} as part, u.unit, min(n.scale) as scale,
      ${SUMS.map((each) => `sum(u.${each})::text as ${each}`).join(', ')}
    from usage u cross join zone z join unit n on n.platform_id = z.id and n.code = u.unit
    group by 1, 2 order by 1, 2`;
  const rows = await db.query<Record<string, string> & { scale: number }>(text, values.list);
  return rows.map((row) => toUsage(row));
}

/** Adds up the rows of each unit. */
export function totalUsage(rows: readonly UsageRow[]): UsageRow[] {
  const totals = new Map<string, UsageRow>();
  for (const row of rows) {
    const sum = totals.get(row.unit);
    totals.set(row.unit, sum === undefined ? { ...row, part: 'total' } : addUsage(sum, row));
  }
  return [...totals.values()];
}

function addUsage(sum: UsageRow, row: UsageRow): UsageRow {
  return {
    ...sum,
    calls: sum.calls + row.calls,
    input: sum.input + row.input,
    output: sum.output + row.output,
    cachedInput: sum.cachedInput + row.cachedInput,
    otherTokens: sum.otherTokens + row.otherTokens,
    price: sum.price + row.price,
    charge: sum.charge + row.charge,
  };
}

function toUsage(row: Record<string, string> & { scale: number }): UsageRow {
  const whole = (name: string) => BigInt(row[name] ?? 0);
  return {
    part: row.part ?? '',
    unit: row.unit ?? '',
    scale: row.scale,
    calls: whole('calls'),
    input: whole('input'),
    output: whole('output'),
    cachedInput: whole('cached_input'),
    otherTokens: whole('other_tokens'),
    price: whole('price'),
    charge: whole('charge'),
  };
}
