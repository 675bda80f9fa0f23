import type { Db, Queryable } from './connect.ts';

/** For whom a transaction speaks: a platform, or one account of it. */
export interface TenantScope {
  readonly platformId: bigint;
  readonly accountId?: bigint | undefined;
}

/** Makes a transaction a tenant's, with {@link becomeValues}: all three end with it. */
export const BECOME = `select set_config('farebox.platform', $1, true),
  set_config('farebox.account', $2, true), set_config('role', 'farebox_tenant', true)`;

export const becomeValues = ({ platformId, accountId }: TenantScope): string[] => [
  String(platformId),
  accountId === undefined ? '' : String(accountId),
];

/**
 * Runs `work` in one transaction as a tenant: PostgreSQL itself shows and takes only the rows of
 * the scope, whatever the statements say (`sql/row-security.sql`).
 */
export function asTenant<T>(
  db: Pick<Db, 'transaction'>,
  scope: TenantScope,
  work: (tx: Queryable) => Promise<T>,
): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.query(BECOME, becomeValues(scope));
    return work(tx);
  });
}
