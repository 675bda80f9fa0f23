import { AMOUNT_MAX, Fault } from '../kernel/index.ts';
import type { COUNTERS } from './types.ts';

/**
 * Each limit by its name, and the counter that it caps: of the key where it is set for a key, of
 * the account where it is set for an account or its plan. The one that a caller should hear of
 * first stands first: where several refuse a call, that is the one that lasts longest.
 */
const LIMITED = {
  budget_total: 'total.spent',
  budget_per_month: 'month.spent',
  budget_per_day: 'day.spent',
  requests_per_month: 'month.requests',
  tokens_per_month: 'month.tokens',
  requests_per_day: 'day.requests',
  tokens_per_day: 'day.tokens',
  requests_per_minute: 'minute.requests',
  tokens_per_minute: 'minute.tokens',
  concurrent_requests: 'open.requests',
} as const satisfies Record<string, (typeof COUNTERS)[number]>;

export type LimitName = keyof typeof LIMITED;

/** All limits by name, in the order in which they refuse. */
export const LIMIT_NAMES = Object.keys(LIMITED) as readonly LimitName[];

/**
 * The limits of one key, account or plan; a name that is missing has no limit. Counts, and for
 * budgets amounts in the smallest part of the platform's default unit.
 */
export type Limits = Readonly<Partial<Record<LimitName, bigint>>>;

/** Limits to set, and those to take away (null); all others stay. */
export type LimitChanges = Readonly<Partial<Record<LimitName, bigint | null>>>;

/** The counter that a limit caps, without its owner. */
export function counterOf<Name extends LimitName>(name: Name): (typeof LIMITED)[Name] {
  return LIMITED[name];
}

/** Whether a limit is of money; all others count. */
export function isBudget(name: LimitName): boolean {
  return name.startsWith('budget_');
}

/** Reads the column of a `limit_set`. */
export function readLimits(column: unknown): Limits {
  const entries = Object.entries(column as Record<LimitName, string>);
  return Object.fromEntries(entries.map(([name, text]) => [name, BigInt(text)]));
}

/** What the driver gives for a row that has limits. */
export type WithLimits<Row extends { readonly limits: Limits }> = Omit<Row, 'limits'> & {
  readonly limits: unknown;
};

/** A row with its limits read. */
export function withLimits<Row extends { readonly limits: Limits }>(row: WithLimits<Row>): Row {
  return { ...row, limits: readLimits(row.limits) } as Row;
}

/** SQL that merges changes, given as the parameter `$n`, into the column `limits`. */
export const mergedLimits = (parameter: `$${number}`): string =>
  `jsonb_strip_nulls(limits || ${parameter}::jsonb)`;

/** The largest count that the table takes. */
const COUNT_MAX = 10n ** 15n - 1n;

/**
 * Writes limits or changes as JSON for the column. Fault `invalid_limits` (422) for what is not
 * above zero or too large, with the limit's name as `param`.
 */
export function writeLimits(limits: LimitChanges): string {
  const entries = Object.entries(limits) as [LimitName, bigint | null][];
  for (const [name, value] of entries) {
    const most = isBudget(name) ? AMOUNT_MAX : COUNT_MAX;
    if (value === null || (value > 0n && value <= most)) continue;
    const message = value > 0n ? `This limit is at most ${most}.` : 'A limit is above zero.';
    throw new Fault({ code: 'invalid_limits', status: 422, param: name, message });
  }
  return JSON.stringify(
    Object.fromEntries(entries.map(([name, value]) => [name, value?.toString() ?? null])),
  );
}
