import type { Queryable } from '../db/index.ts';
import type { Amount } from '../kernel/index.ts';
import { type CallFilter, conditionsOf, createValues, idRange, type Values } from './filter.ts';

/** What usage can be divided by; hours and days are those of the platform's time zone. */
export const USAGE_PARTS = ['hour', 'day', 'model', 'status', 'key', 'account'] as const;
export type UsagePart = (typeof USAGE_PARTS)[number];

/** Sums of calls that are over. Amounts are in the unit's smallest part, 10^-scale. */
export interface UsageSums {
  readonly unit: string;
  readonly scale: number;
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

/** The sums of one group. */
export interface UsageRow extends UsageSums {
  /**
   * By what is divided by: the hour or day as the platform's clocks show it, the model's slug, the
   * status, the ids of key and account ('0' for calls without a key).
   */
  readonly parts: Readonly<Partial<Record<UsagePart, string>>>;
  /** The account's mail address, else its outside id, where accounts are told apart. */
  readonly account: string | undefined;
  /** What to give as `after` for the groups after this one. */
  readonly cursor: string;
}

/** Some groups, and the sums over all groups, of this page or not, by unit. */
export interface UsagePage {
  readonly rows: UsageRow[];
  readonly totals: UsageSums[];
  readonly hasMore: boolean;
}

export interface UsageQuestion {
  /** One row for each combination of these that has calls, and unit; all in one when empty. */
  readonly by: readonly UsagePart[];
  /** `parts`: in the order of `by`; `charge`: what paid most first. */
  readonly order?: 'parts' | 'charge';
  readonly limit?: number;
  /** The `cursor` of a row, of the same question. Faults of its text are not caught here. */
  readonly after?: string;
}

/** How a part is told apart, of which type that is, and how it is shown. */
const PARTS: Readonly<Record<UsagePart, { group: string; type: string; shown: string }>> = {
  hour: {
    group: 'u.hour',
    type: 'timestamptz',
    shown: `to_char(g.hour at time zone z.time_zone, 'YYYY-MM-DD HH24:MI')`,
  },
  day: {
    group: `date_trunc('day', u.hour, z.time_zone)`,
    type: 'timestamptz',
    shown: `to_char(g.day at time zone z.time_zone, 'YYYY-MM-DD')`,
  },
  model: {
    group: 'u.product_id',
    type: 'bigint',
    shown: '(select slug from product where platform_id = z.id and id = g.model)',
  },
  status: { group: 'u.outcome', type: 'text', shown: 'g.status' },
  key: { group: 'u.key_id', type: 'bigint', shown: 'g.key::text' },
  account: { group: 'u.account_id', type: 'bigint', shown: 'g.account::text' },
};
const SUMS = ['calls', 'input', 'output', 'cached_input', 'other_tokens', 'price', 'charge'];
const LIMIT = 100_000;
/** Beyond what bigint has: amounts of all units on one scale, most first. */
const RANK = 'sum(u.charge) * -power(10::numeric, 12 - n.scale)';

/**
 * Sums the calls of one platform or one account, group by group. Hours are whole: `from` and
 * `until` that are not at an hour's beginning in the platform's time zone take in the hours they
 * fall in.
 * One statement: what is rolled up, and beside it the calls that are not yet, so that the sums are
 * exact at every moment. What only a call's own row says (`httpStatus` and so on) is not asked.
 */
export async function readUsage(
  db: Queryable,
  filter: CallFilter,
  question: UsageQuestion,
): Promise<UsagePage> {
  const { by, limit = LIMIT } = question;
  const values = createValues();
  const names = [...by, 'unit'];
  const keys = question.order === 'charge' ? ['rank', ...names] : names;
  const groups = by.map((part) => `${PARTS[part].group} as ${part}`);
  const text = `
    with ${usageOf(filter, by, values)}, summed as (
      select ${[...groups, 'u.unit', 'n.scale', `${RANK} as rank`].join(', ')},
        ${SUMS.map((each) => `sum(u.${each}) as ${each}`).join(', ')}
      from usage u cross join zone z join unit n on n.platform_id = z.id and n.code = u.unit
      group by ${[...by.map((_, place) => place + 1), 'u.unit', 'n.scale'].join(', ')}
    ), page as (
      select *, row_number() over (order by ${keys.join(', ')}) as place from summed
      where ${afterCursor(question, keys, values)}
      order by ${keys.join(', ')} limit ${limit + 1}
    )
    select g.place, array[${by.map((part) => PARTS[part].shown).join(', ')}]::text[] as parts,
      ${by.includes('account') ? NAME_OF_ACCOUNT : 'null'} as account,
      json_build_array(${keys.map((each) => `g.${each}::text`).join(', ')})::text as cursor,
      g.unit, g.scale, ${SUMS.map((each) => `g.${each}::text`).join(', ')}
    from page g cross join zone z
    union all
    select null, null, null, null, unit, scale,
      ${SUMS.map((each) => `sum(${each})::text`).join(', ')}
    from summed group by unit, scale
    order by place, unit`;
  const rows = await db.query<Row>(text, values.list);
  const found = rows.filter(({ place }) => place !== null);
  return {
    rows: found.slice(0, limit).map((row) => toRow(row, by)),
    totals: rows.filter(({ place }) => place === null).map(toSums),
    hasMore: found.length > limit,
  };
}

const NAME_OF_ACCOUNT = `(select coalesce(mail, external_id) from account
  where platform_id = z.id and id = g.account)`;

/** The sums and calls that match, as `usage`, and the platform with its time as `zone`. */
function usageOf(filter: CallFilter, by: readonly UsagePart[], values: Values): string {
  const isOfAccounts =
    filter.accountId !== undefined || by.includes('account') || by.includes('key');
  const owner = isOfAccounts ? 'usage_of_account' : 'usage_of_platform';
  const told = isOfAccounts ? 'account_id, key_id' : '0::bigint as account_id, 0::bigint as key_id';
  const where = conditionsOf(filter, values);
  const [from, until] = [values.add(filter.from ?? null), values.add(filter.until ?? null)];
  const since = values.add(idRange(beginOfHour(filter)).from);
  const columns = (calls: string) =>
    `hour, product_id, unit, outcome, ${[calls, ...SUMS.slice(1)].join(', ')}`;
  return `zone as (
      select id, time_zone, coalesce(date_trunc('hour', ${from}::timestamptz, time_zone),
          '-infinity') as since, coalesce(${until}::timestamptz, 'infinity') as until
      from platform where id = ${values.add(filter.platformId)}
    ), usage as (
      select ${told}, ${columns('calls')} from ${owner}
      where ${where} and hour >= (select since from zone) and hour < (select until from zone)
      union all
      select account_id, key_id, ${columns('1')} from call_usage
      where ${where} and id >= greatest((select sealed_until()), ${since})
        and hour >= (select since from zone) and hour < (select until from zone)
      union all
      select account_id, key_id, ${columns('1')} from late_call l
      cross join lateral (select * from call_usage where id = l.id offset 0) c
      where l.sealed_in is null and ${where}
        and hour >= (select since from zone) and hour < (select until from zone)
    )`;
}

/** The whole hour that `from` falls in began at most an hour before it. */
function beginOfHour({ from, ...filter }: CallFilter): CallFilter {
  return from === undefined ? filter : { ...filter, from: new Date(from.getTime() - 3_600_000) };
}

/** Whether a group comes after the one that the cursor names. */
function afterCursor(
  { by, after }: UsageQuestion,
  keys: readonly string[],
  values: Values,
): string {
  if (after === undefined) return 'true';
  const given = JSON.parse(after) as readonly string[];
  const typeOf = (key: string) => {
    if (key === 'rank') return 'numeric';
    return by.includes(key as UsagePart) ? PARTS[key as UsagePart].type : 'text';
  };
  const placed = keys.map((key, place) => `${values.add(given[place] ?? '')}::${typeOf(key)}`);
  return `(${keys.join(', ')}) > (${placed.join(', ')})`;
}

/** Whether a text is a cursor of such a question: it came from outside. */
export function isUsageCursor(text: string, { by, order }: UsageQuestion): boolean {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    return false;
  }
  const types = [...by.map((part) => PARTS[part].type), 'text'];
  if (order === 'charge') types.unshift('numeric');
  return (
    Array.isArray(given) &&
    given.length === types.length &&
    given.every((value, place) => typeof value === 'string' && isOf(types[place], value))
  );
}

function isOf(type: string | undefined, value: string): boolean {
  switch (type) {
    case 'bigint':
      return /^\d{1,19}$/.test(value) && BigInt(value) < 2n ** 63n;
    case 'numeric':
      return /^-?\d{1,60}(\.\d{1,30})?$/.test(value);
    case 'timestamptz':
      return isInstant(value);
    default:
      return value.length <= 100 && !value.includes('\0');
  }
}

/** As PostgreSQL writes an instant of UTC, and of a day that there is. */
function isInstant(value: string): boolean {
  const [, day, time] = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)\+00$/.exec(value) ?? [];
  const instant = new Date(`${day}T${time}Z`);
  return !Number.isNaN(instant.getTime()) && instant.toISOString() === `${day}T${time}.000Z`;
}

type Row = Readonly<Record<string, string>> & {
  readonly place: bigint | null;
  readonly parts: readonly string[];
  readonly account: string | null;
  readonly scale: number;
};

function toRow(row: Row, by: readonly UsagePart[]): UsageRow {
  return {
    parts: Object.fromEntries(by.map((part, place) => [part, row.parts[place] ?? ''])),
    account: row.account ?? undefined,
    cursor: row.cursor ?? '',
    ...toSums(row),
  };
}

function toSums(row: Row): UsageSums {
  const whole = (name: string) => BigInt(row[name] ?? 0);
  return {
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
