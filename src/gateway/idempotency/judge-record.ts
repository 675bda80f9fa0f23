/** A call that asks for a record. */
export interface Asking {
  readonly callId: string;
  readonly fingerprint: Buffer;
}

/** What a record and the books say of the call that it names, as of one instant. */
export interface RecordState {
  readonly callId: string;
  readonly fingerprint: Buffer;
  /** Since the record was claimed for its call. */
  readonly ageMs: number;
  /** The call's answer had ended, and its settlement could begin. */
  readonly isConcluded: boolean;
  readonly hasAnswer: boolean;
  /** The call has set value aside, given back since or not. */
  readonly isHeld: boolean;
  /** How its hold was resolved; null while it is open, and when there is none. */
  readonly outcome: 'settled' | 'released' | 'expired' | null;
}

/**
 * `mine`: the record is the asking call's already, claimed by a statement whose answer was lost.
 * `other_body`: the key was used for another request. `running`: its call may still be charged.
 * `replay`: it was charged, and here is its answer. `not_kept`: it was charged, and its answer is
 * not here. `run_anew`: it cost nothing and never will, so the asking call may take its place.
 */
export type Verdict = 'mine' | 'other_body' | 'running' | 'replay' | 'not_kept' | 'run_anew';

/**
 * A call asks for its hold within seconds of its claim; what holds nothing after this time was
 * claimed by a process that has died. If it has not, it finds out when its answer has ended.
 */
export const HOLD_PATIENCE_MS = 30_000;

/** What a record that exists means for a call that asks for it. */
export function judgeRecord(record: RecordState, asking: Asking): Verdict {
  if (record.callId === asking.callId) return 'mine';
  if (!record.fingerprint.equals(asking.fingerprint)) return 'other_body';
  if (record.outcome === 'settled') return record.hasAnswer ? 'replay' : 'not_kept';
  if (record.outcome !== null) return 'run_anew';
  if (record.isHeld) return 'running';
  // Its rows are gone although the record is not: whether it was charged cannot be told any more.
  if (record.isConcluded) return 'not_kept';
  return record.ageMs < HOLD_PATIENCE_MS ? 'running' : 'run_anew';
}
