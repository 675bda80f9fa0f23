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

/** What a customer may be put on: its limits go for each account that is on it. */
export interface Plan {
  readonly id: bigint;
  readonly platformId: bigint;
  readonly slug: string;
  readonly name: string;
  readonly limits: Limits;
  readonly createdAt: Date;
}

export interface NewPlan {
  readonly platformId: bigint;
  readonly slug: string;
  readonly name: string;
  readonly limits?: LimitChanges;
}

const COLUMNS = `id, platform_id as "platformId", slug, name, limits, created_at as "createdAt"`;

/**
 * Makes a plan that no account is on yet. Faults: `plan_exists` (409), `invalid_plan` and
 * `invalid_limits` (422), which name the field.
 */
export async function createPlan(db: Queryable, ids: Ids, plan: NewPlan): Promise<Plan> {
  checkNewPlan(plan);
  const { platformId, slug, name, limits = {} } = plan;
  const [row] = await db.query<WithLimits<Plan>>(
    `insert into plan (id, platform_id, slug, name, limits)
     values ($1, $2, $3, $4, jsonb_strip_nulls($5::jsonb))
     on conflict (platform_id, slug) do nothing returning ${COLUMNS}`,
    [ids.rowId(), platformId, slug, name, writeLimits(limits)],
  );
  if (row !== undefined) return withLimits<Plan>(row);
  throw new Fault({
    code: 'plan_exists',
    status: 409,
    param: 'slug',
    message: `This platform has a plan '${slug}' already. Choose another slug.`,
  });
}

/** Finds a plan of a platform by its slug. */
export async function findPlan(
  db: Queryable,
  platformId: bigint,
  slug: string,
): Promise<Plan | undefined> {
  const [row] = await db.query<WithLimits<Plan>>(
    `select ${COLUMNS} from plan where platform_id = $1 and slug = $2`,
    [platformId, slug],
  );
  return row === undefined ? undefined : withLimits<Plan>(row);
}

/** A platform's plans, by slug. */
export async function listPlans(db: Queryable, platformId: bigint): Promise<Plan[]> {
  const rows = await db.query<WithLimits<Plan>>(
    `select ${COLUMNS} from plan where platform_id = $1 order by slug`,
    [platformId],
  );
  return rows.map(withLimits<Plan>);
}

/**
 * Changes a plan's limits, for all accounts on it from the next call on. Faults: `plan_not_found`
 * (404), `invalid_limits` (422).
 */
export async function changePlanLimits(
  db: Queryable,
  platformId: bigint,
  planId: bigint,
  changes: LimitChanges,
): Promise<Plan> {
  const [row] = await db.query<WithLimits<Plan>>(
    `update plan set limits = ${mergedLimits('$3')} where platform_id = $1 and id = $2
     returning ${COLUMNS}`,
    [platformId, planId, writeLimits(changes)],
  );
  if (row !== undefined) return withLimits<Plan>(row);
  throw planNotFound();
}

/** There is no such plan on the platform: 404. */
export function planNotFound(): Fault {
  return new Fault({
    code: 'plan_not_found',
    status: 404,
    message: 'There is no such plan on this platform.',
  });
}

function checkNewPlan({ slug, name }: NewPlan): void {
  const wrong = !/^[a-z][a-z0-9-]{1,62}$/.test(slug)
    ? { param: 'slug', message: 'A slug is 2 to 63 small letters, digits and hyphens.' }
    : name.trim() === '' || name.length > 200
      ? { param: 'name', message: 'Give a name of 1 to 200 characters.' }
      : undefined;
  if (wrong !== undefined) throw new Fault({ code: 'invalid_plan', status: 422, ...wrong });
}
