import type { Connection, Db } from '../src/db/index.ts';
import { holdBatch } from '../src/ledger/hold.ts';
import type { HoldRequest, HoldResult, Settlement, SettleResult } from '../src/ledger/index.ts';
import { settleBatch } from '../src/ledger/settle.ts';
import { type Customer, testIds } from './books.ts';

/** The ledger's batch statements on a clock of the test's own. */
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
  await db.query(`select ensure_partitions(clock_timestamp() - interval '1 day', 3)`);
  const batches: Batches = {
    now,
    hold: (...requests) => holdBatch(connection, replicaId, requests, batches.now),
    settle: (...settlements) => settleBatch(connection, settlements, batches.now),
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
