import { isConnectionLost } from '../db/index.ts';
import { type Clock, delay, Fault } from '../kernel/index.ts';
import { isMissingPartition } from './partitions.ts';

const RETRY_MS = 50;

/**
 * Repeats `attempt` while its failures are ones that pass: the database is away, is short of
 * something, or chose this statement as a deadlock's victim. Every attempt but the first is told
 * `again`, and is expected to put right what can be. At `giveUpAtMs` of the monotonic clock rejects
 * with a Fault of status 503; any other failure ends it at once.
 */
export async function persist<T>(options: {
  readonly clock: Clock;
  readonly giveUpAtMs: number;
  attempt(again: boolean): Promise<T>;
}): Promise<T> {
  for (let again = false; ; again = true) {
    try {
      return await options.attempt(again);
    } catch (error) {
      if (!passes(error) && (again || !isMissingPartition(error))) throw error;
      if (options.clock.monotonicMs() >= options.giveUpAtMs) throw databaseAway(error);
    }
    await delay(options.clock, RETRY_MS);
  }
}

/** Data errors, broken constraints and raised exceptions: what a single bad row can cause. */
export function isOneItemsFault(error: unknown): boolean {
  return /^(22|23|P0)/.test(sqlState(error));
}

// Classes of SQLSTATE: 40 rolled back (deadlock), 53 out of something, 55 not in the right state
// (a lock not to be had), 57 an operator's act (a statement timeout is one).
function passes(error: unknown): boolean {
  if (isConnectionLost(error) || /^(40|53|55|57)/.test(sqlState(error))) return true;
  return error instanceof Error && error.message === 'replica_ended';
}

function sqlState(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
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
