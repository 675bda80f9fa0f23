import type { Queryable } from '../db/index.ts';
import { type CallRecord, findCall } from './find-call.ts';

/** A call with whose it is. */
export interface OwnedCall extends CallRecord {
  /** The platform's slug. */
  readonly platform: string;
  /** The account's mail address, else its outside id. */
  readonly account: string;
}

/** Finds a call of any account by its call id: for the instance's own operator alone. */
export async function findAnyCall(db: Queryable, callId: string): Promise<OwnedCall | undefined> {
  const [owner] = await db.query<{
    platformId: bigint;
    accountId: bigint;
    platform: string;
    account: string;
  }>(
    `select a.platform_id as "platformId", a.id as "accountId", p.slug as platform,
       coalesce(a.mail, a.external_id) as account
     from hold h
     join account a on (a.platform_id, a.id) = (h.platform_id, h.account_id)
     join platform p on p.id = a.platform_id
     where h.id = $1 order by h.leg limit 1`,
    [callId],
  );
  if (owner === undefined) return undefined;
  const { platformId, accountId, platform, account } = owner;
  const call = await findCall(db, platformId, accountId, callId);
  return call && { ...call, platform, account };
}
