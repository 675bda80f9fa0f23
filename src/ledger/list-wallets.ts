import type { Db, Queryable } from '../db/index.ts';
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
export function listWallets(db: Db, platformId: bigint, accountId: bigint): Promise<WalletState[]> {
  return db.transaction(async (tx) => {
    const due = await tx.query<{ id: bigint }>(
      `select id from wallet
       where platform_id = $1 and account_id = $2 and next_change_at <= clock_timestamp()
       order by id for no key update`,
      [platformId, accountId],
    );
    for (const { id } of due) await tx.query('select roll_forward($1, clock_timestamp())', [id]);
    return tx.query<WalletState>(
      `select w.id, w.unit, u.scale, w.balance, w.held, w.balance - w.held as available
       from wallet w join unit u on (u.platform_id, u.code) = (w.platform_id, w.unit)
       where w.platform_id = $1 and w.account_id = $2 order by w.unit`,
      [platformId, accountId],
    );
  });
}

/** The account's wallet in a unit that the platform has: the one there is, else a new one. */
export async function findOrOpenWallet(
  tx: Queryable,
  wallet: { walletId: bigint; platformId: bigint; accountId: bigint; unit: string },
): Promise<bigint> {
  const { walletId, platformId, accountId, unit } = wallet;
  await tx.query(
    `insert into wallet (id, platform_id, account_id, unit) values ($1, $2, $3, $4)
     on conflict (platform_id, account_id, unit) do nothing`,
    [walletId, platformId, accountId, unit],
  );
  const [row] = await tx.query<{ id: bigint }>(
    'select id from wallet where platform_id = $1 and account_id = $2 and unit = $3',
    [platformId, accountId, unit],
  );
  assert(row !== undefined, 'a wallet that exists can be read');
  return row.id;
}
