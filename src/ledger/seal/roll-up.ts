import type { Queryable } from '../../db/index.ts';

/**
 * Sums of calls by hour, in `usage_of_account` and `usage_of_platform`: each call is added once, in
 * the transaction that seals it. So the sums are those of all calls that blocks cover, at any
 * moment, and whoever adds the calls that no block covers yet has the sums of all.
 */
const OWN = 'hour, product_id, unit, outcome';
const SUMS = ['input', 'output', 'cached_input', 'other_tokens', 'price', 'charge'];
/** What each row sums up. */
export const COUNTED = ['calls', ...SUMS];
const ACCOUNT = `platform_id, account_id, key_id, ${OWN}`;
/** The primary key of `usage_of_account`. */
export const ACCOUNT_KEY = 'account_id, hour, key_id, product_id, unit, outcome';
/** The primary key of `usage_of_platform`. */
export const PLATFORM = `platform_id, ${OWN}`;

/** Calls by account, as `usage_of_account` has them; `calls` is a query on `call_usage`. */
export const summedByAccount = (calls: string) =>
  `select ${ACCOUNT}, count(*) as calls, ${SUMS.map((each) => `sum(${each}) as ${each}`).join(', ')}
   from (${calls}) u group by ${ACCOUNT}`;

/** Sums of `usage_of_account` over all accounts of a platform. */
export const summedByPlatform = (usage: string) =>
  `select ${PLATFORM}, sum(calls)::bigint as calls,
     ${SUMS.map((each) => `sum(${each}) as ${each}`).join(', ')}
   from ${usage} u group by ${PLATFORM}`;

// In the order of their keys, so that the pages of the table are met one after the other.
const add = (table: string, dimensions: string, key: string, from: string) =>
  `insert into ${table} as total (${dimensions}, ${COUNTED.join(', ')})
   select ${dimensions}, ${COUNTED.join(', ')} from ${from} order by ${key}
   on conflict (${key}) do update set ${COUNTED.map(
     (each) => `${each} = total.${each} + excluded.${each}`,
   ).join(', ')}`;

const rollUp = (calls: string) => `
  with summed as materialized (${summedByAccount(calls)}),
  by_platform as (${summedByPlatform('summed')}),
  added as (${add('usage_of_platform', PLATFORM, PLATFORM, 'by_platform')})
  ${add('usage_of_account', ACCOUNT, ACCOUNT_KEY, 'summed')}`;

const RANGE = rollUp(`select * from call_usage c where c.id >= $1 and c.id < $2
  and not exists (select from late_call l where l.id = c.id)`);
const LATE = rollUp(`select u.* from late_call l
  cross join lateral (select * from call_usage where id = l.id offset 0) u where l.sealed_in = $1`);

/** Adds the calls of a range of ids that blocks have just sealed. */
export async function rollUpRange(tx: Queryable, from: string, until: string): Promise<void> {
  await tx.query(RANGE, [from, until]);
}

/** Adds the calls of a block of late ones. */
export async function rollUpLate(tx: Queryable, block: bigint): Promise<void> {
  await tx.query(LATE, [block]);
}
