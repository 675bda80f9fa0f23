import { type Db, type Queryable, SEAL_LOCK } from '../db/index.ts';
import type { Clock, Ids, Log } from '../kernel/index.ts';
import { assert, lowestCallIdAt } from '../kernel/index.ts';
import { type Asks, CALL_ID_AGE_LIMIT_MS } from './asks.ts';

export const LEASE_SECONDS = 30;
/** It is renewed every few seconds: after a gap like this the database stood still, or we did. */
const LATE_MS = (LEASE_SECONDS * 1_000) / 2;

const INSERT = `
  insert into replica (id, host, pid, started_at, lease_until, open_since, asks_since)
  values ($1, $2, $3, clock_timestamp(), clock_timestamp() + make_interval(secs => $4), $5,
    greatest($6, sealed_until()))
  returning asks_since`;

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
  /** What this process promises about calls to come; published with the lease. */
  readonly asks: Asks;
}): Promise<Replica> {
  const { db, ids, clock, log, asks } = options;
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
    const values = [options.host, options.pid, LEASE_SECONDS, openSince(), asks.promise()];
    asks.raise(await db.transaction((tx) => insertReplica(tx, [fresh, ...values])));
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
           open_since = $3, asks_since = $4 where id = $1 and ended_at is null returning id`,
        [renewing, LEASE_SECONDS, openSince(), asks.promise()],
      );
      if (rows.length === 0) await replace(renewing);
      const nowMs = clock.monotonicMs();
      if (nowMs - renewedMs > LATE_MS) judgesFromMs = nowMs + LEASE_SECONDS * 1_000;
      renewedMs = nowMs;
    },
    mayJudge: () => clock.monotonicMs() >= judgesFromMs,
    end: async () => {
      await db.transaction(async (tx) => {
        // Every batch holds this lock shared: one whose answer was lost may be under way still.
        await tx.query('select pg_advisory_xact_lock($1)', [id]);
        await tx.query(
          `update replica set ended_at = clock_timestamp() where id = $1 and ended_at is null`,
          [id],
        );
      });
    },
  };
}

/** While the seal stands still, so that what is promised is not behind it. Answers with that. */
async function insertReplica(tx: Queryable, values: readonly unknown[]): Promise<string> {
  await tx.query('select pg_advisory_xact_lock_shared($1)', [SEAL_LOCK]);
  const [row] = await tx.query<{ asks_since: string }>(INSERT, values);
  assert(row !== undefined, 'an inserted row is returned');
  return row.asks_since;
}
