import type { Queryable } from '../db/index.ts';
import type { Amount } from '../kernel/index.ts';
import type { GrantSource } from './wallet.ts';

/** A grant as lists show it. Amounts are in the unit's smallest part, 10^-scale. */
export interface GrantState {
  readonly id: bigint;
  readonly accountId: bigint;
  readonly unit: string;
  readonly scale: number;
  readonly source: GrantSource;
  /** Lower is spent first. */
  readonly priority: number;
  readonly granted: Amount;
  readonly remaining: Amount;
  /** 'expired' also while calls that were under way then may still draw on it. */
  readonly status: 'open' | 'spent' | 'expired';
  readonly expiresAt: Date | null;
  /** When it was ended before its time. */
  readonly endedAt: Date | null;
  readonly reference: string;
  readonly reason: string | null;
  readonly createdAt: Date;
}

const GRANTS = `select g.id, w.account_id as "accountId", w.unit, u.scale, g.source, g.priority,
    g.granted, coalesce(s.remaining, 0) as remaining,
    case when g.pinned is not null or (s.remaining > 0 and g.expires_at <= clock_timestamp())
      then 'expired' when s.remaining > 0 then 'open' else 'spent' end as status,
    g.expires_at as "expiresAt", g.ended_at as "endedAt", t.reference, g.reason,
    g.created_at as "createdAt"
  from wallet_grant g
  join wallet w on (w.platform_id, w.id) = (g.platform_id, g.wallet_id)
  left join open_grant s on s.wallet_id = g.wallet_id and s.id = g.id
  join unit u on (u.platform_id, u.code) = (w.platform_id, w.unit)
  join transfer t on t.to_wallet_id = g.wallet_id and t.grant_id = g.id
    and t.kind in ('grant', 'merge')`;

/** An account's grants, newest first, `limit` of them older than the one with the id `before`. */
export async function listGrants(
  db: Queryable,
  platformId: bigint,
  accountId: bigint,
  page: { readonly limit: number; readonly before?: bigint | undefined },
): Promise<GrantState[]> {
  return db.query<GrantState>(
    `${GRANTS} where w.platform_id = $1 and w.account_id = $2 and ($3::bigint is null or g.id < $3)
     order by g.id desc limit $4`,
    [platformId, accountId, page.before ?? null, page.limit],
  );
}

/** One of a platform's grants. */
export async function findGrant(
  db: Queryable,
  platformId: bigint,
  grantId: bigint,
): Promise<GrantState | undefined> {
  const sql = `${GRANTS} where g.platform_id = $1 and g.id = $2`;
  const [grant] = await db.query<GrantState>(sql, [platformId, grantId]);
  return grant;
}
