import type { Queryable } from '../../db/index.ts';
import type { MacKey } from '../../kernel/index.ts';
import type { Difference } from '../verify.ts';
import { type Block, rowsMac } from './block.ts';
import { nameChangedRows } from './name-changed-rows.ts';
import { blockText, rowsQuery, type SealedRow } from './sealed-rows.ts';

/** Compares a block with its rows as they are now. */
export async function checkRows(
  tx: Queryable,
  key: MacKey,
  block: Block,
): Promise<readonly Difference[]> {
  const [all] = await tx.query<{ text: string | null }>(blockText(block.kind, rangeOf(block)));
  if (rowsMac(key, all?.text ?? '').equals(block.rows_mac)) return [];
  const rows = await tx.query<SealedRow>(rowsQuery(block.kind, rangeOf(block)));
  return nameChangedRows(tx, block, rows);
}

/** The block's range as constants: the partitions that it lies in are known to the planner then. */
function rangeOf(block: Block): string {
  const { no, from_call, until_call, from_transfer, until_transfer, day } = block;
  const literal = (value: string | bigint | null) => (value === null ? 'null' : `'${value}'`);
  return `select ${no}::bigint as no, ${literal(from_call)}::uuid as from_call,
    ${literal(until_call)}::uuid as until_call, ${literal(from_transfer)}::bigint as from_transfer,
    ${literal(until_transfer)}::bigint as until_transfer, ${literal(day)}::date as day`;
}
