import type { Db } from '../db/index.ts';
import { assert, type Clock, type Ids, type Log } from '../kernel/index.ts';
import { createAsks } from './asks.ts';
import { createLanes, type Lanes } from './lanes.ts';
import type { OpenCalls } from './open-calls.ts';
import { ensurePartitions } from './partitions.ts';
import { LEASE_SECONDS, type Replica, registerReplica } from './replica.ts';
import { expiryOf } from './resolutions.ts';
import { createShortage } from './shortage.ts';
import { sweepDeadReplicas } from './sweep.ts';
import type { HoldRequest, HoldResult, Settlement, SettleResult } from './types.ts';
import { startUpkeep } from './upkeep.ts';

/** Holds and settlements of one server process, batched into one statement each at a time. */
export interface Ledger {
  /**
   * Decides one call: held or refused, committed when this resolves. Rejects with a Fault of status
   * 503 when its batch cannot begin within 5 s (`overloaded`), or cannot be done in 5 to 10 s more
   * (`database_unavailable`); then nothing is or will stay held.
   */
  hold(request: HoldRequest): Promise<HoldResult>;
  /**
   * Resolves a held call, once, however often it is sent. Keeps trying for 30 s while the database
   * is away, then rejects: the hold will expire and nothing is charged.
   */
  settle(settlement: Settlement): Promise<SettleResult>;
  /** The calls of this process that are held and not resolved. */
  readonly openCalls: number;
  /** Does now what a timer does every few seconds: renews the lease, resolves what is left open. */
  tidy(): Promise<void>;
  /** Waits for what is under way, gives up the lease, closes its connections. */
  close(): Promise<void>;
}

export interface LedgerOptions {
  readonly db: Db;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly log: Log;
  readonly host: string;
  readonly pid: number;
  /** True where only one server can use the database: every other process is known to be dead. */
  readonly soleServer: boolean;
  /** How long a hold and a settlement wait for a database that is away: 5 s and 30 s. */
  readonly patience?: { readonly holdMs: number; readonly settleMs: number };
}

const PATIENCE = { holdMs: 5_000, settleMs: 30_000 };
const UPKEEP_MS = (LEASE_SECONDS * 1_000) / 6;
const PARTITION_DAYS = 7;

/** Prepares partitions, takes a lease, resolves what dead processes left open, starts upkeep. */
export async function createLedger(options: LedgerOptions): Promise<Ledger> {
  const { db, clock, log } = options;
  const patience = options.patience ?? PATIENCE;
  const calls: OpenCalls = { held: new Set(), abandoned: new Map() };
  const asks = createAsks(clock, calls.abandoned);
  await ensurePartitions(db, PARTITION_DAYS);
  const replica = await registerReplica({
    ...options,
    openCallIds: () => [...calls.held, ...calls.abandoned.keys()],
    asks,
  });
  const shortage = createShortage(clock);
  const putRight = () => shortage.feel(() => renew(replica, db));
  const onLate = () => {
    resolveAbandoned(calls, lanes).catch((err) =>
      log.warn({ err }, 'What was given up is resolved later.'),
    );
  };
  const parts = { db, clock, calls, asks, replica, shortage };
  const lanes = createLanes({ ...parts, putRight, onLate, patience });
  const settle = async (settlement: Settlement) => {
    try {
      const result = await lanes.resolve(settlement);
      assert(result !== undefined, 'only a held call is settled');
      return result;
    } catch (error) {
      calls.abandoned.set(settlement.callId, expiryOf(settlement));
      throw error;
    } finally {
      calls.held.delete(settlement.callId);
    }
  };

  const sweep = (othersAreDead: boolean) =>
    sweepDeadReplicas({ db, log, ownId: replica.id, othersAreDead, settle: lanes.resolve });
  const tidy = async () => {
    await putRight();
    await resolveAbandoned(calls, lanes);
    if (replica.mayJudge()) await sweep(false);
  };
  // The lease has a timer of its own: no amount of tidying may make this process look dead.
  const upkeeps = [() => replica.renew(), tidy].map((work) =>
    startUpkeep({ clock, log, everyMs: UPKEEP_MS, work }),
  );
  const stopUpkeep = async () => {
    for (const upkeep of upkeeps) await upkeep.stop();
  };
  await sweep(options.soleServer).catch(async (error) => {
    await stopUpkeep();
    await lanes.close();
    throw error;
  });

  return {
    get openCalls() {
      return calls.held.size;
    },
    hold: (request) => asks.during(request.callId, () => lanes.hold(request)),
    settle,
    tidy,
    close: async () => {
      await stopUpkeep();
      await lanes.close();
      await replica.end().catch((error) => log.warn({ err: error }, 'Could not end the lease.'));
    },
  };
}

/** Releases or expires what was given up, once it is certain what became of it. */
async function resolveAbandoned(calls: OpenCalls, lanes: Lanes): Promise<void> {
  if (calls.abandoned.size === 0) return;
  const abandoned = [...calls.abandoned];
  await lanes.settleFate();
  await Promise.all(
    abandoned.map(async ([callId, settlement]) => {
      await lanes.resolve(settlement);
      calls.abandoned.delete(callId);
    }),
  );
}

/** Makes sure that holds can be written: by a living replica, and on a day that has partitions. */
async function renew(replica: Replica, db: Db): Promise<void> {
  await replica.renew();
  await ensurePartitions(db, PARTITION_DAYS);
}
