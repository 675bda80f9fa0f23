import type { Queryable } from '../db/index.ts';
import type { Actor } from './record-act.ts';

/** An act on record. */
export interface RecordedAct {
  readonly id: bigint;
  readonly at: Date;
  readonly actorKind: Actor['kind'];
  readonly actorId: string | null;
  readonly actor: string;
  readonly action: string;
  readonly subject: string | null;
  readonly reason: string | null;
  readonly before: unknown;
  readonly after: unknown;
  readonly requestId: string | null;
}

export interface ActFilter {
  readonly action?: string | undefined;
  readonly subject?: string | undefined;
  readonly actor?: string | undefined;
}

/** Acts on a platform (of the instance as a whole: null), newest first, `limit` before `before`. */
export async function listActs(
  db: Queryable,
  platformId: bigint | null,
  filter: ActFilter,
  page: { readonly before: bigint | undefined; readonly limit: number },
): Promise<RecordedAct[]> {
  return db.query<RecordedAct>(
    `select id, at, actor_kind as "actorKind", actor_id as "actorId", actor, action, subject,
       reason, before, after, request_id as "requestId"
     from audit_entry
     where platform_id is not distinct from $1 and ($2::bigint is null or id < $2)
       and ($3::text is null or action = $3) and ($4::text is null or subject = $4)
       and ($5::text is null or actor = $5 or actor_id = $5)
     order by id desc limit $6`,
    [
      platformId,
      page.before ?? null,
      filter.action ?? null,
      filter.subject ?? null,
      filter.actor ?? null,
      page.limit,
    ],
  );
}
