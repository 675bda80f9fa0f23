import type { Queryable } from '../db/index.ts';
import type { Unit } from '../kernel/index.ts';

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
