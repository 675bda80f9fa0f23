import { setTimeout as delay } from 'node:timers/promises';
import { type Db, isConnectionLost } from '../db/index.ts';
import { assert, type Clock, callStartMs, Fault, type Ids, type Log } from '../kernel/index.ts';
import { createBatchLane } from './batch-lane.ts';
import { findHolds, holdBatch } from './hold.ts';
import { ensurePartitions, isMissingPartition } from './partitions.ts';
import { CALL_ID_AGE_LIMIT_MS, LEASE_SECONDS, registerReplica } from './replica.ts';
import { createSession } from './session.ts';
import { settleBatch } from './settle.ts';
import { sweepDeadReplicas } from './sweep.ts';
import {
  emptyLeg,
  type HoldRequest,
  type HoldResult,
  type Settlement,
  type SettleResult,
} from './types.ts';

/** Holds and settlements of one server process, batched into one statement each at a time. */
export interface Ledger {
  /**
   * Decides one call: held or refused, committed when this resolves. Rejects with a Fault of status
   * 503 when the database cannot be reached within 5 s; then nothing is or will be held.
   */
  hold(request: HoldRequest): Promise<HoldResult>;
  /**
   * Resolves a held call, once, however often it is sent. Keeps trying for 30 s while the database
   * is away, then rejects: the hold will expire and nothing is charged.
   */
  settle(settlement: Settlement): Promise<SettleResult>;
  /** The calls of this process that are held and not resolved. */
  readonly openCalls: number;
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
}

const MAX_BATCH = 256;
const MAX_WAITING = 8_192;
const HOLD_PATIENCE_MS = 5_000;
const SETTLE_PATIENCE_MS = 30_000;
const RETRY_MS = 50;
const UPKEEP_MS = (LEASE_SECONDS * 1_000) / 6;
const PARTITION_DAYS = 7;

/** Prepares partitions, takes a lease, resolves what dead processes left open, and starts upkeep. */
export async function createLedger(options: LedgerOptions): Promise<Ledger> {
  const { db, clock, log } = options;
  const open = new Set<string>();
  // Calls that could not be resolved while the database was away. They are as soon as it is back.
  const abandoned = new Map<string, Settlement>();
  const holdSession = createSession(db);
  const settleSession = createSession(db);
  await ensurePartitions(db, PARTITION_DAYS);
  const replica = await registerReplica({ ...options, openCallIds: () => open });

  async function executeHolds(requests: readonly HoldRequest[]): Promise<HoldResult[]> {
    const giveUpAt = clock.monotonicMs() + HOLD_PATIENCE_MS;
    const known = new Map<string, HoldResult>();
    for (;;) {
      const missing = requests.filter((request) => !known.has(request.callId));
      const replicaId = replica.id;
      try {
        const results = await holdSession.run((connection) =>
          holdBatch(connection, replicaId, missing, null),
        );
        missing.forEach((request, index) => {
          known.set(request.callId, results[index] as HoldResult);
        });
        return requests.map((request) => known.get(request.callId) as HoldResult);
      } catch (error) {
        if (isMissingPartition(error)) await ensurePartitions(db, PARTITION_DAYS);
        else if (isReplicaEnded(error)) await replica.replace(replicaId);
        else if (!isConnectionLost(error)) throw error;
      }
      try {
        const held = await holdSession.run((connection) => findHolds(connection, missing));
        for (const [callId, result] of held) known.set(callId, result);
      } catch (error) {
        if (!isConnectionLost(error)) throw error;
        if (clock.monotonicMs() >= giveUpAt) {
          for (const request of missing) abandoned.set(request.callId, releaseOf(request));
          throw databaseAway(error);
        }
        await delay(RETRY_MS);
      }
    }
  }

  async function executeSettlements(
    settlements: readonly Settlement[],
  ): Promise<(SettleResult | undefined)[]> {
    const giveUpAt = clock.monotonicMs() + SETTLE_PATIENCE_MS;
    for (;;) {
      try {
        return await settleSession.run((connection) => settleBatch(connection, settlements, null));
      } catch (error) {
        if (isMissingPartition(error)) await ensurePartitions(db, PARTITION_DAYS);
        else if (!isConnectionLost(error)) throw error;
        else if (clock.monotonicMs() >= giveUpAt) throw databaseAway(error);
        else await delay(RETRY_MS);
      }
    }
  }

  const lanes = { maxItems: MAX_BATCH, maxWaiting: MAX_WAITING, isOneItemsFault };
  const holds = createBatchLane({ ...lanes, execute: executeHolds });
  const settlements = createBatchLane({
    ...lanes,
    maxWaiting: Number.POSITIVE_INFINITY,
    execute: executeSettlements,
  });

  async function resolveAbandoned(): Promise<void> {
    for (const [callId, settlement] of abandoned) {
      // The hold session ends its lost server process first: afterwards the answer is final.
      await holdSession.run((connection) => connection.query('select 1'));
      await settlements.submit(settlement);
      abandoned.delete(callId);
    }
  }
  const sweep = (othersAreDead: boolean) =>
    sweepDeadReplicas({
      db,
      log,
      ownId: replica.id,
      othersAreDead,
      settle: (settlement) => settlements.submit(settlement),
    });
  const upkeep = startUpkeep(log, async () => {
    await replica.renew();
    await resolveAbandoned();
    await sweep(false);
    await ensurePartitions(db, PARTITION_DAYS);
  });
  await sweep(options.soleServer);

  return {
    get openCalls() {
      return open.size;
    },
    hold: async (request) => {
      const ageMs = clock.nowMs() - callStartMs(request.callId);
      assert(ageMs < CALL_ID_AGE_LIMIT_MS, 'a hold is asked for soon after its call began');
      open.add(request.callId);
      try {
        const result = await holds.submit(request);
        if (result.outcome !== 'held') open.delete(request.callId);
        return result;
      } catch (error) {
        open.delete(request.callId);
        throw error;
      }
    },
    settle: async (settlement) => {
      try {
        const result = await settlements.submit(settlement);
        assert(result !== undefined, 'only a held call is settled');
        return result;
      } catch (error) {
        abandoned.set(settlement.callId, expiryOf(settlement));
        throw error;
      } finally {
        open.delete(settlement.callId);
      }
    },
    close: async () => {
      await upkeep.stop();
      await holds.idle();
      await settlements.idle();
      await replica.end().catch((error) => log.warn({ err: error }, 'Could not end the lease.'));
      await holdSession.close();
      await settleSession.close();
    },
  };
}

function startUpkeep(log: Log, work: () => Promise<void>): { stop(): Promise<void> } {
  let running: Promise<void> | undefined;
  const timer = setInterval(() => {
    running ??= work()
      .catch((error) => log.warn({ err: error }, 'Upkeep of the ledger failed; it is tried again.'))
      .finally(() => {
        running = undefined;
      });
  }, UPKEEP_MS);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}

function releaseOf(request: HoldRequest): Settlement {
  return {
    callId: request.callId,
    outcome: 'released',
    legs: request.legs.map(({ walletId, keyId }) => emptyLeg(walletId, keyId)),
    estimated: false,
    streamed: false,
    status: 503,
    upstreamId: undefined,
    firstByteMs: undefined,
    latencyMs: undefined,
    errorCode: 'database_unavailable',
  };
}

/** What is left to do for a call whose charge could not be recorded in time: nothing is taken. */
function expiryOf(settlement: Settlement): Settlement {
  const legs = settlement.legs.map(({ walletId, keyId }) => emptyLeg(walletId, keyId));
  return { ...settlement, outcome: 'expired', legs, errorCode: 'settle_failed' };
}

function sqlState(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function isReplicaEnded(error: unknown): boolean {
  return error instanceof Error && error.message === 'replica_ended';
}

/** Data errors, broken constraints and raised exceptions: what a single bad row can cause. */
function isOneItemsFault(error: unknown): boolean {
  return /^(22|23|P0)/.test(sqlState(error));
}

function databaseAway(cause: unknown): Fault {
  return new Fault({
    code: 'database_unavailable',
    status: 503,
    message: 'The service cannot reach its books at this moment. Nothing was charged; try again.',
    retryAfterSeconds: 2,
    cause,
  });
}
