import type { Queryable } from '../db/index.ts';
import { type Amount, assert } from '../kernel/index.ts';

/** A wallet as it stands. Amounts are in the unit's smallest part, 10^-scale. */
export interface WalletState {
  readonly id: bigint;
  readonly unit: string;
  readonly scale: number;
  readonly balance: Amount;
  /** Set aside for calls under way. */
  readonly held: Amount;
  /** What a new call could still set aside. */
  readonly available: Amount;
}

/** An account's wallets, by unit. Grants that have expired by now are no longer in a balance. */
export async function listWallets(
  db: Queryable,
  platformId: bigint,
  accountId: bigint,
): Promise<WalletState[]> {
  return (await listWalletsOf(db, platformId, [accountId])).get(accountId) ?? [];
}

/** The same for several accounts of a platform at once, by account. */
export async function listWalletsOf(
  db: Queryable,
  platformId: bigint,
  accountIds: readonly bigint[],
): Promise<Map<bigint, WalletState[]>> {
  const values = [platformId, accountIds];
  await db.query('select roll_accounts_forward($1, $2)', values);
  const rows = await db.query<WalletState & { readonly accountId: bigint }>(
    `select w.account_id as "accountId", w.id, w.unit, u.scale, w.balance, w.held,
       w.balance - w.held as available
     from wallet w join unit u on (u.platform_id, u.code) = (w.platform_id, w.unit)
     where w.platform_id = $1 and w.account_id = any ($2) order by w.unit`,
    values,
  );
  const wallets = new Map<bigint, WalletState[]>();
  for (const { accountId, ...wallet } of rows) {
    wallets.set(accountId, [...(wallets.get(accountId) ?? []), wallet]);
  }
  return wallets;
}

/** The account's wallet in a unit that the platform has: the one there is, else a new one. */
export async function findOrOpenWallet(
  tx: Queryable,
  wallet: { walletId: bigint; platformId: bigint; accountId: bigint; unit: string },
): Promise<bigint> {
  const { walletId, platformId, accountId, unit } = wallet;
  // Processes that know the account learn of its new wallet as of any other change of it.
  await tx.query(
    `with opened as (
       insert into wallet (id, platform_id, account_id, unit) values ($1, $2, $3, $4)
       on conflict (platform_id, account_id, unit) do nothing returning account_id
     )
     select pg_notify('farebox_change', 'account ' || account_id) from opened`,
    [walletId, platformId, accountId, unit],
  );
  const [row] = await tx.query<{ id: bigint }>(
    'select id from wallet where platform_id = $1 and account_id = $2 and unit = $3',
    [platformId, accountId, unit],
  );
  assert(row !== undefined, 'a wallet that exists can be read');
  return row.id;
}
