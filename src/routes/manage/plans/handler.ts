import type { z } from '@hono/zod-openapi';
import {
  changePlan,
  createPlan,
  findPlan,
  listPlans,
  type Plan,
  type PlanTerms,
  planNotFound,
} from '../../../catalog/index.ts';
import type { Queryable } from '../../../db/index.ts';
import { formatAmount, formatRowId, parseRowId, type Unit } from '../../../kernel/index.ts';
import { defaultUnitOf, listUnits, unitNamed } from '../../../tenants/index.ts';
import { limitsBody, readAmount, readGivenLimits } from '../limits.ts';
import type { Manage } from '../manage.ts';
import { priceSetBody, readPriceSet } from '../price-set.ts';
import * as contract from './contract.ts';

export function mountPlans(manage: Manage): void {
  const { ids } = manage.parts;

  manage.mount(contract.listPlans, async (c, { tx, platformId, role }) => {
    const which = role === 'customer' ? 'active' : 'all';
    const plans = await listPlans(tx, platformId, which);
    const unit = await defaultUnitOf(tx, platformId);
    return c.json({ object: 'list' as const, data: plans.map((one) => planBody(one, unit)) }, 200);
  });

  manage.mount(contract.createPlan, async (c, act) => {
    const { tx, platformId } = act;
    const { slug, name, ...given } = c.req.valid('json');
    const terms = await readTerms(tx, platformId, given);
    const plan = await createPlan(tx, ids, { ...terms, platformId, slug, name });
    const after = planBody(plan, await defaultUnitOf(tx, platformId));
    await act.record({ action: 'plan.create', subject: after.id, after });
    return c.json(after, 201);
  });

  manage.mount(contract.getPlan, async (c, { tx, platformId }) => {
    const plan = await requirePlan(tx, platformId, c.req.valid('param').plan);
    return c.json(planBody(plan, await defaultUnitOf(tx, platformId)), 200);
  });

  manage.mount(contract.updatePlan, async (c, act) => {
    const { tx, platformId } = act;
    const plan = await requirePlan(tx, platformId, c.req.valid('param').plan);
    const unit = await defaultUnitOf(tx, platformId);
    const terms = await readTerms(tx, platformId, c.req.valid('json'));
    const after = planBody(await changePlan(tx, platformId, plan.id, terms), unit);
    const before = planBody(plan, unit);
    await act.record({ action: 'plan.update', subject: after.id, before, after });
    return c.json(after, 200);
  });
}

/** The plan with that slug or id. Fault: `plan_not_found` (404). */
export async function requirePlan(tx: Queryable, platformId: bigint, text: string): Promise<Plan> {
  const plan = await findPlan(tx, platformId, parseRowId('pln', text) ?? text);
  if (plan === undefined) throw planNotFound();
  return plan;
}

type Given = z.output<
  (typeof contract.updatePlan)['request']['body']['content']['application/json']['schema']
>;

async function readTerms(tx: Queryable, platformId: bigint, given: Given): Promise<PlanTerms> {
  const { limits, allowances, prices } = given;
  const units = await listUnits(tx, platformId);
  const unit = await defaultUnitOf(tx, platformId);
  return {
    ...{ name: given.name, active: given.active, isDefault: given.is_default },
    ...{ features: given.features, keyCount: given.key_count, trialDays: given.trial_days },
    ...{ graceDays: given.grace_days, sortOrder: given.sort_order },
    prices: readPriceSet(prices),
    limits: limits === undefined ? undefined : readGivenLimits(limits, unit),
    allowances: allowances?.map(({ unit: code, per, amount }) => {
      const of = unitNamed(units, code);
      return { unit: code, per, amount: readAmount(amount, of, 'allowances') };
    }),
  };
}

function planBody(plan: Plan, unit: Unit): z.input<typeof contract.Plan> {
  return {
    id: formatRowId('pln', plan.id),
    object: 'plan',
    slug: plan.slug,
    name: plan.name,
    active: plan.active,
    is_default: plan.isDefault,
    allowances: plan.allowances.map(({ unit: code, per, amount, scale }) => {
      const exact = formatAmount(amount, scale);
      return { unit: code, per, amount: Number(exact), amount_exact: exact };
    }),
    limits: limitsBody(plan.limits, unit),
    features: [...plan.features],
    key_count: plan.keyCount,
    prices: priceSetBody(plan.prices),
    trial_days: plan.trialDays,
    grace_days: plan.graceDays,
    sort_order: plan.sortOrder,
    created_at: plan.createdAt.toISOString(),
  };
}
