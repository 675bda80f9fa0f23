import type { Queryable } from '../db/index.ts';
import { assert } from '../kernel/index.ts';
import { accountNotFound } from './keys.ts';
import type { SubscriptionState } from './subscription-states.ts';

/** How an account stands with its plan now: computed from its row and the clock. */
export interface Subscription {
  readonly accountId: bigint;
  readonly state: SubscriptionState;
  /** The plan in force; the platform's default one where nothing else is agreed; or none. */
  readonly plan: { readonly id: bigint; readonly slug: string } | null;
  /** Since when it is that plan; null for as long as there was one. */
  readonly since: Date | null;
  /** When the plan in force is another one, if nothing is agreed before; null for never. */
  readonly until: Date | null;
  readonly periodStart: Date | null;
  /** Null for one without end. */
  readonly periodEnd: Date | null;
  readonly next: { readonly plan: string; readonly at: Date } | null;
  readonly currency: string | null;
  /** Plans that the account has tried; each once. */
  readonly triedPlanIds: readonly bigint[];
}

interface Row {
  readonly state: SubscriptionState;
  readonly planId: bigint | null;
  readonly plan: string | null;
  readonly since: Date | null;
  readonly until: Date | null;
  readonly periodStart: Date | null;
  readonly periodEnd: Date | null;
  readonly nextPlan: string | null;
  readonly nextPlanAt: Date | null;
  readonly currency: string | null;
  readonly triedPlanIds: bigint[] | null;
}

const READ = `select f.state, f.plan_id as "planId", n.slug as plan,
    nullif(f.since, '-infinity') as since, f.until, f.period_start as "periodStart",
    f.period_end as "periodEnd", x.slug as "nextPlan", f.next_plan_at as "nextPlanAt",
    f.currency, f.tried_plan_ids as "triedPlanIds"
  from account a
  cross join lateral plan_at(a.platform_id, a.id, coalesce($3::timestamptz, clock_timestamp())) f
  left join plan n on n.id = f.plan_id left join plan x on x.id = f.next_plan_id
  where a.platform_id = $1 and a.id = $2`;

/**
 * How an account stands with its plan, now or at an instant to come if nothing else is agreed.
 * Fault: `account_not_found` (404).
 */
export async function readSubscription(
  db: Queryable,
  platformId: bigint,
  accountId: bigint,
  at?: Date | string,
): Promise<Subscription> {
  const [row] = await db.query<Row>(READ, [platformId, accountId, at ?? null]);
  if (row === undefined) throw accountNotFound();
  const { planId, plan, nextPlan, nextPlanAt, triedPlanIds, ...rest } = row;
  return {
    ...rest,
    accountId,
    plan: planId === null || plan === null ? null : { id: planId, slug: plan },
    next: nextPlan === null || nextPlanAt === null ? null : { plan: nextPlan, at: nextPlanAt },
    triedPlanIds: triedPlanIds ?? [],
  };
}

/** An account whose wallets are locked: nothing of it changes beside this transaction. */
export interface LockedSubscription {
  readonly tx: Queryable;
  readonly platformId: bigint;
  readonly accountId: bigint;
  /** The instant from which on a change goes, later than any hold; text, for its microseconds. */
  readonly now: string;
  readonly before: Subscription;
}

/** Locks an account's wallets and reads how it stands. Fault: `account_not_found` (404). */
export async function lockSubscription(
  tx: Queryable,
  platformId: bigint,
  accountId: bigint,
): Promise<LockedSubscription> {
  const [row] = await tx.query<{ now: string }>('select lock_wallets_of($1, $2)::text as now', [
    platformId,
    accountId,
  ]);
  assert(row !== undefined, 'a function answers with one row');
  const before = await readSubscription(tx, platformId, accountId, row.now);
  return { tx, platformId, accountId, now: row.now, before };
}

/**
 * Writes columns of an account's row and lets them take effect in its wallets. What time has made
 * of the row by now (`plan_at`) is written first, so that an act goes on from what is so.
 */
export async function writeSubscription(
  locked: LockedSubscription,
  columns: Readonly<Record<string, string>>,
  values: readonly unknown[] = [],
): Promise<Subscription> {
  const { tx, platformId, accountId, now } = locked;
  const given = [platformId, accountId, now];
  await tx.query(
    `update subscription s set plan_id = f.plan_id, plan_since = f.since,
       period_start = f.period_start, period_end = f.period_end,
       grace_end = case when f.period_end is not null then s.grace_end end,
       next_plan_id = f.next_plan_id, next_plan_at = f.next_plan_at,
       is_trial = s.is_trial and f.period_end is not null
     from plan_at($1, $2, $3) f
     where s.account_id = $2 and f.state not in ('none', 'expired')`,
    given,
  );
  const sets = Object.entries(columns).map(([name, value]) => `${name} = ${value}`);
  await tx.query(
    `update subscription s set ${sets.join(', ')} where s.platform_id = $1 and s.account_id = $2`,
    [...given.slice(0, 2), ...values],
  );
  await tx.query('select plan_changed($1, $2, $3)', given);
  return readSubscription(tx, platformId, accountId, now);
}

/**
 * Begins anew, over whatever was there. Paid months are counted from now; without an end they are
 * counted as they were, so that to change between plans brings no allowance sooner.
 */
export async function beginSubscription(
  locked: LockedSubscription,
  begun: {
    readonly planId: bigint;
    readonly currency: string | null;
    /** Null for no end. SQL over `$4`, now. */
    readonly periodEnd: { readonly sql: string; readonly values: readonly unknown[] } | null;
    readonly graceDays: number;
    readonly isTrial: boolean;
  },
): Promise<Subscription> {
  const { tx, platformId, accountId, now } = locked;
  const end = begun.periodEnd?.sql ?? 'null';
  const tried = begun.isTrial ? 'array[$3::bigint]' : `'{}'::bigint[]`;
  await tx.query(
    `insert into subscription as s (account_id, platform_id, plan_id, plan_since, currency,
       anchor_at, period_start, period_end, grace_end, is_trial, tried_plan_ids)
     select $2, $1, $3, $4::timestamptz, $5,
       case when e.at is null then coalesce(f.anchor_at, a.created_at) else $4::timestamptz end,
       $4::timestamptz, e.at, e.at + make_interval(hours => 24 * $6::int), $7, ${tried}
     from (select (${end})::timestamptz as at) e, plan_at($1, $2, $4::timestamptz) f, account a
     where a.platform_id = $1 and a.id = $2
     on conflict (account_id) do update set plan_id = excluded.plan_id,
       plan_since = excluded.plan_since, currency = excluded.currency,
       anchor_at = excluded.anchor_at, period_start = excluded.period_start,
       period_end = excluded.period_end, grace_end = excluded.grace_end,
       is_trial = excluded.is_trial, next_plan_id = null, next_plan_at = null,
       next_is_free = false, ended_at = null,
       tried_plan_ids = s.tried_plan_ids || excluded.tried_plan_ids`,
    [
      ...[platformId, accountId, begun.planId, now, begun.currency, begun.graceDays],
      ...[begun.isTrial, ...(begun.periodEnd?.values ?? [])],
    ],
  );
  await tx.query('select plan_changed($1, $2, $3)', [platformId, accountId, now]);
  return readSubscription(tx, platformId, accountId, now);
}
