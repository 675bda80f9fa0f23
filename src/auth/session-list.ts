import type { Queryable } from '../db/index.ts';

/** A session that is open, without what opens it. */
export interface OpenSession {
  readonly id: string;
  readonly userAgent: string | null;
  readonly address: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** The open sessions of a user, newest first. */
export async function listSessions(db: Queryable, userId: string): Promise<OpenSession[]> {
  return db.query<OpenSession>(
    `select id, "userAgent", nullif("ipAddress", '') as address, "createdAt", "expiresAt"
     from auth.session where "userId" = $1 and "expiresAt" > now()
     order by "createdAt" desc, id`,
    [userId],
  );
}

/** Ends one session of a user, or all of them; tells how many there were. */
export async function revokeSessions(
  db: Queryable,
  userId: string,
  sessionId?: string,
): Promise<number> {
  const rows = await db.query(
    `delete from auth.session
     where "userId" = $1 and ($2::text is null or id = $2) and "expiresAt" > now() returning 1`,
    [userId, sessionId ?? null],
  );
  return rows.length;
}

/** Sessions and links that ended a day ago are of no use to anybody. */
export async function forgetOldSessions(db: Queryable): Promise<void> {
  const since = `"expiresAt" < now() - interval '1 day'`;
  await db.query(`delete from auth.session where ${since}`);
  await db.query(`delete from auth.verification where ${since}`);
}
