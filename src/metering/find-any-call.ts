import type { Queryable } from '../db/index.ts';
import { type CallRecord, findCall } from './find-call.ts';

/** A call with whose it is and who served it. */
export interface OwnedCall extends CallRecord {
  /** The platform's slug. */
  readonly platform: string;
  readonly accountId: bigint;
  /** The account's mail address, else its outside id. */
  readonly account: string;
  /** The name of the upstream; null where none was asked, or where the reader may not see it. */
  readonly upstream: string | null;
  /** What was reported of it from outside; null for a call that went through the gateway. */
  readonly event: { readonly source: string; readonly id: string; readonly at: Date } | null;
}

interface Owner {
  readonly platformId: bigint;
  readonly accountId: bigint;
  readonly platform: string;
  readonly account: string;
  readonly upstream: string | null;
  readonly eventSource: string | null;
  readonly eventId: string;
  readonly eventAt: Date;
}

/**
 * Finds a call by its call id, of any account of a platform, or without one of any: then for the
 * instance's own operator alone.
 */
export async function findAnyCall(
  db: Queryable,
  callId: string,
  of: { readonly platformId?: bigint; readonly accountId?: bigint | undefined } = {},
): Promise<OwnedCall | undefined> {
  const [owner] = await db.query<Owner>(
    `select a.platform_id as "platformId", a.id as "accountId", p.slug as platform,
       coalesce(a.mail, a.external_id) as account, s.name as upstream,
       e.source as "eventSource", e.id as "eventId", e.at as "eventAt"
     from hold h
     join account a on (a.platform_id, a.id) = (h.platform_id, h.account_id)
     join platform p on p.id = a.platform_id
     left join call c on c.id = h.id and c.leg = h.leg
     left join upstream s on s.platform_id = c.platform_id and s.id = c.upstream_id
     left join usage_event e on e.platform_id = h.platform_id and e.call_id = h.id
     where h.id = $1 and ($2::bigint is null or h.platform_id = $2)
       and ($3::bigint is null or h.account_id = $3)
     order by h.leg limit 1`,
    [callId, of.platformId ?? null, of.accountId ?? null],
  );
  if (owner === undefined) return undefined;
  const { platformId, accountId, platform, account, upstream } = owner;
  const { eventSource: source, eventId: id, eventAt: at } = owner;
  const event = source === null ? null : { source, id, at };
  const call = await findCall(db, platformId, accountId, callId);
  return call && { ...call, platform, accountId, account, upstream, event };
}
