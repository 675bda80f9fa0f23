import type { Queryable } from '../db/index.ts';
import {
  type CallFilter,
  callConditionsOf,
  createValues,
  type Piece,
  type Statement,
  type Values,
} from './filter.ts';

/** So many calls are looked at one by one; those of one account lie apart from each other. */
const OF_PLATFORM = 5_000;
const OF_ACCOUNT = 2_000;

const scannedOf = ({ accountId }: CallFilter) =>
  accountId === undefined ? OF_PLATFORM : OF_ACCOUNT;

function scanned(filter: CallFilter, { from, below }: Piece, values: Values): string {
  const { accountId } = filter;
  const ofAccount = accountId === undefined ? '' : `account_id = ${values.add(accountId)} and`;
  return `select * from call where ${ofAccount} id >= ${values.add(from)}
    and id < ${values.add(below)} order by id desc
    fetch first ${scannedOf(filter)} rows with ties`;
}

/**
 * The newest calls that match among the newest of all; stops as soon as there are enough. All legs
 * of the last call come with it (`with ties`), since what is looked for next is below its id.
 */
export function scanCalls(filter: CallFilter, piece: Piece): Statement {
  const values = createValues();
  const calls = scanned(filter, piece, values);
  const where = callConditionsOf(filter, values);
  const text = `select * from (${calls}) c where ${where} order by id desc
    fetch first ${piece.limit} rows with ties`;
  return { text, values: values.list };
}

/** Where that came to, and whether all before is rolled up; undefined at the end of all calls. */
export async function endOfScan(
  db: Queryable,
  filter: CallFilter,
  piece: Piece,
): Promise<{ readonly id: string; readonly isSealed: boolean } | undefined> {
  const values = createValues();
  const calls = scanned(filter, piece, values);
  const [end] = await db.query<{ id: string; isSealed: boolean }>(
    `select id, id <= (select sealed_until()) as "isSealed" from (${calls}) c
     order by id desc offset ${scannedOf(filter) - 1}`,
    values.list,
  );
  return end;
}
