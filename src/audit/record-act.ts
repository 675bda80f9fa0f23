import type { Queryable } from '../db/index.ts';
import { assert, type Ids } from '../kernel/index.ts';

/** Who did something: a person, a program's token or key, the operator at the machine, or we. */
export interface Actor {
  readonly kind: 'user' | 'token' | 'key' | 'operator' | 'system';
  readonly id: string | null;
  /** What people know it by: a mail address, a token's name. */
  readonly label: string;
}

/** One act of administration, as it is put on record. */
export interface ActRecord {
  /** Null for an act on the instance as a whole. */
  readonly platformId: bigint | null;
  readonly actor: Actor;
  /** Noun and verb: 'account.suspend'. */
  readonly action: string;
  /** The id of what it was done to, as the API shows it. */
  readonly subject?: string | undefined;
  readonly reason?: string | undefined;
  /** What was so before, and is so since; never a secret. */
  readonly before?: object | undefined;
  readonly after?: object | undefined;
  readonly requestId?: string | undefined;
}

/** Puts an act on record, in the act's own transaction: both are there or neither. */
export async function recordAct(tx: Queryable, ids: Ids, act: ActRecord): Promise<void> {
  assert(/^[a-z_]+\.[a-z_]+$/.test(act.action), 'an action is a noun and a verb');
  await tx.query(
    `insert into audit_entry (id, platform_id, actor_kind, actor_id, actor, action, subject,
       reason, before, after, request_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      ids.rowId(),
      act.platformId,
      act.actor.kind,
      act.actor.id,
      act.actor.label,
      act.action,
      act.subject ?? null,
      act.reason ?? null,
      act.before === undefined ? null : JSON.stringify(act.before),
      act.after === undefined ? null : JSON.stringify(act.after),
      act.requestId ?? null,
    ],
  );
}
