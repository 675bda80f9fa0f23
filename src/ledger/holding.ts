import { assert, type Clock, callStartMs } from '../kernel/index.ts';
import { type Asks, CALL_ID_AGE_LIMIT_MS } from './asks.ts';
import { type BatchLimits, createBatchLane } from './batch-lane.ts';
import { type Attempt, isOneItemsFault, NoRoom, persist } from './failures.ts';
import { findHolds, holdBatch } from './hold.ts';
import { holdOrdinary } from './hold-ordinary.ts';
import type { OpenCalls, PutRight } from './open-calls.ts';
import type { Replica } from './replica.ts';
import { releaseOf } from './resolutions.ts';
import type { Session } from './session.ts';
import type { Shortage } from './shortage.ts';
import type { Turns } from './turns.ts';
import type { HoldRequest, HoldResult } from './types.ts';

/** The side of a lane that takes holds. */
export interface Holding {
  /** Undefined for a call that this lane leaves to the one that decides call by call. */
  hold(request: HoldRequest): Promise<HoldResult | undefined>;
  /** Resolves once it is certain that no lost session of this side can still hold anything. */
  settleFate(): Promise<void>;
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>;
}

interface HoldingOptions {
  readonly session: Session;
  /** Takes what there is enough for whoever comes first; else decides call by call. */
  readonly isOrdinary: boolean;
  /** The other side of the session takes turns with this one. */
  readonly turns: Turns;
  readonly clock: Clock;
  readonly limits: BatchLimits;
  readonly patienceMs: number;
  readonly replica: Replica;
  readonly calls: OpenCalls;
  /** While it is felt nothing is held. */
  readonly shortage: Shortage;
  readonly asks: Asks;
  readonly putRight: PutRight;
  /** Work that was given up has ended after all: what it may have held can be released. */
  onLate(): void;
}

export function createHolding(options: HoldingOptions): Holding {
  const { clock, calls, session, turns } = options;
  // Held, as reading again told after a lost answer, but not yet answered.
  const recovered = new Map<string, HoldResult>();

  const lane = createBatchLane({
    ...options.limits,
    clock,
    turns,
    isOneItemsFault,
    execute: async (requests: readonly HoldRequest[], sinceMs) => {
      try {
        return await persist({
          clock,
          giveUpAtMs: sinceMs + options.patienceMs,
          attempt: (attempt) => tryBatch(options, recovered, requests, attempt),
          onLate: options.onLate,
        });
      } catch (error) {
        // Whether these are held is not known; they are released in case they are.
        if (!isOneItemsFault(error)) {
          for (const request of requests) calls.abandoned.set(request.callId, releaseOf(request));
        }
        throw error;
      }
    },
  });

  return {
    hold: async (request) => {
      calls.held.add(request.callId);
      try {
        const result = await lane.submit(request);
        if (result !== undefined && result.outcome !== 'held') calls.held.delete(request.callId);
        return result;
      } catch (error) {
        if (recovered.has(request.callId)) calls.abandoned.set(request.callId, releaseOf(request));
        calls.held.delete(request.callId);
        throw error;
      } finally {
        recovered.delete(request.callId);
      }
    },
    settleFate: async () => {
      // A session ends the server process that it lost before it runs anything.
      await session.run((connection) => connection.query('select 1'));
    },
    idle: lane.idle,
  };
}

/** Decides those calls of a batch that are not held already, as reading again tells. */
async function tryBatch(
  options: HoldingOptions,
  recovered: Map<string, HoldResult>,
  requests: readonly HoldRequest[],
  { again, stillWanted }: Attempt,
): Promise<(HoldResult | undefined)[]> {
  const { session, turns, replica } = options;
  const decide = options.isOrdinary ? holdOrdinary : holdBatch;
  if (options.shortage.isFelt) throw new NoRoom();
  if (again) await options.putRight();
  return turns.take(async () => {
    if (again) {
      const found = await session.run((connection) => findHolds(connection, requests));
      stillWanted();
      for (const [callId, result] of found) recovered.set(callId, result);
    }
    const missing = requests.filter(({ callId }) => !recovered.has(callId));
    if (missing.length === 0) return requests.map(({ callId }) => recovered.get(callId));
    const results = await session.run((connection) => {
      stillWanted();
      // This process may have registered anew since they asked, and the seal gone past them.
      for (const { callId } of missing) options.asks.check(callId);
      return decide(connection, replica.id, missing, null);
    });
    const decided = new Map(missing.map(({ callId }, index) => [callId, results[index]]));
    return requests.map(({ callId }) => recovered.get(callId) ?? decided.get(callId));
  });
}

/** To be asserted once of every request, before a lane has it. */
export function checkRequest(request: HoldRequest, clock: Clock): void {
  const ageMs = clock.nowMs() - callStartMs(request.callId);
  assert(ageMs < CALL_ID_AGE_LIMIT_MS, 'a hold is asked for soon after its call began');
  for (const { claims, keyId } of request.legs) {
    const isNamedOnce = claims.every(
      ({ counter }, place) => claims.findIndex((other) => other.counter === counter) === place,
    );
    assert(isNamedOnce, 'a leg names each counter once, with its least cap');
    const ofKey = keyId === undefined && claims.some(({ counter }) => counter.startsWith('key.'));
    assert(!ofKey, 'a leg without a key has no counters of a key');
  }
}
