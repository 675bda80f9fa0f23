import type { Queryable } from '../db/index.ts';
import { Fault } from '../kernel/index.ts';
import { walletFault } from './wallet.ts';

/**
 * Ends a grant now, as its expiry would: what is left of it goes to breakage, and what running
 * calls may still draw stays until they end. Faults: `grant_not_found` (404), `grant_over` (409)
 * when it is spent, expired or ended.
 */
export async function endGrant(db: Queryable, platformId: bigint, grantId: bigint): Promise<void> {
  const [row] = await db
    .query<{ ended: boolean }>('select end_grant(null, $1, $2) as ended', [platformId, grantId])
    .catch((error) => {
      throw walletFault(error);
    });
  if (row?.ended === true) return;
  throw new Fault({
    code: 'grant_over',
    status: 409,
    message: 'This grant is over already: spent, expired, or ended before.',
  });
}
