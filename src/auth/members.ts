import type { Queryable } from '../db/index.ts';

/** What somebody may do on a platform, from most to least. */
export const ROLES = ['owner', 'admin', 'support', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

/** Lets a user work for a platform, or changes what they may do there. */
export async function setPlatformRole(
  tx: Queryable,
  platformId: bigint,
  userId: string,
  role: Role,
): Promise<void> {
  await tx.query(
    `insert into platform_member (platform_id, user_id, role) values ($1, $2, $3)
     on conflict (platform_id, user_id) do update set role = excluded.role`,
    [platformId, userId, role],
  );
}

/** Lets a user act for a customer. */
export async function addAccountMember(
  tx: Queryable,
  account: { readonly platformId: bigint; readonly id: bigint },
  userId: string,
): Promise<void> {
  await tx.query(
    `insert into account_member (platform_id, account_id, user_id) values ($1, $2, $3)
     on conflict do nothing`,
    [account.platformId, account.id, userId],
  );
}

/** Whether a user has anything to do with a platform: by a role, an account, or as an operator. */
export async function isOnPlatform(
  db: Queryable,
  platformId: bigint,
  userId: string,
): Promise<boolean> {
  const rows = await db.query(
    `select from platform_member where platform_id = $1 and user_id = $2
     union all select from account_member where platform_id = $1 and user_id = $2
     union all select from operator where user_id = $2 limit 1`,
    [platformId, userId],
  );
  return rows.length > 0;
}
