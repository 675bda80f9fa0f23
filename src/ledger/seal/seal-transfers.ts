import type { Queryable } from '../../db/index.ts';
import { assert } from '../../kernel/index.ts';
import type { Chain } from './chain.ts';

const BLOCKS = 10;
const TRANSFERS = 2_500;

/** The newest transfer, and which transactions were under way when it was that. */
export interface Newest {
  readonly id: bigint;
  readonly xmax: bigint;
}

/**
 * Transfers get their ids in order but are committed in any: one with a lower id may still come.
 * It comes from a transaction that was under way when the newest was read, because each has a
 * transaction id before it takes a number (all writers lock the wallet first). Once those are over,
 * the ids up to that newest are final.
 */
const NEWEST = `select coalesce((select max(id) from transfer), -9223372036854775808) as id,
  pg_snapshot_xmax(pg_current_snapshot())::text::bigint as xmax,
  pg_snapshot_xmin(pg_current_snapshot())::text::bigint as xmin`;

const FROM = `select coalesce((select until_transfer from seal_block where kind = 'transfers'
  order by no desc limit 1), -9223372036854775808) as id`;
const NEXT = `select id from transfer where id >= $1 and id < $2 order by id offset ${TRANSFERS}
  limit 1`;

/**
 * Seals the transfers up to `newest`, as an earlier transaction read it, with the grants they gave.
 * Answers with what is newest now, for the next time, and whether there is more to seal already.
 */
export async function sealTransfers(
  tx: Queryable,
  chain: Chain,
  newest: Newest | undefined,
): Promise<{ readonly newest: Newest; readonly more: boolean }> {
  const [now] = await tx.query<Newest & { readonly xmin: bigint }>(NEWEST);
  const [start] = await tx.query<{ id: bigint }>(FROM);
  assert(now !== undefined && start !== undefined, 'there always is a newest transfer');
  if (newest === undefined) return { newest: now, more: false };
  if (now.xmin < newest.xmax) return { newest, more: false };
  const until = newest.id + 1n;
  let from = start.id;
  for (let block = 0; from < until; block += 1) {
    if (block === BLOCKS) return { newest, more: true };
    const [next] = await tx.query<{ id: bigint }>(NEXT, [from, until]);
    const end = next?.id ?? until;
    await chain.append({ kind: 'transfers', from_transfer: from, until_transfer: end }, null);
    from = end;
  }
  return { newest: now, more: false };
}
