import type { Queryable } from '../db/index.ts';
import { Fault } from '../kernel/index.ts';

/** What a member of a platform may do, from the most to the least. */
export const ROLES = ['owner', 'admin', 'support', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

/** Where a person is known: as a member of a platform, as a customer on one, or both. */
export interface Membership {
  readonly platformId: bigint;
  readonly platform: string;
  readonly platformName: string;
  readonly role: Role | 'customer';
  /** Of a customer: the account that they act for. */
  readonly accountId: bigint | null;
  readonly accountName: string | null;
}

/** The memberships of a person, in the order in which they came about. */
export async function listMemberships(db: Queryable, userId: string): Promise<Membership[]> {
  return db.query<Membership>(
    `select p.id as "platformId", p.slug as platform, p.name as "platformName", m.role,
       m.account_id as "accountId", m.account_name as "accountName"
     from (
       select platform_id, role, null::bigint as account_id, null as account_name, created_at
       from platform_member where user_id = $1
       union all
       select m.platform_id, 'customer', a.id, a.name, m.created_at
       from account_member m join account a on a.id = m.account_id where m.user_id = $1
     ) m join platform p on p.id = m.platform_id
     order by m.created_at, p.slug, m.account_id nulls first`,
    [userId],
  );
}

/** Whether a person has anything to do with a platform: a role, an account, or all of them. */
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

/** Makes a person a customer's member; a second time changes nothing. */
export async function addAccountMember(
  tx: Queryable,
  member: { readonly platformId: bigint; readonly accountId: bigint; readonly userId: string },
): Promise<void> {
  await tx.query(
    `insert into account_member (platform_id, account_id, user_id) values ($1, $2, $3)
     on conflict do nothing`,
    [member.platformId, member.accountId, member.userId],
  );
}

/**
 * Gives a person a role on a platform, in place of the one that they have there. Fault:
 * `last_owner` (409) when that takes its last owner from a platform.
 */
export async function setPlatformMember(
  tx: Queryable,
  member: { readonly platformId: bigint; readonly userId: string; readonly role: Role },
): Promise<void> {
  const before = await countMembers(tx, member.platformId);
  await tx.query(
    `insert into platform_member (platform_id, user_id, role) values ($1, $2, $3)
     on conflict (platform_id, user_id) do update set role = excluded.role`,
    [member.platformId, member.userId, member.role],
  );
  await keepAnOwner(tx, member.platformId, before);
}

/** Ends a person's membership. Faults: `member_not_found` (404), `last_owner` (409). */
export async function removePlatformMember(
  tx: Queryable,
  platformId: bigint,
  userId: string,
): Promise<void> {
  const before = await countMembers(tx, platformId);
  const removed = await tx.query(
    'delete from platform_member where platform_id = $1 and user_id = $2 returning user_id',
    [platformId, userId],
  );
  if (removed.length === 0) throw memberNotFound();
  await keepAnOwner(tx, platformId, before);
}

interface Count {
  readonly members: bigint;
  readonly owners: bigint;
}

/** Two owners who leave at once wait for each other here, and the second stays. */
async function countMembers(tx: Queryable, platformId: bigint): Promise<Count> {
  await tx.query('select from platform where id = $1 for no key update', [platformId]);
  const [count] = await tx.query<Count>(
    `select count(*) as members, count(*) filter (where role = 'owner') as owners
     from platform_member where platform_id = $1`,
    [platformId],
  );
  return count ?? { members: 0n, owners: 0n };
}

/** A platform that the operator alone owns has no owner to lose. */
async function keepAnOwner(tx: Queryable, platformId: bigint, before: Count): Promise<void> {
  if (before.owners === 0n) return;
  const { members, owners } = await countMembers(tx, platformId);
  if (members === 0n || owners > 0n) return;
  throw new Fault({
    code: 'last_owner',
    status: 409,
    message: 'A platform keeps at least one owner. Make somebody else an owner first.',
  });
}

export function memberNotFound(): Fault {
  return new Fault({
    code: 'member_not_found',
    status: 404,
    message: 'There is no such member on this platform.',
  });
}
