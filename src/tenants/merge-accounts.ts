import type { Queryable } from '../db/index.ts';
import { Fault, type Ids } from '../kernel/index.ts';
import { type MovedValue, mergeWallets } from '../ledger/index.ts';
import { type Account, findAccount, refuseMerged } from './accounts.ts';
import { accountNotFound } from './keys.ts';

/** What a merge moved. */
export interface AccountMerge {
  /** The account that everything went to. */
  readonly account: Account;
  readonly value: readonly MovedValue[];
  readonly keys: number;
  readonly members: number;
}

const MOVE_KEYS = `update api_key set account_id = $3 where platform_id = $1 and account_id = $2
  returning id`;
const MOVE_MEMBERS = `with gone as (
    delete from account_member where platform_id = $1 and account_id = $2 returning user_id
  ), come as (
    insert into account_member (platform_id, account_id, user_id)
    select $1, $3, user_id from gone on conflict do nothing
  )
  select user_id from gone`;
const MOVE_INVITATIONS = `with gone as (
    delete from invitation where platform_id = $1 and account_id = $2
    returning id, mail, role, created_at
  )
  insert into invitation (id, platform_id, mail, role, account_id, created_at)
  select id, $1, mail, role, $3, created_at from gone
  on conflict (platform_id, mail, account_id) do nothing`;
const CLOSE = `update account set status = 'suspended', merged_into = $3
  where platform_id = $1 and id = $2`;
/** What was merged into the source before leads on. */
const LEAD_ON = 'update account set merged_into = $3 where platform_id = $1 and merged_into = $2';

/**
 * Makes one account of two of a platform: keys, members and what its wallets have go to `into`;
 * `from` stays with its past calls, closed, and its names lead to `into`. The plan does not move.
 * Call it inside a transaction. Faults: `account_not_found` (404), `invalid_merge` (422),
 * `account_merged` and `account_in_use` (409).
 */
export async function mergeAccounts(
  tx: Queryable,
  ids: Ids,
  merge: { platformId: bigint; from: bigint; into: bigint; reason: string | undefined },
): Promise<AccountMerge> {
  const { platformId, from, into } = merge;
  if (from === into) throw invalidMerge();
  const names = [platformId, from, into];
  // In the order of their ids, so that two merges wait for each other instead of meeting.
  await tx.query(
    'select from account where platform_id = $1 and id in ($2, $3) order by id for no key update',
    names,
  );
  for (const id of [from, into]) refuseMerged(await requireById(tx, platformId, id));
  // First of all closed: what is admitted after this waits for the wallets and sees it.
  await tx.query(CLOSE, names);
  const value = await mergeWallets(tx, ids, merge);
  await tx.query(LEAD_ON, names);
  const keys = await tx.query(MOVE_KEYS, names);
  const members = await tx.query(MOVE_MEMBERS, names);
  await tx.query(MOVE_INVITATIONS, names);
  const account = await requireById(tx, platformId, into);
  return { account, value, keys: keys.length, members: members.length };
}

async function requireById(tx: Queryable, platformId: bigint, id: bigint): Promise<Account> {
  const account = await findAccount(tx, platformId, { id });
  if (account === undefined) throw accountNotFound();
  return account;
}

function invalidMerge(): Fault {
  return new Fault({
    code: 'invalid_merge',
    status: 422,
    param: 'from',
    message: 'An account cannot be merged with itself. Name another one of the platform.',
  });
}
