import type { Queryable } from '../db/index.ts';
import { type Amount, assert, type Ids } from '../kernel/index.ts';
import { takeValue } from './take-value.ts';
import { grantValue } from './wallet.ts';

/** A wallet's correction by hand. */
export interface AdjustRequest {
  readonly platformId: bigint;
  readonly walletId: bigint;
  /** In the wallet's unit: more than zero gives, less takes; not zero. */
  readonly amount: Amount;
  /** Names this act; the same reference never adjusts twice. */
  readonly reference: string;
  readonly reason: string | undefined;
}

/** What became of it. A repeat changes nothing: before and after are the balance as it is. */
export interface Adjusted {
  readonly created: boolean;
  readonly before: Amount;
  readonly after: Amount;
  /** The grant that gave, of a positive one that was new or is repeated. */
  readonly grantId: bigint | null;
}

/**
 * Gives value as a grant that does not expire, or takes it from the grants that are spent first,
 * once per reference. Faults: `insufficient_available` (422), `reference_conflict` (409),
 * `invalid_amount` (422) when the balance would be more than a wallet can hold.
 */
export async function adjustWallet(
  tx: Queryable,
  ids: Ids,
  request: AdjustRequest,
): Promise<Adjusted> {
  const { amount, ...act } = request;
  assert(amount !== 0n, 'an adjustment changes something');
  if (amount < 0n) {
    const { created, balance } = await takeValue(tx, { ...act, amount: -amount });
    return { created, before: created ? balance - amount : balance, after: balance, grantId: null };
  }
  const grant = { source: 'adjustment', priority: 0, expiresAt: undefined } as const;
  const grantId = ids.rowId();
  const given = await grantValue(tx, { ...act, ...grant, grantId, amount });
  const { created, balance } = given;
  const before = created ? balance - amount : balance;
  return { created, before, after: balance, grantId: given.grantId };
}

/**
 * Makes a wallet's balance what it shall be by one adjustment; none when it is that already. Faults
 * as {@link adjustWallet}: a balance below what is held is `insufficient_available`.
 */
export async function setBalance(
  tx: Queryable,
  ids: Ids,
  { balance, ...act }: Omit<AdjustRequest, 'amount'> & { readonly balance: Amount },
): Promise<Adjusted> {
  // Locked first, so that nothing comes between reading and adjusting; and brought up to now.
  const lock = 'select account_id from wallet where id = $1 and platform_id = $2 for no key update';
  const [wallet] = await tx.query<{ account_id: bigint }>(lock, [act.walletId, act.platformId]);
  assert(wallet !== undefined, 'the wallet is there');
  await tx.query('select roll_accounts_forward($1, $2)', [act.platformId, [wallet.account_id]]);
  const [row] = await tx.query<{ balance: bigint }>('select balance from wallet where id = $1', [
    act.walletId,
  ]);
  assert(row !== undefined, 'a locked wallet can be read');
  const amount = balance - row.balance;
  if (amount !== 0n) return adjustWallet(tx, ids, { ...act, amount });
  return { created: false, before: balance, after: balance, grantId: null };
}
