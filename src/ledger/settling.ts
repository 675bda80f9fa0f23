import { assert, type Clock } from '../kernel/index.ts';
import { createBatchLane } from './batch-lane.ts';
import { isOneItemsFault, persist } from './failures.ts';
import type { OpenCalls, PutRight } from './open-calls.ts';
import { expiryOf } from './resolutions.ts';
import type { Session } from './session.ts';
import { settleBatch } from './settle.ts';
import type { Turns } from './turns.ts';
import type { Settlement, SettleResult } from './types.ts';

/** The side of a lane that resolves holds. */
export interface Settling {
  settle(settlement: Settlement): Promise<SettleResult>;
  /** Resolves whatever of it is held, which may be nothing: then the result is undefined. */
  resolve(settlement: Settlement): Promise<SettleResult | undefined>;
  /** Resolves when nothing waits and nothing runs. */
  idle(): Promise<void>;
}

export function createSettling(options: {
  readonly session: Session;
  /** The other side of the session takes turns with this one. */
  readonly turns: Turns;
  readonly clock: Clock;
  readonly maxItems: number;
  readonly patienceMs: number;
  readonly calls: OpenCalls;
  readonly putRight: PutRight;
}): Settling {
  const { clock, calls, session, turns } = options;
  const lane = createBatchLane({
    clock,
    turns,
    maxItems: options.maxItems,
    // A call that was held is never turned away.
    maxWaiting: Number.POSITIVE_INFINITY,
    isOneItemsFault,
    execute: (settlements: readonly Settlement[], sinceMs) =>
      persist({
        clock,
        giveUpAtMs: sinceMs + options.patienceMs,
        attempt: async (again) => {
          if (again) await options.putRight();
          return turns.take(() =>
            session.run((connection) => settleBatch(connection, settlements, null)),
          );
        },
      }),
  });

  return {
    settle: async (settlement) => {
      try {
        const result = await lane.submit(settlement);
        assert(result !== undefined, 'only a held call is settled');
        return result;
      } catch (error) {
        calls.abandoned.set(settlement.callId, expiryOf(settlement));
        throw error;
      } finally {
        calls.held.delete(settlement.callId);
      }
    },
    resolve: (settlement) => lane.submit(settlement),
    idle: lane.idle,
  };
}
