import type { Db } from '../db/index.ts';
import type { Log } from '../kernel/index.ts';
import { emptySettlement } from './resolutions.ts';
import type { Settlement, SettleResult } from './types.ts';

const BATCH = 500;
/** No lease is judged this soon after the database's own start: its owner may be reconnecting. */
const GRACE_SECONDS = 30;

interface OpenHold {
  readonly id: string;
  readonly wallet_ids: bigint[];
  readonly key_ids: bigint[];
}

/**
 * Resolves the holds of processes that are gone, as expired: nothing is charged. With
 * `othersAreDead` every other process is known to be gone (the embedded database has one server at
 * a time); otherwise those whose lease ran out are judged. Returns how many calls were resolved.
 */
export async function sweepDeadReplicas(options: {
  readonly db: Db;
  readonly log: Log;
  readonly ownId: bigint;
  readonly othersAreDead: boolean;
  readonly graceSeconds?: number;
  settle(settlement: Settlement): Promise<SettleResult | undefined>;
}): Promise<number> {
  const { db, log, ownId } = options;
  await endDeadReplicas(db, ownId, options.othersAreDead, options.graceSeconds ?? GRACE_SECONDS);
  const dead = await db.query<{ id: bigint; open_since: string }>(
    `select id, open_since from replica where ended_at is not null and swept_at is null`,
  );
  let resolved = 0;
  for (const replica of dead) {
    let from = replica.open_since;
    for (;;) {
      const holds = await db.query<OpenHold>(
        `select h.id, array_agg(h.wallet_id order by h.leg) as wallet_ids,
           array_agg(coalesce(h.key_id, 0) order by h.leg) as key_ids
         from hold h left join call c on c.id = h.id and c.leg = h.leg
         where h.replica_id = $1 and h.id >= $2
         group by h.id having count(c.id) < count(*) order by h.id limit ${BATCH}`,
        [replica.id, from],
      );
      await Promise.all(holds.map((hold) => options.settle(expiryOf(hold))));
      resolved += holds.length;
      const last = holds.at(-1);
      if (last === undefined || holds.length < BATCH) break;
      from = last.id;
    }
    await db.query('update replica set swept_at = clock_timestamp() where id = $1', [replica.id]);
    log.info({ replica: replica.id, resolved }, 'Swept the holds of a process that is gone.');
  }
  return resolved;
}

async function endDeadReplicas(
  db: Db,
  ownId: bigint,
  othersAreDead: boolean,
  graceSeconds: number,
): Promise<void> {
  const lapsed = await db.query<{ id: bigint }>(
    `select id from replica where ended_at is null and id <> $1 and ($2 or (
       lease_until < clock_timestamp()
       and pg_postmaster_start_time() + make_interval(secs => $3) < clock_timestamp()))`,
    [ownId, othersAreDead, graceSeconds],
  );
  for (const { id } of lapsed) {
    await db.transaction(async (tx) => {
      // Every batch of the replica holds this lock shared: after it, none of its holds can appear.
      await tx.query('select pg_advisory_xact_lock($1)', [id]);
      await tx.query(
        `update replica set ended_at = clock_timestamp()
         where id = $1 and ended_at is null and ($2 or lease_until < clock_timestamp())`,
        [id, othersAreDead],
      );
    });
  }
}

function expiryOf(hold: OpenHold): Settlement {
  const legs = hold.wallet_ids.map((walletId, leg) => ({
    walletId,
    keyId: hold.key_ids[leg] || undefined,
  }));
  return emptySettlement({ callId: hold.id, legs }, 'expired', 'hold_expired');
}
