import type { Db } from '../db/index.ts';
import { assert, type Clock } from '../kernel/index.ts';
import { createBatchLane } from './batch-lane.ts';
import { isOneItemsFault, persist } from './failures.ts';
import type { OpenCalls, PutRight } from './open-calls.ts';
import { expiryOf } from './resolutions.ts';
import { createSession } from './session.ts';
import { settleBatch } from './settle.ts';
import type { Settlement, SettleResult } from './types.ts';

/** The side of a ledger that resolves holds, on a database session of its own. */
export interface Settling {
  settle(settlement: Settlement): Promise<SettleResult>;
  /** Resolves whatever of it is held, which may be nothing: then the result is undefined. */
  resolve(settlement: Settlement): Promise<SettleResult | undefined>;
  /** Resolves every call that was abandoned. */
  resolveAbandoned(): Promise<void>;
  close(): Promise<void>;
}

export function createSettling(options: {
  readonly db: Db;
  readonly clock: Clock;
  readonly maxItems: number;
  readonly patienceMs: number;
  readonly calls: OpenCalls;
  readonly putRight: PutRight;
}): Settling {
  const { clock, calls } = options;
  const session = createSession(options.db);
  const lane = createBatchLane({
    clock,
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
          return session.run((connection) => settleBatch(connection, settlements, null));
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
    resolveAbandoned: async () => {
      await Promise.all(
        [...calls.abandoned].map(async ([callId, settlement]) => {
          await lane.submit(settlement);
          calls.abandoned.delete(callId);
        }),
      );
    },
    close: async () => {
      await lane.idle();
      await session.close();
    },
  };
}
