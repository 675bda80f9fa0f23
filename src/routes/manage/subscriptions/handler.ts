import type { z } from '@hono/zod-openapi';
import type { Plan } from '../../../catalog/index.ts';
import { planNotFound } from '../../../catalog/index.ts';
import type { Queryable } from '../../../db/index.ts';
import { Fault, formatRowId } from '../../../kernel/index.ts';
import {
  assignPlan,
  cancelSubscription,
  changePlanLater,
  endSubscription,
  readSubscription,
  renewSubscription,
  resumeSubscription,
  type Subscription,
  TRANSITIONS,
  tryPlan,
  upgradePlan,
} from '../../../tenants/index.ts';
import { requireAccount } from '../accounts/handler.ts';
import type { Act, Manage } from '../manage.ts';
import { requirePlan } from '../plans/handler.ts';
import * as contract from './contract.ts';

export function mountSubscriptions(manage: Manage): void {
  manage.mount(contract.getSubscription, async (c, { tx, platformId }) => {
    const { id } = await requireAccount(tx, platformId, c.req.valid('param').account);
    return c.json(subscriptionBody(await readSubscription(tx, platformId, id)), 200);
  });

  manage.mount(contract.changeSubscription, async (c, act) => {
    const given = c.req.valid('json');
    const plan = await requirePlan(act.tx, act.platformId, given.plan);
    const body = await change(act, c.req.valid('param').account, {
      ...{ action: 'subscription.change', reason: given.reason },
      work: (before) => {
        if (act.role === 'customer') checkCustomer(plan, before, given);
        return putOn(act, plan, before, given);
      },
    });
    return c.json(body, 200);
  });

  for (const [route, verb, carryOut] of [
    [contract.cancelSubscription, 'cancel', cancelSubscription],
    [contract.resumeSubscription, 'resume', resumeSubscription],
    [contract.renewSubscription, 'renew', renewSubscription],
    [contract.endSubscription, 'end', endSubscription],
  ] as const) {
    manage.mount(route, async (c, act) => {
      const { tx, platformId } = act;
      const body = await change(act, c.req.valid('param').account, {
        ...{ action: `subscription.${verb}`, reason: c.req.valid('json')?.reason },
        work: ({ accountId }) => carryOut(tx, { platformId, accountId }),
      });
      return c.json(body, 200);
    });
  }
}

type Given = z.output<
  (typeof contract.changeSubscription)['request']['body']['content']['application/json']['schema']
>;

/** In a paid or tried period, which a customer would lose by a change at once. */
const isInPeriod = ({ state, periodEnd }: Subscription) =>
  periodEnd !== null && TRANSITIONS.downgrade[state] !== undefined;

function putOn(
  { tx, platformId, role }: Act,
  plan: Plan,
  before: Subscription,
  given: Given,
): Promise<Subscription> {
  const of = { platformId, accountId: before.accountId, planId: plan.id };
  const { trial, at, until, currency } = given;
  const when = given.when ?? (role === 'customer' && isInPeriod(before) ? 'period_end' : 'now');
  if (trial === true) return tryPlan(tx, of);
  if (until !== undefined) return assignPlan(tx, { ...of, until: new Date(until), currency });
  if (at !== undefined) return changePlanLater(tx, { ...of, at: new Date(at) });
  if (when === 'period_end') return changePlanLater(tx, of);
  const isWithinPeriod = before.periodEnd !== null && TRANSITIONS.upgrade[before.state];
  return isWithinPeriod ? upgradePlan(tx, of) : assignPlan(tx, { ...of, currency });
}

/** What a customer may not do for itself. */
function checkCustomer(plan: Plan, before: Subscription, given: Given): void {
  if (!plan.active) throw planNotFound();
  if (given.at !== undefined || given.until !== undefined) {
    const message = "'at' and 'until' are for the seller to set. Ask for it, or leave them away.";
    throw new Fault({ code: 'not_allowed', status: 403, message });
  }
  if (before.plan?.id === plan.id && given.when !== 'period_end') {
    const message = `This account is on the plan '${plan.slug}' already.`;
    throw new Fault({ code: 'plan_in_force', status: 409, param: 'plan', message });
  }
  const isFree = Object.keys(plan.prices).length === 0;
  const isLater = given.when !== 'now' && isInPeriod(before);
  if (isFree || isLater || given.trial === true) return;
  throw new Fault({
    code: 'plan_needs_payment',
    status: 402,
    param: 'plan',
    message: `The plan '${plan.slug}' has a price. It begins when it is paid for.`,
  });
}

type Change = {
  readonly action: string;
  readonly reason: string | undefined;
  work(before: Subscription): Promise<Subscription>;
};

/** Carries out a change of a subscription and puts on record what was and what is. */
async function change(act: Act, account: string, { action, reason, work }: Change) {
  const before = await requireSubscription(act.tx, act.platformId, account);
  const after = subscriptionBody(await work(before));
  const record = { action, subject: after.account, reason, after };
  await act.record({ ...record, before: subscriptionBody(before) });
  return after;
}

async function requireSubscription(tx: Queryable, platformId: bigint, account: string) {
  const { id } = await requireAccount(tx, platformId, account);
  return readSubscription(tx, platformId, id);
}

function subscriptionBody(one: Subscription): z.input<typeof contract.Subscription> {
  const instant = (at: Date | null) => at?.toISOString() ?? null;
  return {
    object: 'subscription',
    account: formatRowId('acc', one.accountId),
    status: one.state,
    plan: one.plan?.slug ?? null,
    since: instant(one.since),
    until: instant(one.until),
    period_start: instant(one.periodStart),
    period_end: instant(one.periodEnd),
    next: one.next === null ? null : { plan: one.next.plan, at: one.next.at.toISOString() },
    currency: one.currency,
  };
}
