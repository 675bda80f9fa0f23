import type { Queryable } from '../db/index.ts';
import { type Amount, assert, Fault } from '../kernel/index.ts';
import { walletFault } from './wallet.ts';

export interface TakeRequest {
  readonly platformId: bigint;
  readonly walletId: bigint;
  /** More than zero, in the wallet's unit. */
  readonly amount: Amount;
  /** Names this act; the same reference never takes twice. */
  readonly reference: string;
  readonly reason: string | undefined;
}

/**
 * Takes value out of a wallet, once per reference, from its grants in the order in which they are
 * spent; a repeated request answers `created: false`. What running calls hold is not touched.
 * Faults: `insufficient_available` and `reference_conflict` (422, 409), `wallet_not_found` (404).
 */
export async function takeValue(
  db: Queryable,
  request: TakeRequest,
): Promise<{ transferId: bigint; created: boolean; balance: Amount }> {
  const { platformId, walletId, amount, reference, reason } = request;
  assert(amount > 0n, 'what is taken is more than nothing');
  const [row] = await db
    .query<{ outcome: string; transfer_id: bigint; balance: bigint }>(
      'select * from take_value(null, $1, $2, $3, $4, $5)',
      [platformId, walletId, amount, reference, reason ?? null],
    )
    .catch((error) => {
      throw walletFault(error);
    });
  assert(row !== undefined, 'take_value answers with one row');
  if (row.outcome === 'insufficient') throw insufficientAvailable();
  return {
    transferId: row.transfer_id,
    created: row.outcome === 'taken',
    balance: row.balance,
  };
}

function insufficientAvailable(): Fault {
  return new Fault({
    code: 'insufficient_available',
    status: 422,
    param: 'amount',
    message:
      'The wallet has less than that available; what running calls hold is not touched. ' +
      'Take less, or wait until they have ended.',
  });
}
