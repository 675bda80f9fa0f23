import type { Db } from '../db/index.ts';
import type { Clock } from '../kernel/index.ts';
import type { Asks } from './asks.ts';
import type { BatchLimits } from './batch-lane.ts';
import { createHolding, type Holding } from './holding.ts';
import type { OpenCalls, PutRight } from './open-calls.ts';
import type { Replica } from './replica.ts';
import { createSession } from './session.ts';
import { createSettling, type Settling } from './settling.ts';
import type { Shortage } from './shortage.ts';
import { createTurns } from './turns.ts';

/** One database session on which holds and settlements take turns. */
export interface Lane {
  readonly hold: Holding['hold'];
  readonly settleFate: Holding['settleFate'];
  readonly settle: Settling['settle'];
  /** Waits for what is under way, then ends the session. */
  close(): Promise<void>;
}

/**
 * A batch of holds and a batch of settlements that are under way at once on two sessions wait for
 * each other wherever they share a wallet, which they mostly do. Taking turns, they never wait, and
 * each batch gathers what arrived during the other.
 */
export function createLane(options: {
  /** Takes what there is enough for whoever comes first; else decides call by call. */
  readonly isOrdinary: boolean;
  readonly db: Db;
  readonly clock: Clock;
  readonly calls: OpenCalls;
  readonly shortage: Shortage;
  readonly asks: Asks;
  readonly putRight: PutRight;
  /** Called when work that was given up has ended after all. */
  onLate(): void;
  readonly replica: Replica;
  readonly limits: Omit<BatchLimits, 'maxWaitMs'>;
  readonly patience: { readonly holdMs: number; readonly settleMs: number };
}): Lane {
  const { limits, patience } = options;
  const session = createSession(options);
  const sides = { ...options, session, turns: createTurns() };
  const holding = createHolding({
    ...sides,
    limits: { ...limits, maxWaitMs: patience.holdMs },
    patienceMs: patience.holdMs,
  });
  const settling = createSettling({
    ...sides,
    maxItems: limits.maxItems,
    patienceMs: patience.settleMs,
  });
  return {
    hold: holding.hold,
    settleFate: holding.settleFate,
    settle: settling.settle,
    close: async () => {
      await holding.idle();
      await settling.idle();
      await session.close();
    },
  };
}
