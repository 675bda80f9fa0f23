import type { Queryable } from '../db/index.ts';
import { callStartMs } from '../kernel/index.ts';
import {
  type CallFilter,
  callConditionsOf,
  conditionsOf,
  createValues,
  type Piece,
  type Statement,
} from './filter.ts';

/** The newest hours in which calls match, as the sums have it, as many as calls are wanted. */
export async function findHours(
  db: Queryable,
  filter: CallFilter,
  { from, below, limit }: Piece,
): Promise<Date[]> {
  const values = createValues();
  const table = filter.accountId === undefined ? 'usage_of_platform' : 'usage_of_account';
  const rows = await db.query<{ hour: Date }>(
    `select hour from ${table} where ${conditionsOf(filter, values)}
       and hour <= ${values.add(new Date(callStartMs(below)))}
       and hour > ${values.add(new Date(callStartMs(from)))}::timestamptz - interval '1 hour'
       and hour > (select calls_kept_since()) - interval '1 hour'
     group by hour order by hour desc limit ${limit}`,
    values.list,
  );
  return rows.map(({ hour }) => hour);
}

/**
 * The calls of these hours that match. Of a platform those of the accounts that have some in the
 * hour, as the sums have it: each account's own are found by the one index that calls have.
 */
export function callsOfHours(
  filter: CallFilter,
  { from, below, limit }: Piece,
  hours: readonly Date[],
): Statement {
  const values = createValues();
  const given = `unnest(${values.add(hours)}::timestamptz[]) as h (hour)`;
  const where = callConditionsOf(filter, values);
  const places =
    filter.accountId === undefined
      ? `(select h.hour, t.account_id from ${given} cross join lateral (select distinct account_id
           from usage_of_account where ${conditionsOf(filter, values)}
             and hour = h.hour) t)`
      : `(select h.hour, ${values.add(filter.accountId)}::bigint as account_id from ${given})`;
  const text = `
    select c.* from (select * from ${places} p order by hour desc) p cross join lateral (
      select * from call c where c.account_id = p.account_id and c.id >= call_id_at(p.hour)
        and c.id < call_id_at(p.hour + interval '1 hour') and c.id >= ${values.add(from)}
        and c.id < ${values.add(below)} and ${where}
      offset 0
    ) c order by p.hour desc, c.id desc fetch first ${limit} rows with ties`;
  return { text, values: values.list };
}
