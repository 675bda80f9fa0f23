import type { Db, Queryable } from '../../db/index.ts';
import type { MacKey } from '../../kernel/index.ts';
import { READ_BOOKS } from '../read-books.ts';
import type { Difference } from '../verify.ts';
import { BLOCK_COLUMNS, type Block, blockMac } from './block.ts';
import { checkChain } from './check-chain.ts';
import { checkRows } from './check-rows.ts';
import { SESSION } from './sealed-rows.ts';
import { readTail, type Tail } from './tail.ts';

/** What the seal covers, and what it does not cover yet. */
export interface SealReport {
  readonly differences: readonly Difference[];
  readonly blocks: number;
  /** The newest block: noted elsewhere, it shows later whether blocks were taken off the end. */
  readonly head: { readonly no: bigint; readonly mac: string } | undefined;
  readonly tail: Tail;
}

/** A block that is known from an earlier report. */
export interface Anchor {
  readonly no: bigint;
  /** The first digits of its code, in hexadecimal. */
  readonly mac: string;
}

/** How many promises {@link verifySeal} holds the journal to. */
export const SEAL_CHECKS = 4;

/** Blocks that are read at once. */
const BLOCKS = 100;

const ANCHORED = 'The seal still has the block that was noted earlier.';
const LATE = 'A call that was open when its range was sealed is sealed by a block for such calls.';

/**
 * Derives every code of the seal once more from the rows, in one snapshot, and names each row that
 * was changed, taken away or added since, and each block that was. Runs beside a working server and
 * reads block by block, however many there are.
 */
export async function verifySeal(db: Db, key: MacKey, anchor?: Anchor): Promise<SealReport> {
  return db.transaction(async (tx) => {
    await tx.query(READ_BOOKS);
    return reportOnSeal(tx, key, anchor);
  });
}

/** The same, inside a transaction of the caller's. */
export async function reportOnSeal(
  tx: Queryable,
  key: MacKey,
  anchor?: Anchor,
): Promise<SealReport> {
  await tx.query(`set local statement_timeout = 0; set local work_mem = '64MB'; ${SESSION}`);
  const differences: Difference[] = [];
  const chain = checkChain(key);
  let head: Block | undefined;
  let blocks = 0;
  const dropped = await readDroppedDays(tx, key);
  for (;;) {
    const batch = await readBlocks(tx, head?.no ?? 0n);
    if (batch.length === 0) break;
    for (const block of batch) {
      const found = chain.next(block);
      differences.push(...found.differences);
      if (!found.isAsMade || isDropped(block, dropped)) continue;
      differences.push(...(await checkRows(tx, key, block)));
    }
    head = batch.at(-1);
    blocks += batch.length;
  }
  differences.push(...(await checkLateCalls(tx)));
  if (anchor !== undefined) differences.push(...(await checkAnchor(tx, anchor)));
  return {
    differences,
    blocks,
    head: head && { no: head.no, mac: head.mac.toString('hex') },
    tail: await readTail(tx),
  };
}

/** The blocks after `no`. */
function readBlocks(tx: Queryable, no: bigint): Promise<Block[]> {
  return tx.query<Block>(
    `select ${BLOCK_COLUMNS} from seal_block where no > $1 order by no limit ${BLOCKS}`,
    [no],
  );
}

/** Calls that were dropped since are not there to be looked at; what is left of them is sealed. */
const isDropped = ({ kind, day }: Block, dropped: ReadonlySet<string>) =>
  (kind === 'calls' || kind === 'late_calls') && day !== null && dropped.has(day);

async function readDroppedDays(tx: Queryable, key: MacKey): Promise<ReadonlySet<string>> {
  const blocks = await tx.query<Block>(
    `select ${BLOCK_COLUMNS} from seal_block where kind = 'drops'`,
  );
  const sound = blocks.filter((block) => blockMac(key, block).equals(block.mac));
  return new Set(sound.flatMap(({ day }) => day ?? []));
}

async function checkLateCalls(tx: Queryable): Promise<Difference[]> {
  const rows = await tx.query<{ id: string; sealed_in: bigint }>(
    `select l.id, l.sealed_in from late_call l
     left join seal_block b on b.no = l.sealed_in and b.kind = 'late_calls'
     where l.sealed_in is not null and b.no is null`,
  );
  return rows.map(({ id, sealed_in }) => ({
    check: 'late_calls_are_sealed',
    promise: LATE,
    subject: `call ${id}`,
    expected: `sealed by block ${sealed_in}`,
    found: 'no such block',
  }));
}

async function checkAnchor(tx: Queryable, anchor: Anchor): Promise<Difference[]> {
  const [block] = await tx.query<{ mac: Buffer }>('select mac from seal_block where no = $1', [
    anchor.no,
  ]);
  const found = block?.mac.toString('hex').slice(0, anchor.mac.length);
  if (found === anchor.mac) return [];
  const expected = `the code ${anchor.mac}`;
  const subject = `block ${anchor.no}`;
  const says = found === undefined ? 'no such block' : `the code ${found}`;
  return [{ check: 'seal_is_anchored', promise: ANCHORED, subject, expected, found: says }];
}
