import { type Queryable, sqlState } from '../db/index.ts';
import { type Amount, assert, Fault } from '../kernel/index.ts';

export type GrantSource = 'allowance' | 'purchase' | 'bonus' | 'refund' | 'adjustment';

/** Opens an account's wallet in one unit; the account has at most one for each. */
export async function openWallet(
  tx: Queryable,
  wallet: { walletId: bigint; platformId: bigint; accountId: bigint; unit: string },
): Promise<void> {
  await tx.query('insert into wallet (id, platform_id, account_id, unit) values ($1, $2, $3, $4)', [
    wallet.walletId,
    wallet.platformId,
    wallet.accountId,
    wallet.unit,
  ]);
}

export interface GrantRequest {
  readonly grantId: bigint;
  readonly platformId: bigint;
  readonly walletId: bigint;
  /** More than zero, in the wallet's unit. */
  readonly amount: Amount;
  readonly source: GrantSource;
  /** Lower is spent first. */
  readonly priority: number;
  readonly expiresAt: Date | undefined;
  /** Names this act; the same reference never gives twice. */
  readonly reference: string;
  readonly reason: string | undefined;
  /** What was paid for it; undefined for what was given. */
  readonly money?: { readonly unit: string; readonly amount: Amount };
}

/**
 * Puts value into a wallet, once per reference: a repeated request answers with the first grant and
 * `created: false`. Faults: `reference_conflict` (409) when the reference was used for another act,
 * `wallet_not_found` (404), `already_expired` (422), `invalid_amount` (422) when the balance would
 * be more than a wallet can hold.
 */
export async function grantValue(
  db: Queryable,
  request: GrantRequest,
): Promise<{ grantId: bigint; created: boolean; balance: Amount }> {
  assert(request.amount > 0n, 'a grant is more than nothing');
  try {
    const [row] = await db.query<{ grant_id: bigint; created: boolean; balance: bigint }>(
      `select * from grant_value(null, $1, $2, $3, $4, $5, $6::smallint, $7, $8, $9, $10, $11)`,
      [
        request.grantId,
        request.platformId,
        request.walletId,
        request.amount,
        request.source,
        request.priority,
        request.expiresAt ?? null,
        request.reference,
        request.reason ?? null,
        request.money?.unit ?? null,
        request.money?.amount ?? 0n,
      ],
    );
    assert(row !== undefined, 'grant_value answers with one row');
    return { grantId: row.grant_id, created: row.created, balance: row.balance };
  } catch (error) {
    throw walletFault(error);
  }
}

/** PostgreSQL's numeric_value_out_of_range: the sum is more than a balance can be. */
const OUT_OF_RANGE = '22003';

/** The fault that an error of the ledger's functions stands for; any other error as it is. */
export function walletFault(error: unknown): unknown {
  if (sqlState(error) === OUT_OF_RANGE) return tooMuch(error);
  const code = error instanceof Error ? error.message : '';
  const known: Record<string, { status: number; message: string }> = {
    reference_conflict: {
      status: 409,
      message: 'This reference was already used for another movement. Choose a new one.',
    },
    wallet_not_found: { status: 404, message: 'There is no such wallet on this platform.' },
    grant_not_found: { status: 404, message: 'There is no such grant on this platform.' },
    already_expired: { status: 422, message: 'The grant would expire in the past.' },
  };
  const fault = known[code];
  return fault === undefined ? error : new Fault({ code, ...fault, cause: error });
}

function tooMuch(cause: unknown): Fault {
  return new Fault({
    code: 'invalid_amount',
    status: 422,
    param: 'amount',
    message: 'With this amount the balance would be more than a wallet can hold.',
    cause,
  });
}
