import type { Queryable } from '../db/index.ts';
import { parseCallId, parseRowId } from '../kernel/index.ts';

/** Each part is found by an index of its own; a merged account's names lead on. */
const SEARCH = `select distinct coalesce(a.merged_into, a.id) as id from (
    select id from account where platform_id = $1 and mail like $3
    union all select id from account where platform_id = $1 and external_id like $2
    union all select id from account where platform_id = $1 and lower(name) like $3
    union all select account_id from api_key where platform_id = $1 and preview = $4
    union all select account_id from api_key where platform_id = $1 and id = $5
    union all select account_id from call where platform_id = $1 and id = $6
    union all select account_id from hold where platform_id = $1 and id = $6
    union all select $7::bigint
  ) f join account a on a.platform_id = $1 and a.id = f.id
  where coalesce(a.merged_into, a.id) > $8
  order by 1 limit $9`;

/**
 * The ids of a platform's accounts that a text means, in their order, after the id `after`: what
 * its mail address, outside id or name begins with, the preview or id of one of its keys, the id of
 * one of its calls, its own id.
 */
export async function searchAccounts(
  db: Queryable,
  platformId: bigint,
  text: string,
  page: { readonly after: bigint; readonly limit: number },
): Promise<bigint[]> {
  const begins = (prefix: string) => `${prefix.replaceAll(/[\\%_]/g, '\\$&')}%`;
  const rows = await db.query<{ id: bigint }>(SEARCH, [
    platformId,
    begins(text),
    begins(text.toLowerCase()),
    text,
    parseRowId('key', text) ?? null,
    parseCallId(text) ?? null,
    parseRowId('acc', text) ?? null,
    page.after,
    page.limit,
  ]);
  return rows.map(({ id }) => id);
}
