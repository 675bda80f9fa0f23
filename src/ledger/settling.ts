import type { Connection } from '../db/index.ts';
import type { Clock } from '../kernel/index.ts';
import { createBatchLane } from './batch-lane.ts';
import { type Attempt, isOneItemsFault, persist } from './failures.ts';
import type { PutRight } from './open-calls.ts';
import type { Session } from './session.ts';
import { settleBatch } from './settle.ts';
import { isPricedInMonth, settleInMonth } from './settle-in-month.ts';
import { settleOrdinary } from './settle-ordinary.ts';
import type { Shortage } from './shortage.ts';
import type { Turns } from './turns.ts';
import type { Settlement, SettleResult } from './types.ts';

/** The side of a lane that resolves holds. */
export interface Settling {
  /**
   * Resolves whatever of it is held. Undefined where nothing is, or, from a lane for the ordinary,
   * for a call that it leaves to the one that decides call by call.
   */
  settle(settlement: Settlement): Promise<SettleResult | undefined>;
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>;
}

/** Decides call by call; those that are priced in their month in a transaction of their own. */
async function settleCarefully(
  connection: Connection,
  settlements: readonly Settlement[],
  now: Date | null,
): Promise<(SettleResult | undefined)[]> {
  const plain = settlements.filter((call) => !isPricedInMonth(call));
  const inMonth = settlements.filter(isPricedInMonth);
  const done = [
    ...(await settleBatch(connection, plain, now)),
    ...(await settleInMonth(connection, inMonth, now)),
  ];
  const results = new Map([...plain, ...inMonth].map((call, index) => [call, done[index]]));
  return settlements.map((call) => results.get(call));
}

export function createSettling(options: {
  readonly session: Session;
  /** Takes what there is enough for whoever comes first; else decides call by call. */
  readonly isOrdinary: boolean;
  /** The other side of the session takes turns with this one. */
  readonly turns: Turns;
  readonly clock: Clock;
  readonly maxItems: number;
  readonly patienceMs: number;
  readonly putRight: PutRight;
  readonly shortage: Shortage;
  onLate(): void;
}): Settling {
  const { clock, session, turns, shortage } = options;

  async function settleNow(
    settlements: readonly Settlement[],
    isOrdinary: boolean,
    stillWanted: Attempt['stillWanted'],
  ): Promise<(SettleResult | undefined)[]> {
    const settleThese = isOrdinary ? settleOrdinary : settleCarefully;
    try {
      return await session.run((connection) => {
        stillWanted();
        return settleThese(connection, settlements, null);
      });
    } catch (error) {
      // One of them was resolved before: the careful way tells which, and what stands.
      if (isOrdinary && isOneItemsFault(error)) return settleNow(settlements, false, stillWanted);
      throw error;
    }
  }

  const lane = createBatchLane({
    clock,
    turns,
    maxItems: options.maxItems,
    // A call that was held is never turned away.
    maxWaiting: Number.POSITIVE_INFINITY,
    maxWaitMs: options.patienceMs,
    isOneItemsFault,
    execute: (settlements: readonly Settlement[], sinceMs) =>
      persist({
        clock,
        giveUpAtMs: sinceMs + options.patienceMs,
        attempt: async ({ again, stillWanted }) => {
          if (again) await options.putRight();
          const isOrdinary = options.isOrdinary && !again;
          const settleInTurn = () =>
            turns.take(() => settleNow(settlements, isOrdinary, stillWanted));
          const results = await shortage.feel(settleInTurn);
          if (results.some((result) => result !== undefined)) shortage.booked();
          return results;
        },
        onLate: options.onLate,
      }),
  });
  return { settle: lane.submit, idle: lane.idle };
}
