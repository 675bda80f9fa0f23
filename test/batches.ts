import type { Connection, Db } from '../src/db/index.ts';
import { holdBatch } from '../src/ledger/hold.ts';
import { holdOrdinary, isOrdinary } from '../src/ledger/hold-ordinary.ts';
import type { HoldRequest, HoldResult, Settlement, SettleResult } from '../src/ledger/index.ts';
import { settleBatch } from '../src/ledger/settle.ts';
import { isOrdinarySettlement, settleOrdinary } from '../src/ledger/settle-ordinary.ts';
import { type Customer, testIds } from './books.ts';

/** The ledger's batches on a clock of the test's own: the ordinary way, then the careful one. */
export interface Batches {
  /** The instant at which everything happens; a test moves it on. */
  now: Date;
  hold(...requests: HoldRequest[]): Promise<HoldResult[]>;
  settle(...settlements: Settlement[]): Promise<(SettleResult | undefined)[]>;
  give(customer: Customer, amount: bigint, priority: number, expiresAt?: Date): Promise<void>;
  close(): Promise<void>;
}

/** Opens a session that holds as a process of its own, whose lease does not run out. */
export async function openBatches(db: Db, now: Date): Promise<Batches> {
  const connection: Connection = await db.connection();
  const replicaId = testIds.rowId();
  await db.query(
    `insert into replica (id, host, pid, started_at, lease_until, open_since)
     values ($1, 'test', 1, now(), now() + interval '1 hour', call_id_at('epoch'))`,
    [replicaId],
  );
  await db.query(`select ensure_partitions(clock_timestamp() - interval '2 days', 4)`);
  const batches: Batches = {
    now,
    hold: async (...requests) => {
      const results: HoldResult[] = [];
      for (const run of runsOf(requests)) {
        const ordinary = run.every(isOrdinary)
          ? await holdOrdinary(connection, replicaId, run, batches.now)
          : run.map(() => undefined);
        const left = run.filter((_, index) => ordinary[index] === undefined);
        const decided = await holdBatch(connection, replicaId, left, batches.now);
        results.push(...ordinary.map((result) => result ?? (decided.shift() as HoldResult)));
      }
      return results;
    },
    settle: async (...settlements) => {
      // A batch that has to be decided call by call for one of them is, for the sake of its order.
      const left = settlements.map(() => undefined);
      const results: (SettleResult | undefined)[] = settlements.every(isOrdinarySettlement)
        ? await settleOrdinary(connection, settlements, batches.now).catch(() => left)
        : left;
      const others = settlements.filter((_, index) => results[index] === undefined);
      const resolved = await settleBatch(connection, others, batches.now);
      return results.map((result) => result ?? resolved.shift());
    },
    give: async (customer, amount, priority, expiresAt) => {
      const grantId = testIds.rowId();
      await db.query(
        `select grant_value($1, $2, $3, $4, $5, 'bonus', $6::smallint, $7, $8, null, null, 0)`,
        [
          batches.now,
          grantId,
          customer.platformId,
          customer.walletId,
          amount,
          priority,
          expiresAt ?? null,
          `test:${grantId}`,
        ],
      );
    },
    close: () => connection.close(),
  };
  return batches;
}

/** Divides calls into runs of ordinary ones and others each alone, so that their order stands. */
function runsOf(requests: readonly HoldRequest[]): HoldRequest[][] {
  const runs: HoldRequest[][] = [];
  for (const request of requests) {
    const last = runs.at(-1);
    if (last?.every(isOrdinary) && isOrdinary(request)) last.push(request);
    else runs.push([request]);
  }
  return runs;
}
