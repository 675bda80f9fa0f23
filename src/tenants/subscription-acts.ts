import { findPlan, type Plan, planNotFound } from '../catalog/index.ts';
import type { Queryable } from '../db/index.ts';
import { Fault } from '../kernel/index.ts';
import { checkAct } from './subscription-states.ts';
import {
  beginSubscription,
  type LockedSubscription,
  lockSubscription,
  readSubscription,
  type Subscription,
  writeSubscription,
} from './subscriptions.ts';

/** Whose subscription, on which platform. */
export interface OfAccount {
  readonly platformId: bigint;
  readonly accountId: bigint;
}

interface OnPlan extends OfAccount {
  readonly planId: bigint;
}

/** The end of the month that follows an instant, which is counted from the anchor if it can be. */
const monthAfter = (instant: string, anchor: string) => `(
  select case when w.starts = ${instant} then w.ends
    else ((${instant} at time zone p.time_zone) + interval '1 month') at time zone p.time_zone end
  from platform p
  cross join lateral allowance_window('period', ${instant}, ${anchor}, p.time_zone) w
  where p.id = $1)`;

/** When the period ends in which now falls; of one without end, the month from its anniversary. */
const END_OF_PERIOD = `coalesce(s.period_end, (select w.ends from platform p
  cross join lateral allowance_window('period', $3::timestamptz, s.anchor_at, p.time_zone) w
  where p.id = $1))`;

/** Nothing more is planned, and it goes on. */
const GOES_ON = {
  ...{ next_plan_id: 'null', next_plan_at: 'null', next_is_free: 'false', ended_at: 'null' },
};

const isFree = (plan: Plan) => Object.keys(plan.prices).length === 0;

/**
 * Puts an account on a plan from now on, whatever it was on, until an instant or without end. What
 * is left of another plan's allowance is replaced by this one's. Faults: `account_not_found`,
 * `plan_not_found` (404), `invalid_subscription` (422).
 */
export async function assignPlan(
  tx: Queryable,
  {
    platformId,
    accountId,
    planId,
    until,
    currency,
  }: OnPlan & {
    readonly until?: Date | undefined;
    readonly currency?: string | undefined;
  },
): Promise<Subscription> {
  const locked = await lockSubscription(tx, platformId, accountId);
  const plan = await requirePlan(tx, platformId, planId);
  checkLater(until, locked);
  return beginSubscription(locked, {
    ...{ planId, currency: currency ?? null, graceDays: plan.graceDays, isTrial: false },
    periodEnd: until === undefined ? null : { sql: '$8::timestamptz', values: [until] },
  });
}

/**
 * Lets an account try a plan for the days that it gives, once. Faults: `subscription_state`,
 * `trial_used` (409), `no_trial` (422), as of `assignPlan`.
 */
export async function tryPlan(tx: Queryable, of: OnPlan): Promise<Subscription> {
  const locked = await lockSubscription(tx, of.platformId, of.accountId);
  const { state, triedPlanIds, plan: current } = locked.before;
  const plan = await requirePlan(tx, of.platformId, of.planId);
  checkAct('try', state);
  if (plan.trialDays === 0) {
    const message = `The plan '${plan.slug}' has no trial.`;
    throw new Fault({ code: 'no_trial', status: 422, param: 'plan', message });
  }
  if (triedPlanIds.includes(plan.id) || (current?.id === plan.id && state === 'active')) {
    const message = `This account has had the plan '${plan.slug}' already.`;
    throw new Fault({ code: 'trial_used', status: 409, param: 'plan', message });
  }
  return beginSubscription(locked, {
    ...{ planId: plan.id, currency: null, graceDays: plan.graceDays, isTrial: true },
    periodEnd: {
      sql: '$4::timestamptz + make_interval(hours => 24 * $8::int)',
      values: [plan.trialDays],
    },
  });
}

/**
 * Changes to another plan at once, within the same period: its allowance is there at once, in place
 * of what is left of the old one's. Faults: `subscription_state` (409), as of `assignPlan`.
 */
export async function upgradePlan(tx: Queryable, of: OnPlan): Promise<Subscription> {
  const locked = await lockSubscription(tx, of.platformId, of.accountId);
  const plan = await requirePlan(tx, of.platformId, of.planId);
  checkAct('upgrade', locked.before.state);
  const period = isFree(plan)
    ? { period_end: 'null', grace_end: 'null', is_trial: 'false' }
    : { grace_end: 's.period_end + make_interval(hours => 24 * $5::int)' };
  return writeSubscription(
    locked,
    { ...GOES_ON, ...period, plan_id: '$4::bigint', plan_since: '$3::timestamptz' },
    [locked.now, plan.id, ...(isFree(plan) ? [] : [plan.graceDays])],
  );
}

/**
 * Changes to another plan at the end of the period, or at an instant. A plan that costs nothing has
 * no end then; another is to be renewed as the old one was. Faults: `subscription_state` (409), as
 * of `assignPlan`.
 */
export async function changePlanLater(
  tx: Queryable,
  { at, ...of }: OnPlan & { readonly at?: Date | undefined },
): Promise<Subscription> {
  const locked = await lockSubscription(tx, of.platformId, of.accountId);
  const plan = await requirePlan(tx, of.platformId, of.planId);
  checkAct('downgrade', locked.before.state);
  checkLater(at, locked);
  return writeSubscription(
    locked,
    {
      ...{ next_plan_id: '$4::bigint', next_is_free: '$5::boolean' },
      next_plan_at: `coalesce($6::timestamptz, ${END_OF_PERIOD})`,
    },
    [locked.now, plan.id, isFree(plan), at ?? null],
  );
}

/**
 * Renews a subscription that was paid for: by the month that follows its period, and anew from now
 * on where there is none, it was tried, had no end, or another plan was paid for. The money itself
 * is the payment's matter. Faults: as of `assignPlan`, and `no_plan` (422) when none is named and
 * the account is on none.
 */
export async function renewSubscription(
  tx: Queryable,
  {
    platformId,
    accountId,
    planId,
    currency,
  }: OfAccount & {
    /** The plan in force, if it is not given. */
    readonly planId?: bigint | undefined;
    readonly currency?: string | undefined;
  },
): Promise<Subscription> {
  const locked = await lockSubscription(tx, platformId, accountId);
  const { before } = locked;
  checkAct('renew', before.state);
  const paidId = planId ?? before.plan?.id;
  if (paidId === undefined) {
    const message = 'This account is on no plan. Name the one that was paid for.';
    throw new Fault({ code: 'no_plan', status: 422, param: 'plan', message });
  }
  const plan = await requirePlan(tx, platformId, paidId);
  const isMonthOn = before.plan?.id === plan.id && (await isPaidMonth(locked));
  if (!isMonthOn) {
    return beginSubscription(locked, {
      ...{ planId: plan.id, currency: currency ?? null, isTrial: false },
      graceDays: plan.graceDays,
      periodEnd: { sql: monthAfter('$4::timestamptz', '$4::timestamptz'), values: [] },
    });
  }
  const end = monthAfter('s.period_end', 's.anchor_at');
  return writeSubscription(
    locked,
    {
      ...{ period_start: 's.period_end', period_end: end, ended_at: 'null' },
      grace_end: `${end} + make_interval(hours => 24 * $3::int)`,
      currency: 'coalesce($4, s.currency)',
    },
    [plan.graceDays, currency ?? null],
  );
}

/** Whether there is a period that goes on, and not a trial. */
async function isPaidMonth({ tx, platformId, accountId, before }: LockedSubscription) {
  if (before.state === 'none' || before.state === 'expired' || before.periodEnd === null) {
    return false;
  }
  const [row] = await tx.query<{ isTrial: boolean }>(
    `select is_trial as "isTrial" from subscription where platform_id = $1 and account_id = $2`,
    [platformId, accountId],
  );
  return row?.isTrial === false;
}

/**
 * Ends a subscription with its period; one whose period is over, at once. Fault:
 * `subscription_state` (409).
 */
export async function cancelSubscription(tx: Queryable, of: OfAccount): Promise<Subscription> {
  const locked = await lockSubscription(tx, of.platformId, of.accountId);
  checkAct('cancel', locked.before.state);
  const isOver = locked.before.state === 'past_due';
  const endedAt = isOver ? '$3::timestamptz' : END_OF_PERIOD;
  return writeSubscription(locked, { ...GOES_ON, ended_at: endedAt }, [locked.now]);
}

/** Takes back a cancellation or a change to come. Fault: `subscription_state` (409). */
export async function resumeSubscription(tx: Queryable, of: OfAccount): Promise<Subscription> {
  const locked = await lockSubscription(tx, of.platformId, of.accountId);
  checkAct('resume', locked.before.state);
  return writeSubscription(locked, GOES_ON);
}

/** Ends a subscription at once; the default plan goes from now on. Fault: as of `resume`. */
export async function endSubscription(tx: Queryable, of: OfAccount): Promise<Subscription> {
  const locked = await lockSubscription(tx, of.platformId, of.accountId);
  checkAct('expire', locked.before.state);
  const ended = { ...GOES_ON, ended_at: '$3::timestamptz' };
  return writeSubscription(locked, ended, [locked.now]);
}

/** The plan in force of an account, or none. Fault: `account_not_found` (404). */
export async function planInForce(db: Queryable, of: OfAccount): Promise<Plan | undefined> {
  const { plan } = await readSubscription(db, of.platformId, of.accountId);
  return plan === null ? undefined : findPlan(db, of.platformId, plan.id);
}

async function requirePlan(tx: Queryable, platformId: bigint, planId: bigint): Promise<Plan> {
  const plan = await findPlan(tx, platformId, planId);
  if (plan === undefined) throw planNotFound();
  return plan;
}

function checkLater(at: Date | undefined, { now }: LockedSubscription): void {
  if (at === undefined || at > new Date(now)) return;
  const message = 'Give an instant that is still to come.';
  throw new Fault({ code: 'invalid_subscription', status: 422, param: 'at', message });
}
