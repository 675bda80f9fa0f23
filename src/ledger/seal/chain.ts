import type { Queryable } from '../../db/index.ts';
import { assert, type MacKey } from '../../kernel/index.ts';
import { BLOCK_COLUMNS, type Block, type BlockRange, blockMac, makeBlock } from './block.ts';
import { type BlockKind, rowsQuery, type SealedRow } from './sealed-rows.ts';

/** The end of the chain of blocks, to which new ones are added within one transaction. */
export interface Chain {
  /** The newest block; undefined before the first. */
  readonly head: Block | undefined;
  /** Seals the rows of a range as they stand in the transaction. */
  append(range: BlockRange, day: string | null): Promise<Block>;
}

/**
 * How long ago a block of a kind was made: after a short time only full blocks are, so that a quiet
 * journal has few of them; after a long one also an empty block, so that no calls can be slipped
 * into a time in which there were none.
 */
export type Rest = 'short' | 'enough' | 'long';

const LONG_REST_MS = 3_600_000;

/** How long the blocks of a kind have rested, `restMs` being enough. */
export async function restOf(tx: Queryable, kind: BlockKind, restMs: number): Promise<Rest> {
  const [last] = await tx.query<{ ms: number }>(
    `select (extract(epoch from clock_timestamp() - sealed_at) * 1000)::float8 as ms
     from seal_block where kind = $1 order by no desc limit 1`,
    [kind],
  );
  if (last === undefined) return 'enough';
  if (last.ms < restMs) return 'short';
  return last.ms < LONG_REST_MS ? 'enough' : 'long';
}

const INSERT = `insert into seal_block (no, kind, format, day, from_call, until_call, from_transfer,
    until_transfer, row_count, marks, rows_mac, previous_mac, mac, sealed_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`;
const RANGE = `select $1::bigint as no, $2::uuid as from_call, $3::uuid as until_call,
  $4::bigint as from_transfer, $5::bigint as until_transfer, $6::date as day`;

/** Reads the end of the chain, under SEAL_LOCK. Throws when its newest block is not ours. */
export async function openChain(tx: Queryable, key: MacKey): Promise<Chain> {
  let [head] = await tx.query<Block>(
    `select ${BLOCK_COLUMNS} from seal_block order by no desc limit 1`,
  );
  assert(
    head === undefined || blockMac(key, head).equals(head.mac),
    'the newest block of the seal is as it was made (farebox verify tells more)',
  );
  const [clock] = await tx.query<{ now: string }>('select clock_timestamp()::text as now');
  return {
    get head() {
      return head;
    },
    append: async (range, day) => {
      const rows = await tx.query<SealedRow>(rowsQuery(range.kind, RANGE), [
        (head?.no ?? 0n) + 1n,
        'from_call' in range ? range.from_call : null,
        'until_call' in range ? range.until_call : null,
        'from_transfer' in range ? range.from_transfer : null,
        'until_transfer' in range ? range.until_transfer : null,
        day,
      ]);
      const content = { day: rows.length === 0 ? null : day, rows };
      const block = makeBlock(key, head, range, content, clock?.now ?? '');
      await tx.query(INSERT, [
        ...[block.no, block.kind, block.format, block.day, block.from_call, block.until_call],
        ...[block.from_transfer, block.until_transfer, block.row_count, block.marks],
        ...[block.rows_mac, block.previous_mac, block.mac, block.sealed_at],
      ]);
      head = block;
      return block;
    },
  };
}
