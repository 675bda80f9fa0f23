import type { Queryable } from '../../src/db/index.ts';

/** Whose calls are looked at: an account's on its only wallet, or a key's. */
type Owner = 'key_id' | 'account_id';

const CALLS = (owner: Owner) => `
  select h.held_at, h.tokens as set_aside, c.settled_at,
    c.input + c.output + c.cached_input + other_tokens(c.other) as used
  from hold h left join call c on c.id = h.id and c.leg = h.leg
  where h.${owner} = $1`;

/** The most calls of an owner that were under way at the same time, by their begin and end. */
export async function mostAtOnce(db: Queryable, owner: Owner, id: bigint): Promise<bigint> {
  const [row] = await db.query<{ most: bigint }>(
    `select max(under_way)::bigint as most from (
       select sum(change) over (order by at, change) as under_way
       from (${CALLS(owner)}) as own
       cross join lateral (values (held_at, 1), (settled_at, -1)) as side (at, change)
       where at is not null
     ) as walk`,
    [id],
  );
  return row?.most ?? 0n;
}

/**
 * The most that an owner had in a sliding minute, at any admission: the calls of that minute, and
 * those of the minute before in proportion to what of it was not yet 60 seconds ago. A call counts
 * with the tokens that were set aside for it until it was settled, then with those it used.
 */
export async function mostInAMinute(
  db: Queryable,
  owner: Owner,
  id: bigint,
): Promise<{ requests: number; tokens: number }> {
  const [row] = await db.query<{ requests: number; tokens: number }>(
    `with own as (${CALLS(owner)}), moment as (
       select distinct held_at as at, date_bin('1 minute', held_at, 'epoch') as minute from own
     )
     select max(requests)::float8 as requests, max(tokens)::float8 as tokens from moment
     cross join lateral (
       select sum(weight) as requests,
         sum(weight * case when own.settled_at <= at then own.used else own.set_aside end) as tokens
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
