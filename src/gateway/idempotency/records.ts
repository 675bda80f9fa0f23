import type { Queryable } from '../../db/index.ts';
import type { Asking, RecordState } from './judge-record.ts';

/** A call that was sent with a key. */
export interface KeyedCall extends Asking {
  readonly platformId: bigint;
  readonly accountId: bigint;
  readonly route: string;
  readonly key: string;
}

/** A record with all that a replay tells. */
export interface IdempotencyRecord extends RecordState {
  readonly answer: Buffer | null;
  readonly contentType: string | null;
  /** What the call's row has; null until it has one. */
  readonly held: bigint | null;
  readonly charge: bigint | null;
  /** What the call's wallet has left to spend now. */
  readonly available: bigint | null;
  /** Decimals of the three amounts. */
  readonly scale: number | null;
}

/** Calls before the last one that a record still names. */
const EARLIER_MAX = 50;
/** A record is kept for at least this long. */
const KEPT_HOURS = 24;
const REMOVED_AT_ONCE = 1_000;

const THIS_RECORD = 'account_id = $1 and route = $2 and key = $3';
const nameOf = ({ accountId, route, key }: KeyedCall) => [accountId, route, key];

/** Claims the key for this call; false when it has a record already. */
export async function insertRecord(db: Queryable, call: KeyedCall): Promise<boolean> {
  const rows = await db.query(
    `insert into idempotency_record (account_id, route, key, platform_id, fingerprint, call_id)
     values ($1, $2, $3, $4, $5, $6) on conflict (account_id, route, key) do nothing
     returning 1`,
    [...nameOf(call), call.platformId, call.fingerprint, call.callId],
  );
  return rows.length > 0;
}

/** The record of the call's key and what became of the call that it names, in one snapshot. */
export async function readRecord(
  db: Queryable,
  call: KeyedCall,
): Promise<IdempotencyRecord | undefined> {
  const [row] = await db.query<IdempotencyRecord>(
    `select r.call_id as "callId", r.fingerprint, r.answer, r.content_type as "contentType",
       r.concluded_at is not null as "isConcluded", r.answer is not null as "hasAnswer",
       (extract(epoch from clock_timestamp() - r.claimed_at) * 1000)::float8 as "ageMs",
       h.id is not null as "isHeld", c.outcome, c.held, c.charge,
       w.balance - w.held as available, u.scale
     from idempotency_record r
     left join hold h on h.id = r.call_id and h.leg = 0
     left join call c on c.id = h.id and c.leg = h.leg
     left join wallet w on w.platform_id = h.platform_id and w.id = h.wallet_id
     left join unit u on u.platform_id = w.platform_id and u.code = w.unit
     where r.${THIS_RECORD.replaceAll(' and ', ' and r.')}`,
    nameOf(call),
  );
  return row;
}

/**
 * Puts the call in the place of the one that the record named when it was read; false when the
 * record has changed since.
 */
export async function takeOverRecord(
  db: Queryable,
  call: KeyedCall,
  found: RecordState,
): Promise<boolean> {
  const rows = await db.query(
    `update idempotency_record set call_id = $4, claimed_at = clock_timestamp(),
       concluded_at = null, content_type = null, answer = null,
       earlier_call_ids = (call_id || earlier_call_ids)[:${EARLIER_MAX}]
     where ${THIS_RECORD} and call_id = $5 and (concluded_at is not null) = $6
     returning 1`,
    [...nameOf(call), call.callId, found.callId, found.isConcluded],
  );
  return rows.length > 0;
}

/**
 * Puts the answer down, or that there is none to keep; false when the record is another call's by
 * now. A repetition changes nothing.
 */
export async function concludeRecord(
  db: Queryable,
  call: KeyedCall,
  answer: { readonly contentType: string; readonly sealed: Buffer } | undefined,
): Promise<boolean> {
  const rows = await db.query(
    `update idempotency_record set concluded_at = coalesce(concluded_at, clock_timestamp()),
       content_type = $5, answer = $6
     where ${THIS_RECORD} and call_id = $4
     returning 1`,
    [...nameOf(call), call.callId, answer?.contentType ?? null, answer?.sealed ?? null],
  );
  return rows.length > 0;
}

/** Gives the key back for a call that held nothing. */
export async function deleteRecord(db: Queryable, call: KeyedCall): Promise<void> {
  await db.query(
    `delete from idempotency_record where ${THIS_RECORD} and call_id = $4 and concluded_at is null`,
    [...nameOf(call), call.callId],
  );
}

/** Removes the records whose time is over, some at a time; several processes do no harm. */
export async function removeOldRecords(db: Queryable): Promise<void> {
  for (;;) {
    const removed = await db.query(
      `delete from idempotency_record where ctid = any (array(
         select ctid from idempotency_record
         where claimed_at < now() - interval '${KEPT_HOURS} hours'
         order by claimed_at limit ${REMOVED_AT_ONCE} for update skip locked))
       returning 1`,
    );
    if (removed.length < REMOVED_AT_ONCE) return;
  }
}
