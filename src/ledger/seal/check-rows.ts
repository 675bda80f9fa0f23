import type { Queryable } from '../../db/index.ts';
import type { MacKey } from '../../kernel/index.ts';
import type { Difference } from '../verify.ts';
import { type Block, beginRows } from './block.ts';
import { nameChangedRows } from './name-changed-rows.ts';
import { readByCursor } from './read-by-cursor.ts';
import { BLOCK_KINDS, rowsQuery, type SealedRow } from './sealed-rows.ts';

/** Compares blocks, which stand one after the other, with their rows as they are now. */
export async function checkRows(
  tx: Queryable,
  key: MacKey,
  blocks: readonly Block[],
): Promise<Difference[]> {
  const differences: Difference[] = [];
  for (const kind of BLOCK_KINDS) {
    const own = blocks.filter((block) => block.kind === kind);
    const codes = new Map(own.map(({ no }) => [no, beginRows(key)]));
    const [first, last] = [own.at(0), own.at(-1)];
    if (first === undefined || last === undefined) continue;
    const query = rowsQuery(kind, rangesOf(kind, first.no, last.no));
    for await (const row of readByCursor<SealedRow & { no: bigint }>(tx, query)) {
      codes.get(row.no)?.add(row);
    }
    for (const block of own) {
      if (codes.get(block.no)?.digest().equals(block.rows_mac)) continue;
      const rows = readByCursor<SealedRow>(tx, rowsQuery(kind, rangesOf(kind, block.no, block.no)));
      differences.push(...(await nameChangedRows(tx, block, rows)));
    }
  }
  return differences;
}

const rangesOf = (kind: Block['kind'], first: bigint, last: bigint) =>
  `select no, from_call, until_call, from_transfer, until_transfer from seal_block
   where kind = '${kind}' and no between ${first} and ${last}`;
