import type { z } from '@hono/zod-openapi';
import type { Queryable } from '../../../db/index.ts';
import { assert, formatAmount, formatRowId } from '../../../kernel/index.ts';
import { listWalletsOf, type WalletState } from '../../../ledger/index.ts';
import { type Account as AccountRow, defaultUnitOf } from '../../../tenants/index.ts';
import { shownId } from '../fields.ts';
import { limitsBody } from '../limits.ts';
import type { Account, Wallet } from './contract.ts';

/** Writes accounts of one platform with their wallets. */
export async function accountBodies(
  tx: Queryable,
  platformId: bigint,
  accounts: readonly AccountRow[],
): Promise<z.input<typeof Account>[]> {
  const unit = await defaultUnitOf(tx, platformId);
  const ids = accounts.map(({ id }) => id);
  const wallets = await listWalletsOf(tx, platformId, ids);
  return accounts.map((account) => ({
    id: formatRowId('acc', account.id),
    object: 'account',
    mail: account.mail,
    external_id: account.externalId,
    name: account.name,
    status: account.status,
    plan: account.plan,
    limits: limitsBody(account.limits, unit),
    wallets: (wallets.get(account.id) ?? []).map(walletBody),
    merged_into: shownId('acc', account.mergedInto),
    created_at: account.createdAt.toISOString(),
  }));
}

/** Writes one of them. */
export async function accountBody(tx: Queryable, account: AccountRow) {
  const [body] = await accountBodies(tx, account.platformId, [account]);
  assert(body !== undefined, 'one account gives one body');
  return body;
}

/** Writes a wallet. */
export function walletBody(wallet: WalletState): z.input<typeof Wallet> {
  const exact = (amount: bigint) => formatAmount(amount, wallet.scale);
  const [balance, held] = [exact(wallet.balance), exact(wallet.held)];
  const available = exact(wallet.available);
  return {
    id: formatRowId('wal', wallet.id),
    object: 'wallet',
    unit: wallet.unit,
    balance: Number(balance),
    balance_exact: balance,
    held: Number(held),
    held_exact: held,
    available: Number(available),
    available_exact: available,
  };
}
