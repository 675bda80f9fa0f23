import { isPassing, sqlState } from '../db/index.ts';
import { type Clock, delay, Fault } from '../kernel/index.ts';
import { isMissingPartition } from './partitions.ts';

/** What calls come to cannot be booked at this moment, so that none may begin. */
export class NoRoom extends Error {
  override name = 'NoRoom';
}

const RETRY_MS = 50;
/** How much longer an attempt under way may take for its answer. */
const SILENCE_MS = 5_000;

/** One of several tries at the same work. */
export interface Attempt {
  /** Not the first: it is expected to put right what can be. */
  readonly again: boolean;
  /**
   * To be called just before anything is sent: throws when nobody waits for it any more, so that
   * what was given up is not done after all.
   */
  stillWanted(): void;
}

/**
 * Repeats `attempt` while its failures are ones that pass: the database is away, is short of
 * something, or chose this statement as a deadlock's victim. From `giveUpAtMs` of the monotonic
 * clock on it tries no more and rejects with a Fault of status 503; an attempt under way has 5 s
 * more, and `onLate` is called when it has ended after that. Any other failure ends it at once.
 */
export async function persist<T>(options: {
  readonly clock: Clock;
  readonly giveUpAtMs: number;
  attempt(attempt: Attempt): Promise<T>;
  onLate?(): void;
}): Promise<T> {
  const { clock, giveUpAtMs } = options;
  let isGivenUp = false;
  let callOff = () => {};
  const givenUp = new Promise<never>((_, reject) => {
    callOff = clock.after(giveUpAtMs + SILENCE_MS - clock.monotonicMs(), () => {
      isGivenUp = true;
      reject(databaseAway(new Error('The database did not answer in time.')));
    });
  });
  const stillWanted = () => {
    if (isGivenUp) throw databaseAway(new Error('It was given up before it was sent.'));
  };
  const keepTrying = async () => {
    for (let again = false; ; again = true) {
      try {
        return await options.attempt({ again, stillWanted });
      } catch (error) {
        if (!passes(error) && (again || !isMissingPartition(error))) throw error;
        if (isGivenUp || clock.monotonicMs() >= giveUpAtMs) throw databaseAway(error);
      }
      await delay(clock, RETRY_MS);
      stillWanted();
    }
  };
  const trying = keepTrying();
  const tellLate = () => {
    if (isGivenUp) options.onLate?.();
  };
  trying.then(tellLate, tellLate);
  try {
    return await Promise.race([trying, givenUp]);
  } finally {
    callOff();
  }
}

/** Data errors, broken constraints and raised exceptions: what a single bad row can cause. */
export function isOneItemsFault(error: unknown): boolean {
  return /^(22|23|P0)/.test(sqlState(error));
}

function passes(error: unknown): boolean {
  if (isPassing(error) || error instanceof NoRoom) return true;
  return error instanceof Error && error.message === 'replica_ended';
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
