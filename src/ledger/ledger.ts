import type { Db } from '../db/index.ts';
import { assert, type Clock, callStartMs, type Ids, type Log } from '../kernel/index.ts';
import { createBatchLane } from './batch-lane.ts';
import { isOneItemsFault, persist } from './failures.ts';
import { findHolds, holdBatch } from './hold.ts';
import { ensurePartitions } from './partitions.ts';
import { CALL_ID_AGE_LIMIT_MS, LEASE_SECONDS, registerReplica } from './replica.ts';
import { expiryOf, releaseOf } from './resolutions.ts';
import { createSession } from './session.ts';
import { settleBatch } from './settle.ts';
import { sweepDeadReplicas } from './sweep.ts';
import type { HoldRequest, HoldResult, Settlement, SettleResult } from './types.ts';
import { startUpkeep } from './upkeep.ts';

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
  /** Does now what a timer does every few seconds: renews the lease, resolves what was left open. */
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

const MAX_BATCH = 256;
const MAX_WAITING = 8_192;
const PATIENCE = { holdMs: 5_000, settleMs: 30_000 };
const UPKEEP_MS = (LEASE_SECONDS * 1_000) / 6;
const PARTITION_DAYS = 7;

/** Prepares partitions, takes a lease, resolves what dead processes left open, and starts upkeep. */
export async function createLedger(options: LedgerOptions): Promise<Ledger> {
  const { db, clock, log } = options;
  const patience = options.patience ?? PATIENCE;
  const open = new Set<string>();
  // Held, as reading again told after a lost answer, but not yet answered.
  const recovered = new Map<string, HoldResult>();
  // Calls that could not be resolved while the database was away. They are as soon as it is back.
  const abandoned = new Map<string, Settlement>();
  const holdSession = createSession(db);
  const settleSession = createSession(db);
  await ensurePartitions(db, PARTITION_DAYS);
  const replica = await registerReplica({
    ...options,
    openCallIds: () => [...open, ...abandoned.keys()],
  });

  async function putRight(): Promise<void> {
    await replica.renew();
    await ensurePartitions(db, PARTITION_DAYS);
  }

  async function tryHolds(requests: readonly HoldRequest[], again: boolean): Promise<HoldResult[]> {
    if (again) {
      await putRight();
      const found = await holdSession.run((connection) => findHolds(connection, requests));
      for (const [callId, result] of found) recovered.set(callId, result);
    }
    const missing = requests.filter(({ callId }) => !recovered.has(callId));
    const replicaId = replica.id;
    const results = await holdSession.run((connection) =>
      holdBatch(connection, replicaId, missing, null),
    );
    const decided = new Map(missing.map(({ callId }, index) => [callId, results[index]]));
    return requests.map(
      ({ callId }) => (recovered.get(callId) ?? decided.get(callId)) as HoldResult,
    );
  }

  async function executeHolds(
    requests: readonly HoldRequest[],
    sinceMs: number,
  ): Promise<HoldResult[]> {
    try {
      return await persist({
        clock,
        giveUpAtMs: sinceMs + patience.holdMs,
        attempt: (again) => tryHolds(requests, again),
      });
    } catch (error) {
      // Whether these are held is not known; they are released in case they are.
      if (!isOneItemsFault(error)) {
        for (const request of requests) abandoned.set(request.callId, releaseOf(request));
      }
      throw error;
    }
  }

  function executeSettlements(
    settlements: readonly Settlement[],
    sinceMs: number,
  ): Promise<(SettleResult | undefined)[]> {
    return persist({
      clock,
      giveUpAtMs: sinceMs + patience.settleMs,
      attempt: async (again) => {
        if (again) await putRight();
        return settleSession.run((connection) => settleBatch(connection, settlements, null));
      },
    });
  }

  const lanes = { clock, maxItems: MAX_BATCH, maxWaiting: MAX_WAITING, isOneItemsFault };
  const holds = createBatchLane({ ...lanes, execute: executeHolds });
  const settlements = createBatchLane({
    ...lanes,
    maxWaiting: Number.POSITIVE_INFINITY,
    execute: executeSettlements,
  });

  async function resolveAbandoned(): Promise<void> {
    if (abandoned.size === 0) return;
    // The hold session ends its lost server process first: afterwards the answer is final.
    await holdSession.run((connection) => connection.query('select 1'));
    await Promise.all(
      [...abandoned].map(async ([callId, settlement]) => {
        await settlements.submit(settlement);
        abandoned.delete(callId);
      }),
    );
  }
  const sweep = (othersAreDead: boolean) =>
    sweepDeadReplicas({
      db,
      log,
      ownId: replica.id,
      othersAreDead,
      settle: (settlement) => settlements.submit(settlement),
    });
  async function tidy(): Promise<void> {
    await putRight();
    await resolveAbandoned();
    await sweep(false);
  }
  // The lease has a timer of its own: no amount of tidying may make this process look dead.
  const upkeeps = [() => replica.renew(), tidy].map((work) =>
    startUpkeep({ log, everyMs: UPKEEP_MS, work }),
  );
  await sweep(options.soleServer);

  return {
    get openCalls() {
      return open.size;
    },
    tidy,
    hold: async (request) => {
      checkRequest(request, clock);
      open.add(request.callId);
      try {
        const result = await holds.submit(request);
        if (result.outcome !== 'held') open.delete(request.callId);
        return result;
      } catch (error) {
        if (recovered.has(request.callId)) abandoned.set(request.callId, releaseOf(request));
        open.delete(request.callId);
        throw error;
      } finally {
        recovered.delete(request.callId);
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
      for (const upkeep of upkeeps) await upkeep.stop();
      await holds.idle();
      await settlements.idle();
      await replica.end().catch((error) => log.warn({ err: error }, 'Could not end the lease.'));
      await holdSession.close();
      await settleSession.close();
    },
  };
}

function checkRequest(request: HoldRequest, clock: Clock): void {
  const ageMs = clock.nowMs() - callStartMs(request.callId);
  assert(ageMs < CALL_ID_AGE_LIMIT_MS, 'a hold is asked for soon after its call began');
  for (const { claims, keyId } of request.legs) {
    const counters = new Set(claims.map(({ counter }) => counter));
    assert(counters.size === claims.length, 'a leg names each counter once, with its least cap');
    const ofKey = claims.some(({ counter }) => counter.startsWith('key.'));
    assert(keyId !== undefined || !ofKey, 'a leg without a key has no counters of a key');
  }
}
