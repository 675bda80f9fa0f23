import type { Queryable } from '../db/index.ts';
import { Fault, type Ids } from '../kernel/index.ts';
import {
  type LimitChanges,
  type Limits,
  mergedLimits,
  type WithLimits,
  withLimits,
  writeLimits,
} from '../ledger/index.ts';
import { type Allowance, type NewAllowance, writeAllowances } from './allowances.ts';
import { type Prices, readPrices, writePrices } from './price-set.ts';

/** What a customer may be put on: its limits and allowances go for each account that is on it. */
export interface Plan {
  readonly id: bigint;
  readonly platformId: bigint;
  readonly slug: string;
  readonly name: string;
  readonly limits: Limits;
  readonly allowances: readonly Allowance[];
  /** By the month; of no currency where it costs nothing. */
  readonly prices: Prices;
  /** Names of what it opens beside calls; the seller's own. */
  readonly features: readonly string[];
  /** How many keys an account on it may have; null for any number. */
  readonly keyCount: number | null;
  readonly trialDays: number;
  /** How long an unpaid subscription to it goes on. */
  readonly graceDays: number;
  readonly sortOrder: number;
  /** Whether it is offered; who is on it stays. */
  readonly active: boolean;
  /** Whether it is that of every account that is on no other. */
  readonly isDefault: boolean;
  readonly createdAt: Date;
}

/** What may be said of a plan, at its making or later; what is not given stays. */
export interface PlanTerms {
  readonly name?: string | undefined;
  readonly limits?: LimitChanges | undefined;
  /** All of them: those that are not among these end with their window. */
  readonly allowances?: readonly NewAllowance[] | undefined;
  readonly prices?: Prices | undefined;
  readonly features?: readonly string[] | undefined;
  readonly keyCount?: number | null | undefined;
  readonly trialDays?: number | undefined;
  readonly graceDays?: number | undefined;
  readonly sortOrder?: number | undefined;
  readonly active?: boolean | undefined;
  readonly isDefault?: boolean | undefined;
}

export interface NewPlan extends PlanTerms {
  readonly platformId: bigint;
  readonly slug: string;
  readonly name: string;
}

const COLUMNS = `plan.id, plan.platform_id as "platformId", plan.slug, plan.name, plan.limits,
  plan.prices, plan.features, plan.key_count as "keyCount", plan.trial_days as "trialDays",
  plan.grace_days as "graceDays", plan.sort_order as "sortOrder", plan.active,
  plan.created_at as "createdAt",
  exists (select from platform p where p.id = plan.platform_id and p.default_plan_id = plan.id)
    as "isDefault",
  coalesce((select json_agg(json_build_object('unit', a.unit, 'per', a.per,
      'amount', a.amount::text, 'scale', u.scale) order by a.unit, a.per)
    from plan_allowance a join unit u on (u.platform_id, u.code) = (a.platform_id, a.unit)
    where a.plan_id = plan.id), '[]') as allowances`;

type Row = Omit<WithLimits<Plan>, 'allowances' | 'prices'> & {
  readonly prices: unknown;
  readonly allowances: readonly (Omit<Allowance, 'amount'> & { readonly amount: string })[];
};

/**
 * Makes a plan that no account is on yet. Several statements: call it inside a transaction. Faults:
 * `plan_exists` (409); `invalid_plan`, `invalid_limits`, `invalid_price`, `invalid_allowance`
 * (422), which name the field.
 */
export async function createPlan(tx: Queryable, ids: Ids, plan: NewPlan): Promise<Plan> {
  checkNewPlan(plan);
  const { platformId, slug, name, ...terms } = plan;
  writeLimits(terms.limits ?? {});
  writePrices(terms.prices ?? {});
  const id = ids.rowId();
  const made = await tx.query(
    `insert into plan (id, platform_id, slug, name) values ($1, $2, $3, $4)
     on conflict (platform_id, slug) do nothing returning id`,
    [id, platformId, slug, name],
  );
  if (made.length > 0) return changePlan(tx, platformId, id, terms);
  throw new Fault({
    code: 'plan_exists',
    status: 409,
    param: 'slug',
    message: `This platform has a plan '${slug}' already. Choose another slug.`,
  });
}

/** Finds a plan of a platform by its slug or id. */
export async function findPlan(
  db: Queryable,
  platformId: bigint,
  by: string | bigint,
): Promise<Plan | undefined> {
  const [row] = await db.query<Row>(
    `select ${COLUMNS} from plan
     where platform_id = $1 and ${typeof by === 'string' ? 'slug' : 'id'} = $2`,
    [platformId, by],
  );
  return row === undefined ? undefined : planOf(row);
}

/** A platform's plans in the order in which it shows them, or only those that it offers. */
export async function listPlans(
  db: Queryable,
  platformId: bigint,
  which: 'all' | 'active' = 'all',
): Promise<Plan[]> {
  const rows = await db.query<Row>(
    `select ${COLUMNS} from plan where platform_id = $1 and (active or $2)
     order by sort_order, slug`,
    [platformId, which === 'all'],
  );
  return rows.map(planOf);
}

/** The same as `changePlan`, of limits alone. */
export function changePlanLimits(
  db: Queryable,
  platformId: bigint,
  planId: bigint,
  limits: LimitChanges,
): Promise<Plan> {
  return changePlan(db, platformId, planId, { limits });
}

/**
 * Changes a plan for all accounts on it: limits from the next call on, a new allowance at once, the
 * amount of another from the next window on. Faults: `plan_not_found` (404); `invalid_plan`,
 * `invalid_limits`, `invalid_price`, `invalid_allowance` (422).
 */
export async function changePlan(
  tx: Queryable,
  platformId: bigint,
  planId: bigint,
  terms: PlanTerms,
): Promise<Plan> {
  checkTerms(terms);
  const { limits = {}, prices, allowances, isDefault } = terms;
  const changed = await tx.query(
    `update plan set name = coalesce($3, name), limits = ${mergedLimits('$4')},
       prices = coalesce($5::jsonb, prices), features = coalesce($6::text[], features),
       key_count = case when $7 then $8::int else key_count end,
       trial_days = coalesce($9::int, trial_days), grace_days = coalesce($10::int, grace_days),
       sort_order = coalesce($11::int, sort_order), active = coalesce($12::boolean, active)
     where platform_id = $1 and id = $2 returning id`,
    [
      ...[platformId, planId, terms.name ?? null, writeLimits(limits)],
      prices === undefined ? null : writePrices(prices),
      terms.features ?? null,
      ...[terms.keyCount !== undefined, terms.keyCount ?? null, terms.trialDays ?? null],
      ...[terms.graceDays ?? null, terms.sortOrder ?? null, terms.active ?? null],
    ],
  );
  if (changed.length === 0) throw planNotFound();
  if (allowances !== undefined) await writeAllowances(tx, platformId, planId, allowances);
  const before = (await findPlan(tx, platformId, planId)) as Plan;
  if (isDefault === undefined || isDefault === before.isDefault) return before;
  await tx.query('select set_default_plan($1, $2)', [platformId, isDefault ? planId : null]);
  return { ...before, isDefault };
}

/** There is no such plan on the platform: 404. */
export function planNotFound(): Fault {
  return new Fault({
    code: 'plan_not_found',
    status: 404,
    message: 'There is no such plan on this platform.',
  });
}

function planOf(row: Row): Plan {
  const allowances = row.allowances.map((one) => ({ ...one, amount: BigInt(one.amount) }));
  return withLimits<Plan>({ ...row, allowances, prices: readPrices(row.prices) });
}

function checkNewPlan(plan: NewPlan): void {
  if (!/^[a-z][a-z0-9-]{1,62}$/.test(plan.slug)) {
    throw invalid('slug', 'A slug is 2 to 63 small letters, digits and hyphens.');
  }
  checkTerms(plan);
}

const MOST_DAYS = 365;

function checkTerms({ name, features = [], keyCount, trialDays, graceDays }: PlanTerms): void {
  if (name !== undefined && (name.trim() === '' || name.length > 200)) {
    throw invalid('name', 'Give a name of 1 to 200 characters.');
  }
  if (features.length > 100 || features.some((one) => one === '' || one.length > 100)) {
    throw invalid('features', 'Give at most 100 features of 1 to 100 characters.');
  }
  if (typeof keyCount === 'number' && !(keyCount > 0 && keyCount < 2 ** 31)) {
    throw invalid('key_count', 'A plan allows one key at least, or any number (null).');
  }
  for (const [param, days = 0] of [
    ['trial_days', trialDays],
    ['grace_days', graceDays],
  ] as const) {
    if (!(days >= 0 && days <= MOST_DAYS)) throw invalid(param, `Give 0 to ${MOST_DAYS} days.`);
  }
}

function invalid(param: string, message: string): Fault {
  return new Fault({ code: 'invalid_plan', status: 422, param, message });
}
