import type { Queryable } from '../db/index.ts';
import { type Amount, Fault, type Ids } from '../kernel/index.ts';
import { findOrOpenWallet } from './list-wallets.ts';

/** What moved of one unit. */
export interface MovedValue {
  readonly unit: string;
  readonly amount: Amount;
  readonly grants: number;
}

interface WalletRow {
  readonly id: bigint;
  readonly accountId: bigint;
  readonly unit: string;
  readonly openHolds: bigint;
}

const LOCK = `select id, account_id as "accountId", unit, open_holds as "openHolds" from wallet
  where platform_id = $1 and account_id = any ($2) order by id for no key update`;

/** In the order in which they are spent, which the ids of their successors keep among equals. */
const LIVE = `select id from wallet_grant
  where wallet_id = $1 and not closed and pinned is null
  order by priority, expires_at nulls last, id`;

/**
 * Moves all value of one account to another of the same platform: each grant as a grant with its
 * expiry and priority, by a transfer of its own. Call it inside a transaction. Fault:
 * `account_in_use` (409) while calls of the account are running.
 */
export async function mergeWallets(
  tx: Queryable,
  ids: Ids,
  merge: { platformId: bigint; from: bigint; into: bigint; reason: string | undefined },
): Promise<MovedValue[]> {
  const { platformId, from, into, reason } = merge;
  const wallets = await tx.query<WalletRow>(LOCK, [platformId, [from, into]]);
  const sources = wallets.filter(({ accountId }) => accountId === from);
  if (sources.some(({ openHolds }) => openHolds > 0n)) throw accountInUse();
  await tx.query('select roll_accounts_forward($1, $2)', [platformId, [from, into]]);
  await tx.query('select draw_on_grants(id) from unnest($1::bigint[]) as w (id)', [
    wallets.map(({ id }) => id),
  ]);
  const moved: MovedValue[] = [];
  for (const { id, unit } of sources) {
    const grants = await tx.query<{ id: bigint }>(LIVE, [id]);
    if (grants.length === 0) continue;
    const target = { walletId: ids.rowId(), platformId, accountId: into, unit };
    const targetId = await findOrOpenWallet(tx, target);
    let amount = 0n;
    for (const grant of grants) {
      const [row] = await tx.query<{ amount: bigint }>(
        'select move_grant(null, $1, $2, $3, $4) as amount',
        [grant.id, targetId, ids.rowId(), reason ?? null],
      );
      amount += row?.amount ?? 0n;
    }
    moved.push({ unit, amount, grants: grants.length });
  }
  return moved;
}

function accountInUse(): Fault {
  return new Fault({
    code: 'account_in_use',
    status: 409,
    message: 'Calls of the account to be merged are running. Ask again when they have ended.',
    retryAfterSeconds: 5,
  });
}
