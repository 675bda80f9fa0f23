import type { Queryable } from '../db/index.ts';
import { type Amount, Fault } from '../kernel/index.ts';

/** Windows of allowances: of the platform's time zone, from an account's anniversary, or none. */
export const ALLOWANCE_WINDOWS = ['day', 'month', 'period', 'once'] as const;

/** A wallet has room for it in any case: no call fails because an allowance is too large. */
const ALLOWANCE_MAX = 10n ** 17n;

/** What a plan gives to each account on it for each window. */
export interface NewAllowance {
  readonly unit: string;
  readonly per: (typeof ALLOWANCE_WINDOWS)[number];
  /** Above zero, in the unit's smallest part. */
  readonly amount: Amount;
}

/** The same, with the decimals of its unit. */
export interface Allowance extends NewAllowance {
  readonly scale: number;
}

/**
 * Sets all allowances of a plan. The wallets of the accounts on it look anew at their next call, so
 * no window is given twice. Fault: `invalid_allowance` (422).
 */
export async function writeAllowances(
  tx: Queryable,
  platformId: bigint,
  planId: bigint,
  allowances: readonly NewAllowance[],
): Promise<void> {
  const names = allowances.map(({ unit, per }) => `${unit} per ${per}`);
  if (new Set(names).size < names.length) {
    throw invalid('A plan gives one amount for each unit and kind of window.');
  }
  if (allowances.some(({ amount }) => amount <= 0n || amount > ALLOWANCE_MAX)) {
    throw invalid(
      `An allowance is more than nothing, and at most ${ALLOWANCE_MAX} of the smallest.`,
    );
  }
  const units = allowances.map(({ unit }) => unit);
  const unknown = await tx.query<{ code: string }>(
    `select code from unnest($2::text[]) as g (code)
     where not exists (select from unit u where u.platform_id = $1 and u.code = g.code)`,
    [platformId, units],
  );
  if (unknown.length > 0) throw invalid(`This platform has no unit '${unknown[0]?.code}'.`);
  const before = await tx.query(
    'delete from plan_allowance where platform_id = $1 and plan_id = $2 returning plan_id',
    [platformId, planId],
  );
  await tx.query(
    `insert into plan_allowance (platform_id, plan_id, unit, per, amount)
     select $1, $2, * from unnest($3::text[], $4::text[], $5::bigint[])`,
    [platformId, planId, units, allowances.map(({ per }) => per), amountsOf(allowances)],
  );
  if (before.length + allowances.length > 0) {
    await tx.query('select plans_changed($1)', [platformId]);
  }
}

const amountsOf = (allowances: readonly NewAllowance[]) => allowances.map(({ amount }) => amount);

function invalid(message: string): Fault {
  return new Fault({ code: 'invalid_allowance', status: 422, param: 'allowances', message });
}
