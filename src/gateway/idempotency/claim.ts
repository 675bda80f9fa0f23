import { Fault } from '../../kernel/index.ts';
import { persist } from '../../ledger/index.ts';
import type { WholeAnswer } from '../answer.ts';
import { keyTaken } from './faults.ts';
import type { IdempotencyOptions } from './idempotency.ts';
import { boxOf } from './kept-answer.ts';
import { concludeRecord, deleteRecord, type KeyedCall } from './records.ts';

/** A call's hold on its key, from before anything is held until its settlement can begin. */
export interface Claim {
  readonly kind: 'claim';
  /** The answer is to be kept for a repeat. */
  readonly keepsAnswer: boolean;
  /** Gives the key back when nothing could be held, so that a repeat is a call like the first. */
  unlessRefused<T>(held: Promise<T>): Promise<T>;
  /**
   * Puts the answer down, undefined for one that is not to be had again. To be called before the
   * call is settled: whoever is not the key's owner any more gets the Fault
   * `idempotency_key_in_use` (409) here, and must not charge. Keeps trying for 30 s while the
   * database is away.
   */
  keep(answer: WholeAnswer | undefined): Promise<void>;
}

const KEEP_PATIENCE_MS = 30_000;

/** Of a call without a key: nothing to do, nothing to ask the database for. */
export const NO_CLAIM: Claim = {
  kind: 'claim',
  keepsAnswer: false,
  unlessRefused: (held) => held,
  keep: () => Promise.resolve(),
};

export function createClaim(options: IdempotencyOptions, call: KeyedCall): Claim {
  const { db, clock, log } = options;
  const free = async () => {
    try {
      await deleteRecord(db, call);
    } catch (err) {
      // It frees itself: a record that holds nothing is old after half a minute.
      log.warn({ err, callId: call.callId }, 'An idempotency key could not be given back.');
    }
  };
  return {
    kind: 'claim',
    keepsAnswer: true,
    unlessRefused: async (held) => {
      try {
        return await held;
      } catch (error) {
        // Who cannot reach the books cannot reach the record either, and would only wait longer.
        if (!(error instanceof Fault && error.code === 'database_unavailable')) await free();
        throw error;
      }
    },
    keep: async (answer) => {
      const kept = answer && {
        contentType: answer.contentType,
        sealed: boxOf(options.secrets, call.callId).sealBytes(answer.body),
      };
      const isOurs = await persist({
        clock,
        giveUpAtMs: clock.monotonicMs() + KEEP_PATIENCE_MS,
        attempt: () => concludeRecord(db, call, kept),
      });
      if (!isOurs) throw keyTaken();
    },
  };
}
