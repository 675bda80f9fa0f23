import type { Db, Queryable } from './connect.ts';

/** For whom a transaction speaks: a platform, or one account of it. */
export interface TenantScope {
  readonly platformId: bigint;
  readonly accountId?: bigint | undefined;
}

// All three end with the transaction.
const BECOME = `select set_config('farebox.platform', $1, true),
  set_config('farebox.account', $2, true), set_config('role', 'farebox_tenant', true)`;

/**
 * Runs `work` in one transaction as a tenant: PostgreSQL itself shows and takes only the rows of
 * the scope, whatever the statements say (`sql/row-security.sql`).
 */
export function asTenant<T>(
  db: Pick<Db, 'transaction'>,
  { platformId, accountId }: TenantScope,
  work: (tx: Queryable) => Promise<T>,
): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.query(BECOME, [String(platformId), accountId === undefined ? '' : String(accountId)]);
    return work(tx);
  });
}
