import type { Queryable } from '../db/index.ts';
import type { Ids } from '../kernel/index.ts';
import { normalizeMail } from './accounts.ts';
import { memberNotFound, type Role, removePlatformMember } from './members.ts';

/** Somebody who belongs to a platform or to an account on it, or is asked to. */
export interface Person {
  /** Null while the invitation is not accepted. */
  readonly userId: string | null;
  readonly mail: string;
  readonly name: string | null;
  readonly role: Role | 'customer';
  readonly accountId: bigint | null;
  readonly since: Date;
}

export interface NewInvitation {
  readonly platformId: bigint;
  readonly mail: string;
  readonly role: Role | 'customer';
  /** Of a customer: for which account. */
  readonly accountId: bigint | null;
}

/**
 * Asks somebody to join. Who knows the address learns nothing about whether it has a user here: a
 * membership comes about when its owner is seen next ({@link acceptInvitations}).
 */
export async function invite(tx: Queryable, ids: Ids, invited: NewInvitation): Promise<void> {
  const mail = normalizeMail(invited.mail);
  await tx.query(
    `insert into invitation (id, platform_id, mail, role, account_id) values ($1, $2, $3, $4, $5)
     on conflict (platform_id, mail, account_id) do update set role = excluded.role`,
    [ids.rowId(), invited.platformId, mail, invited.role, invited.accountId],
  );
}

// An owner of the table accepts: who signs in belongs to no platform yet.
const ACCEPT = `with accepted as (
    delete from invitation where mail = $1 returning platform_id, account_id, role
  ), staff as (
    insert into platform_member (platform_id, user_id, role)
    select platform_id, $2, role from accepted where account_id is null
    on conflict (platform_id, user_id) do nothing
  )
  insert into account_member (platform_id, account_id, user_id)
  select platform_id, account_id, $2 from accepted where account_id is not null
  on conflict do nothing`;

/** Makes the memberships that a verified address was invited to. */
export async function acceptInvitations(
  db: Queryable,
  user: { readonly id: string; readonly mail: string },
): Promise<void> {
  await db.query(ACCEPT, [user.mail, user.id]);
}

/** Who belongs to a platform (no account given) or to an account, and who is invited. */
export async function listPeople(
  tx: Queryable,
  platformId: bigint,
  accountId: bigint | null,
): Promise<Person[]> {
  return tx.query<Person>(
    `select user_id as "userId", mail, name, role, account_id as "accountId", created_at as since
     from tenant_people() where account_id is not distinct from $2
     union all
     select null, mail, null, role, account_id, created_at from invitation
     where platform_id = $1 and account_id is not distinct from $2
     order by since, mail`,
    [platformId, accountId],
  );
}

/**
 * Takes an invitation back or a membership away, whichever there is under that address; of a
 * member of the staff when no account is given. Faults: `member_not_found` (404), `last_owner`
 * (409).
 */
export async function removePerson(
  tx: Queryable,
  platformId: bigint,
  accountId: bigint | null,
  mail: string,
): Promise<Person> {
  const person = await findPerson(tx, platformId, accountId, mail);
  if (person.userId === null) {
    await tx.query(
      `delete from invitation where platform_id = $1 and account_id is not distinct from $2
         and mail = $3`,
      [platformId, accountId, person.mail],
    );
  } else if (accountId === null) {
    await removePlatformMember(tx, platformId, person.userId);
  } else {
    await tx.query('delete from account_member where account_id = $1 and user_id = $2', [
      accountId,
      person.userId,
    ]);
  }
  return person;
}

/** Who is known under that address. Fault: `member_not_found` (404). */
export async function findPerson(
  tx: Queryable,
  platformId: bigint,
  accountId: bigint | null,
  mail: string,
): Promise<Person> {
  const people = await listPeople(tx, platformId, accountId);
  const found = people.find((one) => one.mail === normalizeMail(mail));
  if (found === undefined) throw memberNotFound();
  return found;
}
