import type { Queryable } from '../../db/index.ts';
import type { UsageEvent } from './usage-event.ts';

/** An event with the call that is to charge for it. */
export interface ClaimingEvent {
  readonly event: UsageEvent;
  readonly accountId: bigint;
  readonly callId: string;
}

/** What stands of an event already, and what became of the call that it names. */
export interface EventState {
  readonly fingerprint: Buffer;
  readonly callId: string;
  /** Its owner has begun to charge: nobody else may, unless its call came to nothing. */
  readonly isSettling: boolean;
  readonly ageMs: number;
  readonly outcome: 'settled' | 'released' | 'expired' | null;
  readonly price: bigint | null;
  readonly charge: bigint | null;
  readonly unit: string | null;
  readonly scale: number | null;
  /** The day of the call may have been dropped. */
  readonly isBeyondKept: boolean;
}

/** Who has not begun to charge after this is taken to be gone; it notices when it begins. */
export const CLAIM_MS = 30_000;

const THESE = `unnest($2::text[], $3::text[], $4::uuid[]) as g (source, id, call_id)`;
const nameOf = (platformId: bigint, claims: readonly ClaimingEvent[]) => [
  platformId,
  claims.map(({ event }) => event.source),
  claims.map(({ event }) => event.id),
  claims.map(({ callId }) => callId),
];

/** Claims those events that nobody has claimed before; the call ids of those that are ours now. */
export async function insertEvents(
  db: Queryable,
  platformId: bigint,
  claims: readonly ClaimingEvent[],
): Promise<Set<string>> {
  // In one order, or two requests with the same events would wait for each other.
  const rows = await db.query<{ callId: string }>(
    `insert into usage_event (platform_id, source, id, call_id, fingerprint, account_id, at)
     select $1, g.source, g.id, g.call_id, g.fingerprint, g.account_id, g.at
     from unnest($2::text[], $3::text[], $4::uuid[], $5::bytea[], $6::bigint[], $7::timestamptz[])
       as g (source, id, call_id, fingerprint, account_id, at)
     order by g.source, g.id
     on conflict (platform_id, source, id) do nothing returning call_id as "callId"`,
    [
      ...nameOf(platformId, claims),
      claims.map(({ event }) => event.fingerprint),
      claims.map(({ accountId }) => accountId),
      claims.map(({ event }) => event.at),
    ],
  );
  return new Set(rows.map(({ callId }) => callId));
}

/** What stands of these events, in their order; undefined for one that is not there any more. */
export async function readEvents(
  db: Queryable,
  platformId: bigint,
  claims: readonly ClaimingEvent[],
): Promise<(EventState | undefined)[]> {
  const [, sources, ids] = nameOf(platformId, claims);
  const rows = await db.query<EventState & { readonly place: bigint }>(
    `select g.place, e.fingerprint, e.call_id as "callId",
       e.settling_at is not null as "isSettling",
       (extract(epoch from clock_timestamp() - e.claimed_at) * 1000)::float8 as "ageMs",
       c.outcome, c.price, c.charge, w.unit, u.scale,
       call_started_at(e.call_id) < calls_kept_since() as "isBeyondKept"
     from unnest($2::text[], $3::text[]) with ordinality as g (source, id, place)
     join usage_event e on e.platform_id = $1 and e.source = g.source and e.id = g.id
     left join call c on c.id = e.call_id and c.leg = 0
     left join wallet w on w.platform_id = c.platform_id and w.id = c.wallet_id
     left join unit u on u.platform_id = w.platform_id and u.code = w.unit`,
    [platformId, sources, ids],
  );
  const found = new Map(rows.map(({ place, ...state }) => [Number(place), state]));
  return claims.map((_, index) => found.get(index + 1));
}

/**
 * Puts our call in the place of the one that an event named when it was read; false when that has
 * changed since.
 */
export async function takeOverEvent(
  db: Queryable,
  platformId: bigint,
  { event, callId }: ClaimingEvent,
  found: EventState,
): Promise<boolean> {
  const rows = await db.query(
    `update usage_event set call_id = $4, claimed_at = clock_timestamp(), settling_at = null
     where platform_id = $1 and source = $2 and id = $3 and call_id = $5
       and (settling_at is not null) = $6 returning 1`,
    [platformId, event.source, event.id, callId, found.callId, found.isSettling],
  );
  return rows.length > 0;
}

/**
 * Says that these events are about to be charged. Only those whose call ids come back may be: the
 * others were taken over by somebody else.
 */
export async function beginSettling(
  db: Queryable,
  platformId: bigint,
  claims: readonly ClaimingEvent[],
): Promise<Set<string>> {
  const rows = await db.query<{ callId: string }>(
    `with ours as (
       select e.ctid, g.call_id from ${THESE}
       join usage_event e on e.platform_id = $1 and e.source = g.source and e.id = g.id
       where e.call_id = g.call_id order by g.source, g.id for no key update of e
     )
     update usage_event e set settling_at = coalesce(e.settling_at, clock_timestamp())
     from ours where e.ctid = ours.ctid and e.call_id = ours.call_id
     returning e.call_id as "callId"`,
    nameOf(platformId, claims),
  );
  return new Set(rows.map(({ callId }) => callId));
}

/** Gives events back that nothing was held for, so that a repeat is like the first. */
export async function deleteEvents(
  db: Queryable,
  platformId: bigint,
  claims: readonly ClaimingEvent[],
): Promise<void> {
  if (claims.length === 0) return;
  await db.query(
    `delete from usage_event e using ${THESE}
     where e.platform_id = $1 and e.source = g.source and e.id = g.id
       and e.call_id = g.call_id and e.settling_at is null`,
    nameOf(platformId, claims),
  );
}
