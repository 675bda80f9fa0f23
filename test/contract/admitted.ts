import type { Queryable } from '../../src/db/index.ts';

/**
 * The most that a key or an account had in a sliding minute, at any admission, by the rows of its
 * holds: the calls of that minute, and those of the minute before in proportion to what of it was
 * not yet 60 seconds ago. For calls that use all the tokens that are set aside for them.
 */
export async function mostInAMinute(
  db: Queryable,
  owner: 'key_id' | 'account_id',
  id: bigint,
): Promise<{ requests: number; tokens: number }> {
  const [row] = await db.query<{ requests: number; tokens: number }>(
    `with own as (select held_at, tokens from hold where ${owner} = $1), moment as (
       select distinct held_at as at, date_bin('1 minute', held_at, 'epoch') as minute from own
     )
     select max(requests)::float8 as requests, max(tokens)::float8 as tokens from moment
     cross join lateral (
       select sum(weight) as requests, sum(weight * own.tokens) as tokens
       from own cross join lateral (select case
           when own.held_at >= minute then 1
           when own.held_at >= minute - interval '1 minute'
             then 1 - extract(epoch from at - minute) / 60
           else 0 end as weight) as share
       where own.held_at <= at
     ) as counted`,
    [id],
  );
  return row ?? { requests: 0, tokens: 0 };
}
