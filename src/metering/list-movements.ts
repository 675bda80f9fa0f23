import type { Queryable } from '../db/index.ts';
import { type Amount, assert, lowestCallIdAt } from '../kernel/index.ts';
import type { GrantSource } from '../ledger/index.ts';

/** One movement of a wallet. Amounts are in the unit's smallest part. */
export interface Movement {
  /** The wallet's movements are numbered without a gap. */
  readonly version: bigint;
  readonly kind: string;
  /** Below zero where value left the wallet. */
  readonly amount: Amount;
  readonly before: Amount;
  readonly after: Amount;
  readonly callId: string | null;
  readonly grantId: bigint | null;
  /** Of a grant: where its value came from. */
  readonly source: GrantSource | null;
  readonly reference: string | null;
  readonly reason: string | null;
  readonly at: Date;
}

/** Where a page begins: after that movement, at what the wallet had before it. */
export interface MovementCursor {
  readonly version: bigint;
  readonly before: Amount;
  readonly at: Date;
}

type Moved = Omit<Movement, 'before' | 'after'>;

/** A side of transfers: a wallet's have rising ids, so the newest are at the index's end. */
const side = (which: 'to' | 'from', sign: string) => `(
  select t.${which}_wallet_version as version, t.kind, ${sign} t.amount as amount, t.call_id,
    t.grant_id, t.reference, t.reason, t.at
  from transfer t, asked
  where t.${which}_wallet_id = $1 and t.${which}_wallet_version <= asked.top
  order by t.id desc limit $2)`;

/**
 * One page. The versions that no transfer has are calls': so many are looked for, from the newest
 * hours on in which calls of the account were charged, and the search ends with the last of them.
 */
const PAGE = `with asked as materialized (
    select w.account_id, w.unit, w.balance, coalesce($3::bigint, w.version) as top
    from wallet w where w.id = $1
  ), moved as materialized (
    select * from (${side('to', '')} union all ${side('from', '-')}) t
    where t.version > (select top - $2 from asked)
  ), places as (
    select (select sealed_until()) as low, $4::uuid as high
    union all
    select * from (
      select call_id_at(h.hour),
        least(call_id_at(h.hour + interval '1 hour'), (select sealed_until()), $4)
      from (select distinct u.hour from usage_of_account u, asked
        where u.account_id = asked.account_id and u.unit = asked.unit and u.charge > 0
          and u.hour < $5 and u.hour > (select calls_kept_since()) - interval '1 hour') h
      order by h.hour desc) hours
  ), charged as (
    select c.* from places p cross join lateral (
      select c.wallet_version, c.charge, c.id, c.settled_at from call c, asked
      where c.account_id = asked.account_id and c.wallet_id = $1 and c.id >= p.low and c.id < p.high
        and c.wallet_version <= asked.top and c.wallet_version > asked.top - $2
        and not exists (select from late_call l where l.id = c.id and l.sealed_in is null)
      order by c.id desc offset 0) c
    union all
    select c.wallet_version, c.charge, c.id, c.settled_at from late_call l
    cross join lateral (select * from call where id = l.id offset 0) c, asked
    where l.sealed_in is null and c.wallet_id = $1
      and c.wallet_version <= asked.top and c.wallet_version > asked.top - $2
    limit (select greatest(0, least($2, top) - (select count(*) from moved)) from asked)
  )
  select asked.balance, asked.top, m.* from asked left join (
    select m.version, m.kind, m.amount, m.call_id as "callId", m.grant_id as "grantId",
      case when m.kind = 'grant' then g.source end as source, m.reference, m.reason, m.at
    from moved m left join wallet_grant g on g.id = m.grant_id
    union all
    select wallet_version, 'call', -charge, id, null, null, null, null, settled_at from charged
  ) m on true
  order by m.version desc`;

const AFTER_ALL = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
/**
 * A call begins before it is settled, but by the clock of its own process: so far ahead that may
 * be, and where that was not enough, so far.
 */
const AHEAD_MS = [10_000, 3_600_000];

/**
 * A wallet's movements, newest first, `limit` of them after the cursor's. Each side of each is
 * exact; the list ends where calls have been dropped, since what was there before is not known.
 */
export async function listMovements(
  db: Queryable,
  walletId: bigint,
  page: { readonly limit: number; readonly after?: MovementCursor | undefined },
): Promise<Movement[]> {
  const { limit, after } = page;
  if (after === undefined) return read(db, walletId, limit, undefined, undefined);
  let found: Movement[] = [];
  for (const aheadMs of AHEAD_MS) {
    found = await read(db, walletId, limit, after, after.at.getTime() + aheadMs);
    const wanted = after.version - 1n < BigInt(limit) ? Number(after.version - 1n) : limit;
    if (found.length >= wanted) break;
  }
  return found;
}

async function read(
  db: Queryable,
  walletId: bigint,
  limit: number,
  after: MovementCursor | undefined,
  untilMs: number | undefined,
): Promise<Movement[]> {
  const rows = await db.query<Moved & { readonly balance: Amount; readonly top: bigint }>(PAGE, [
    walletId,
    limit,
    after === undefined ? null : after.version - 1n,
    untilMs === undefined ? AFTER_ALL : lowestCallIdAt(untilMs),
    untilMs === undefined ? 'infinity' : new Date(untilMs),
  ]);
  const [first] = rows;
  assert(first !== undefined, 'the wallet is there');
  let balance = after?.before ?? first.balance;
  let next = first.top;
  const movements: Movement[] = [];
  for (const { balance: _, top: __, ...moved } of rows) {
    // Also where a wallet has none: one row, without a version.
    if (moved.version !== next) break;
    const before = balance - moved.amount;
    movements.push({ ...moved, before, after: balance });
    balance = before;
    next -= 1n;
  }
  return movements;
}
