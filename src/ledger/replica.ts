import type { Db } from '../db/index.ts';
import type { Clock, Ids, Log } from '../kernel/index.ts';
import { lowestCallIdAt } from '../kernel/index.ts';

export const LEASE_SECONDS = 30;
/** It is renewed every few seconds: after a gap like this the database stood still, or we did. */
const LATE_MS = (LEASE_SECONDS * 1_000) / 2;
/** A call's id may be this old when it asks for its hold, and no older. */
export const CALL_ID_AGE_LIMIT_MS = 120_000;

/** This process as an owner of holds: they live while its lease is renewed. */
export interface Replica {
  /** Changes when the process was judged dead in the meantime (it hung) and registered anew. */
  readonly id: bigint;
  /** Prolongs the lease, or registers anew when it was taken away. */
  renew(): Promise<void>;
  /**
   * Whether other leases may be judged by this process: not while its own was not renewed in time
   * lately. What kept it from that, a database that stood still, kept the others from it too.
   */
  mayJudge(): boolean;
  end(): Promise<void>;
}

/** Registers this process. `openCallIds` tells its open holds: they bound what a sweeper reads. */
export async function registerReplica(options: {
  readonly db: Db;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Log;
  readonly host: string;
  readonly pid: number;
  openCallIds(): Iterable<string>;
}): Promise<Replica> {
  const { db, ids, clock, log } = options;
  let id = 0n;
  let replacing: Promise<void> | undefined;
  let renewedMs = clock.monotonicMs();
  let judgesFromMs = Number.NEGATIVE_INFINITY;

  // Holds of calls that have an id but have not asked yet are younger than the age limit.
  const openSince = () => {
    let oldest = lowestCallIdAt(clock.nowMs() - CALL_ID_AGE_LIMIT_MS);
    for (const callId of options.openCallIds()) if (callId < oldest) oldest = callId;
    return oldest;
  };
  const register = async () => {
    const fresh = ids.rowId();
    await db.query(
      `insert into replica (id, host, pid, started_at, lease_until, open_since)
       values ($1, $2, $3, clock_timestamp(), clock_timestamp() + make_interval(secs => $4), $5)`,
      [fresh, options.host, options.pid, LEASE_SECONDS, openSince()],
    );
    id = fresh;
  };
  await register();

  const replace = async (endedId: bigint) => {
    if (id !== endedId) return;
    replacing ??= register().finally(() => {
      replacing = undefined;
    });
    await replacing;
    log.error({ ended: endedId, id }, 'This process had been judged dead and registered anew.');
  };
  return {
    get id() {
      return id;
    },
    renew: async () => {
      const renewing = id;
      const rows = await db.query(
        `update replica set lease_until = clock_timestamp() + make_interval(secs => $2),
           open_since = $3 where id = $1 and ended_at is null returning id`,
        [renewing, LEASE_SECONDS, openSince()],
      );
      if (rows.length === 0) await replace(renewing);
      const nowMs = clock.monotonicMs();
      if (nowMs - renewedMs > LATE_MS) judgesFromMs = nowMs + LEASE_SECONDS * 1_000;
      renewedMs = nowMs;
    },
    mayJudge: () => clock.monotonicMs() >= judgesFromMs,
    end: async () => {
      await db.query(
        `update replica set ended_at = clock_timestamp() where id = $1 and ended_at is null`,
        [id],
      );
    },
  };
}
