import { crc32 } from 'node:zlib';
import type { rows } from '../../db/index.ts';
import type { MacKey } from '../../kernel/index.ts';
import { FORMAT, type SealedRow } from './sealed-rows.ts';

/** A block as its row has it; its time is a text, because a Date would lose microseconds. */
export type Block = Omit<rows.SealBlock, 'sealed_at'> & { readonly sealed_at: string };

export const BLOCK_COLUMNS = `no, kind, format, day, from_call, until_call, from_transfer,
  until_transfer, row_count, marks, rows_mac, previous_mac, mac, sealed_at::text as sealed_at`;

/** What the first block has in the place of the block before it. */
export const NOTHING_BEFORE = Buffer.alloc(32);

export type BlockRange =
  | { readonly kind: 'calls'; readonly from_call: string; readonly until_call: string }
  | { readonly kind: 'late_calls' | 'drops' }
  | { readonly kind: 'transfers'; readonly from_transfer: bigint; readonly until_transfer: bigint };

/** Makes the block that follows `previous`. `day` is its calls' one UTC day, null without any. */
export function makeBlock(
  key: MacKey,
  previous: Pick<Block, 'no' | 'mac'> | undefined,
  range: BlockRange,
  content: { readonly day: string | null; readonly rows: readonly SealedRow[] },
  sealedAt: string,
): Block {
  const block: Omit<Block, 'mac'> = {
    no: (previous?.no ?? 0n) + 1n,
    format: FORMAT,
    from_call: null,
    until_call: null,
    from_transfer: null,
    until_transfer: null,
    ...range,
    day: content.day,
    row_count: content.rows.length,
    marks: marksOf(content.rows),
    rows_mac: rowsMac(key, content.rows.map(textOf).join('')),
    previous_mac: previous?.mac ?? NOTHING_BEFORE,
    sealed_at: sealedAt,
  };
  return { ...block, mac: blockMac(key, block) };
}

/** The code of a block: over all its columns, in this order. */
export function blockMac(key: MacKey, block: Omit<Block, 'mac'>): Buffer {
  const mac = key();
  mac.update('block');
  const columns = [
    ...[block.no, block.kind, block.format, block.day, block.from_call, block.until_call],
    ...[block.from_transfer, block.until_transfer, block.row_count, block.sealed_at],
  ];
  for (const column of columns) mac.update(`|${column ?? ''}`);
  for (const bytes of [block.rows_mac, block.previous_mac, block.marks]) mac.update(bytes);
  return mac.digest();
}

/** The code of a block's rows: `text` is of all of them, one after the other. */
export function rowsMac(key: MacKey, text: string): Buffer {
  const mac = key();
  mac.update('rows');
  mac.update(text);
  return mac.digest();
}

/** A row's mark among those of its block. */
export const markOf = (row: SealedRow): number => crc32(textOf(row));

const textOf = ({ what, body }: SealedRow) => what + body;

function marksOf(rows: readonly SealedRow[]): Buffer {
  const marks = Buffer.alloc(4 * rows.length);
  rows.forEach((row, index) => {
    marks.writeUInt32BE(markOf(row), 4 * index);
  });
  return marks;
}
