import type { Queryable } from '../db/index.ts';
import { assert } from '../kernel/index.ts';
import { ALL_CHECKS } from './verify.ts';

/** How much there is to verify. */
export interface BooksSize {
  /** Promises that `verifyLedger` holds the books to. */
  readonly checks: number;
  /** Calls that are over, however they ended. */
  readonly calls: number;
  /** Movements of value that are not calls: grants, expiries and the like. */
  readonly movements: number;
}

/** Counts what `verifyLedger` looks at. */
export async function countBooks(db: Queryable): Promise<BooksSize> {
  const [row] = await db.query<{ calls: bigint; movements: bigint }>(
    `select (select count(*) from call where leg = 0) as calls,
       (select count(*) from transfer) as movements`,
  );
  assert(row !== undefined, 'counting gives one row');
  return {
    checks: ALL_CHECKS.length,
    calls: Number(row.calls),
    movements: Number(row.movements),
  };
}
