import type { Queryable } from '../db/index.ts';

/** Makes the daily partitions of holds and calls from yesterday on, `days` days ahead. */
export async function ensurePartitions(db: Queryable, days: number): Promise<void> {
  await db.query(`select ensure_partitions(clock_timestamp() - interval '1 day', $1)`, [days + 2]);
}

/** A row's day has no partition yet: the clock ran past those that were made ahead. */
export function isMissingPartition(error: unknown): boolean {
  return error instanceof Error && 'routine' in error && error.routine === 'ExecFindPartition';
}
