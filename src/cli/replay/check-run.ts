import type { Db } from '../../db/index.ts';
import { verifyLedger } from '../../ledger/index.ts';
import { readBooks } from './books.ts';
import { compareBalances } from './compare-balances.ts';
import { compareBooks } from './compare-books.ts';
import { compareCalls } from './compare-calls.ts';
import { Differences } from './differences.ts';
import type { ExpectedBill } from './expected-bill.ts';
import type { RunRecord } from './record.ts';

/** What a run should have cost, what it did cost, and every figure that is not as it should be. */
export interface Verdict {
  readonly bill: ExpectedBill;
  /** What the books have charged for all calls, in nano-dollars. */
  readonly charged: bigint;
  readonly differences: Differences;
}

/** Compares a run with the books, then lets the ledger verify itself. */
export async function checkRun(db: Db, bill: ExpectedBill, run: RunRecord): Promise<Verdict> {
  const books = await readBooks(db, run.platform);
  const differences = new Differences();
  compareCalls(bill.calls, run.received, books, differences);
  compareBalances(run.received, books, differences);
  compareBooks(bill, run, books, differences);
  for (const { check, subject, expected, found } of await verifyLedger(db)) {
    differences.add({}, `verify, ${check}, ${subject}`, expected, found);
  }
  const charged = books.calls.reduce((sum, call) => sum + call.charge, 0n);
  return { bill, charged, differences };
}
