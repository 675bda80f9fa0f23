import type { Queryable } from '../../db/index.ts';
import type { Difference } from '../verify.ts';
import { type Block, markOf } from './block.ts';
import { nameOf, type SealedRow } from './sealed-rows.ts';

const PROMISE =
  'What is sealed stands as it was: no call, transfer or grant was changed, taken away or added.';

/** A hold whose call is not there tells which call it was. */
const CALLS_GONE = `select h.id, h.leg from hold h
  left join (select id, leg from call where id >= $1 and id < $2) c on c.id = h.id and c.leg = h.leg
  where h.id >= $1 and h.id < $2 and c.id is null
    and not exists (select from late_call l where l.id = h.id)
  order by h.id, h.leg`;
const LATE_CALLS_GONE = `select l.id, 0 as leg from late_call l
  where l.sealed_in = $1 and not exists (select from call c where c.id = l.id)`;
const GRANTS_GONE = `select t.grant_id as id, null as leg from transfer t
  where t.kind in ('grant', 'merge') and t.id >= $1 and t.id < $2
    and not exists (select from wallet_grant g where g.id = t.grant_id)
  order by t.id`;

/** Names what is wrong with the rows of a block whose code does not fit them. */
export async function nameChangedRows(
  tx: Queryable,
  block: Block,
  rows: readonly SealedRow[],
): Promise<Difference[]> {
  const marks = new Map<number, number>();
  for (let at = 0; at < block.marks.length; at += 4) {
    const mark = block.marks.readUInt32BE(at);
    marks.set(mark, (marks.get(mark) ?? 0) + 1);
  }
  let gone = block.row_count;
  const others: string[] = [];
  for (const row of rows) {
    const mark = markOf(row);
    const left = marks.get(mark) ?? 0;
    marks.set(mark, left - 1);
    if (left > 0) gone -= 1;
    else others.push(nameOf(row));
  }
  const says = (subject: string, found: string): Difference => ({
    check: 'sealed_rows_stand',
    promise: PROMISE,
    subject,
    expected: `as block ${block.no} sealed it at ${block.sealed_at}`,
    found,
  });
  // As many rows that are not what was sealed as there are gone: these were changed.
  const found = gone === 0 ? 'was added' : gone < others.length ? 'changed or added' : 'changed';
  const differences = others.map((name) => says(name, found));
  if (gone > others.length) {
    const names = await namesOfGone(tx, block);
    const count = gone - others.length;
    const known = names.length === count ? names : [`${count} of ${contentOf(block)}`];
    differences.push(...known.map((name) => says(name, 'is gone')));
  }
  if (differences.length === 0) differences.push(says(`one of ${contentOf(block)}`, 'changed'));
  return differences;
}

async function namesOfGone(tx: Queryable, block: Block): Promise<string[]> {
  if (block.kind === 'drops') return [];
  const [query, values] = {
    calls: [CALLS_GONE, [block.from_call, block.until_call]],
    late_calls: [LATE_CALLS_GONE, [block.no]],
    transfers: [GRANTS_GONE, [block.from_transfer, block.until_transfer]],
  }[block.kind] as [string, unknown[]];
  const rows = await tx.query<{ id: string | bigint; leg: number | null }>(query, values);
  return rows.map(({ id, leg }) => (leg === null ? `grant ${id}` : `call ${id} leg ${leg}`));
}

function contentOf(block: Block): string {
  const rows = `the ${block.row_count} rows of block ${block.no}`;
  if (block.kind === 'transfers') {
    return `${rows}, transfers ${block.from_transfer} to before ${block.until_transfer}`;
  }
  if (block.kind === 'drops') return `${rows}, what was left of the calls of ${block.day}`;
  return `${rows}, calls of ${block.day}`;
}
