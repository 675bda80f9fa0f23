import type { MacKey } from '../../kernel/index.ts';
import type { Difference } from '../verify.ts';
import { type Block, blockMac, NOTHING_BEFORE } from './block.ts';

const PROMISE =
  'The blocks of the seal are numbered without a gap, each follows the one before, and none was ' +
  'changed.';

/** Looks at the blocks one after the other. */
export interface ChainCheck {
  /** `isAsMade` tells whether what the block says of its rows can be believed. */
  next(block: Block): { readonly isAsMade: boolean; readonly differences: readonly Difference[] };
}

export function checkChain(key: MacKey): ChainCheck {
  let before: { readonly no: bigint; readonly mac: Buffer } = { no: 0n, mac: NOTHING_BEFORE };
  const ends = new Map<Block['kind'], string>();
  return {
    next: (block) => {
      const differences: Difference[] = [];
      const says = (subject: string, expected: string, found: string) => {
        differences.push({
          check: 'blocks_are_chained',
          promise: PROMISE,
          ...{ subject, expected, found },
        });
      };
      const isAsMade = blockMac(key, block).equals(block.mac);
      const isNext = block.no === before.no + 1n;
      const named = `block ${block.no}`;
      if (!isNext) {
        says(missing(before.no + 1n, block.no - 1n), `before ${named}`, 'no such block');
      }
      if (!isAsMade) {
        says(named, 'as it was made', 'its code does not fit what stands in it');
      } else {
        if (isNext && !block.previous_mac.equals(before.mac)) {
          says(named, `follows block ${before.no}`, 'names another block before it');
        }
        const begin = beginOf(block);
        const end = ends.get(block.kind);
        if (isNext && begin !== undefined && end !== undefined && begin !== end) {
          says(named, `begins at ${end}`, `begins at ${begin}`);
        }
        ends.set(block.kind, endOf(block));
      }
      before = block;
      return { isAsMade, differences };
    },
  };
}

const beginOf = (block: Block) => block.from_call ?? block.from_transfer?.toString();
const endOf = (block: Block) => block.until_call ?? block.until_transfer?.toString() ?? '';

const missing = (from: bigint, to: bigint) =>
  from === to ? `block ${from}` : `blocks ${from} to ${to}`;
