import type { Queryable } from '../db/index.ts';
import type { Amount, Ids } from '../kernel/index.ts';
import { walletFault } from './wallet.ts';

/** What an account is to have in a unit. */
export interface Opening {
  readonly accountId: bigint;
  /** Zero opens the wallet and gives nothing. */
  readonly amount: Amount;
  /** Names the gift; the same reference never gives twice. */
  readonly reference: string;
}

interface Openings {
  readonly platformId: bigint;
  readonly unit: string;
  readonly reason: string;
  readonly openings: readonly Opening[];
}

/** All of a new wallet: its row as its first movement leaves it, the grant and the transfer. */
const OPEN = `with given as materialized (
    select * from unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[])
      as g (wallet_id, account_id, grant_id, amount, reference)
  ), opened as (
    insert into wallet (id, platform_id, account_id, unit, balance, version)
    select wallet_id, $1, account_id, $2, amount, sign(amount)::bigint from given
  ), granted as (
    insert into wallet_grant (id, platform_id, wallet_id, source, granted, remaining, reason,
      created_at)
    select grant_id, $1, wallet_id, 'adjustment', amount, amount, $8, clock_timestamp()
    from given where amount > 0
  )
  insert into transfer (platform_id, unit, kind, amount, from_system, to_wallet_id,
    to_wallet_version, grant_id, reference, reason, at)
  select $1, $2, 'grant', amount, 'promotions', wallet_id, 1, grant_id, reference, $8,
    clock_timestamp()
  from given where amount > 0`;

/** Opens wallets of accounts that have none in the unit, with what they begin with. */
export async function openWalletsWith(tx: Queryable, ids: Ids, all: Openings): Promise<void> {
  const { platformId, unit, reason, openings } = all;
  if (openings.length === 0) return;
  await tx.query(OPEN, [
    platformId,
    unit,
    openings.map(() => ids.rowId()),
    openings.map(({ accountId }) => accountId),
    openings.map(() => ids.rowId()),
    openings.map(({ amount }) => amount),
    openings.map(({ reference }) => reference),
    reason,
  ]);
}

const OPEN_MISSING = `with opened as (
    insert into wallet (id, platform_id, account_id, unit)
    select g.id, $1, g.account_id, $2 from unnest($3::bigint[], $4::bigint[]) as g (id, account_id)
    on conflict (platform_id, account_id, unit) do nothing returning account_id
  )
  select pg_notify('farebox_change', 'account ' || account_id) from opened`;
/** In the order of the wallets' ids, as everybody locks them. */
const GIVE = `select count(*) from (
    select w.id as wallet_id, g.* from unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::text[])
      as g (account_id, grant_id, amount, reference)
    join wallet w on w.platform_id = $1 and w.account_id = g.account_id and w.unit = $2
    order by w.id offset 0
  ) g cross join lateral grant_value(null, g.grant_id, $1, g.wallet_id, g.amount, 'adjustment',
    0::smallint, null, g.reference, $7, null, 0)`;

/** Gives to accounts that may have a wallet in the unit and calls running on it. */
export async function giveToMany(tx: Queryable, ids: Ids, all: Openings): Promise<void> {
  const { platformId, unit, reason, openings } = all;
  if (openings.length === 0) return;
  const accounts = openings.map(({ accountId }) => accountId);
  const walletIds = openings.map(() => ids.rowId());
  await tx.query(OPEN_MISSING, [platformId, unit, walletIds, accounts]);
  await tx
    .query(GIVE, [
      ...[platformId, unit, accounts, openings.map(() => ids.rowId())],
      ...[openings.map(({ amount }) => amount), openings.map((one) => one.reference), reason],
    ])
    .catch((error) => {
      throw walletFault(error);
    });
}
