import type { Queryable } from '../../../db/index.ts';
import { findPlatformById, type Platform } from '../../../tenants/index.ts';

const OWN = `select platform_id as id from platform_member where user_id = $1 and platform_id > $2
  order by platform_id limit $3`;
const ALL = 'select id from platform where id > $1 order by id limit $2';

/** The platforms that somebody works for; for who runs the instance all, by id. */
export async function listOwnPlatforms(
  tx: Queryable,
  user: { readonly id: string; readonly isOperator: boolean },
  page: { readonly after: bigint; readonly limit: number },
): Promise<Platform[]> {
  const rows = user.isOperator
    ? await tx.query<{ id: bigint }>(ALL, [page.after, page.limit])
    : await tx.query<{ id: bigint }>(OWN, [user.id, page.after, page.limit]);
  const platforms: Platform[] = [];
  for (const { id } of rows) {
    const platform = await findPlatformById(tx, id);
    if (platform !== undefined) platforms.push(platform);
  }
  return platforms;
}
