import type { Queryable } from '../db/index.ts';
import { assert, Fault, type Unit } from '../kernel/index.ts';

/** The units of one platform, or of all of them, by code. */
export async function listUnits(
  db: Queryable,
  platformId?: bigint,
): Promise<(Unit & { readonly platformId: bigint })[]> {
  return db.query<Unit & { readonly platformId: bigint }>(
    `select platform_id as "platformId", code, scale from unit
     where $1::bigint is null or platform_id = $1 order by platform_id, code`,
    [platformId ?? null],
  );
}

/** The unit that a platform's budgets and its accounts' first wallets count. */
export async function defaultUnitOf(db: Queryable, platformId: bigint): Promise<Unit> {
  const [unit] = await db.query<Unit>(
    `select u.code, u.scale from platform p join unit u
     on (u.platform_id, u.code) = (p.id, p.default_unit) where p.id = $1`,
    [platformId],
  );
  assert(unit !== undefined, 'a platform has its default unit');
  return unit;
}

/** The one of a platform's units with that code. Fault: `unit_unknown` (422). */
export function unitNamed(units: readonly Unit[], code: string): Unit {
  const unit = units.find((one) => one.code === code);
  if (unit !== undefined) return unit;
  const codes = units.map((one) => one.code).join(', ');
  throw new Fault({
    code: 'unit_unknown',
    status: 422,
    param: 'unit',
    message: `The platform has no unit '${code}'; it has ${codes}.`,
  });
}

/** A platform's unit by its code. Fault: `unit_unknown` (422). */
export async function requireUnit(db: Queryable, platformId: bigint, code: string): Promise<Unit> {
  return unitNamed(await listUnits(db, platformId), code);
}
