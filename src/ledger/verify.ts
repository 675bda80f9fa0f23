import type { Db, Queryable } from '../db/index.ts';
import { READ_BOOKS } from './read-books.ts';
import { ALLOWANCE_CHECKS } from './verify-allowances.ts';
import { CHECKS } from './verify-checks.ts';
import { COUNTER_CHECKS } from './verify-counters.ts';
import { USAGE_CHECKS } from './verify-usage.ts';

/** Everything that the books are held to. */
export const ALL_CHECKS = [...CHECKS, ...ALLOWANCE_CHECKS, ...COUNTER_CHECKS, ...USAGE_CHECKS];

/** One row that is not what the books say it must be. */
export interface Difference {
  readonly check: string;
  readonly promise: string;
  readonly subject: string;
  readonly expected: string;
  readonly found: string;
}

/**
 * Re-derives every balance, hold, grant and counter from the append-only rows, in one snapshot, and
 * names each difference. Runs beside a working server. An empty answer means that the books hold.
 */
export async function verifyLedger(db: Db): Promise<Difference[]> {
  return db.transaction(async (tx) => {
    await tx.query(READ_BOOKS);
    return findDifferences(tx);
  });
}

/** The same, inside a transaction of the caller's. */
export async function findDifferences(tx: Queryable): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const check of ALL_CHECKS) {
    const rows = await tx.query<{ subject: string; expected: string; found: string }>(check.sql);
    for (const row of rows) {
      differences.push({ check: check.name, promise: check.promise, ...row });
    }
  }
  return differences;
}
