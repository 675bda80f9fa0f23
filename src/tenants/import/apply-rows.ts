import type { Queryable } from '../../db/index.ts';
import { assert, type Ids, type Unit } from '../../kernel/index.ts';
import { giveToMany, type Opening, openWalletsWith } from '../../ledger/index.ts';
import { matchRows, type RowPlan } from './match-rows.ts';
import type { ImportRow, RefusedRow } from './read-row.ts';

/** What the rows of one batch come to. */
export interface Applied {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly refused: readonly RefusedRow[];
}

/** What is the same for all batches of an import. */
export interface ImportScope {
  readonly platformId: bigint;
  /** What balances are counted in. */
  readonly unit: Unit;
  readonly defaultUnit: string;
}

const REASON = 'imported balance';

const CREATE = `insert into account (id, platform_id, mail, external_id, name, created_at)
  select r.id, $1, r.mail, r.external_id, r.name, coalesce(r.created_at, now())
  from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
    as r (id, mail, external_id, name, created_at)
  on conflict do nothing returning id`;
const CHANGE = `update account a set mail = r.mail, external_id = r.external_id, name = r.name
  from unnest($2::bigint[], $3::text[], $4::text[], $5::text[])
    as r (id, mail, external_id, name)
  where a.platform_id = $1 and a.id = r.id`;

// As assignPlan does it for one: without end, and with the periods that the account has had.
const SUBSCRIBE = `insert into subscription (account_id, platform_id, plan_id, plan_since,
    anchor_at, period_start)
  select a.id, $1, p.id, now(), a.created_at, now()
  from unnest($2::bigint[], $3::text[]) as r (id, plan)
  join account a on a.platform_id = $1 and a.id = r.id
  join plan p on p.platform_id = $1 and p.slug = r.plan
  on conflict (account_id) do update set plan_id = excluded.plan_id, plan_since = now(),
    period_start = now(), period_end = null, grace_end = null, is_trial = false, currency = null,
    next_plan_id = null, next_plan_at = null, next_is_free = false, ended_at = null`;
const TELL = `select plan_changed($1, id, clock_timestamp()) from unnest($2::bigint[]) id`;

/**
 * Makes the accounts what the rows say, set by set. No two rows may have a name in common. Call it
 * inside a transaction; it fails with a unique violation when somebody takes a name meanwhile.
 */
export async function applyRows(
  tx: Queryable,
  ids: Ids,
  scope: ImportScope,
  rows: readonly ImportRow[],
): Promise<Applied> {
  const { platformId, unit } = scope;
  const plans: RowPlan[] = [];
  const refused: RefusedRow[] = [];
  for (const one of await matchRows(tx, platformId, unit, rows)) {
    if ('code' in one) refused.push(one);
    else plans.push(one);
  }
  const fresh = plans.filter(({ account }) => account === undefined);
  const taken = await createAll(tx, ids, scope, fresh);
  const known = plans.filter(({ account }) => account !== undefined);
  await changeAll(tx, platformId, known);
  const openings = known.flatMap(({ account, opening }): Opening[] =>
    account === undefined || opening === undefined ? [] : [{ accountId: account.id, ...opening }],
  );
  await giveToMany(tx, ids, { platformId, unit: unit.code, reason: REASON, openings });
  const updated = known.filter(({ changes, opening }) => changes ?? opening).length;
  return {
    created: fresh.length - taken.length,
    updated,
    unchanged: known.length - updated,
    refused: [...refused, ...taken],
  };
}

/** Opens accounts and their wallets; answers with the rows whose names were taken meanwhile. */
async function createAll(
  tx: Queryable,
  ids: Ids,
  { platformId, unit, defaultUnit }: ImportScope,
  fresh: readonly RowPlan[],
): Promise<RefusedRow[]> {
  if (fresh.length === 0) return [];
  const given = fresh.map((plan) => ({ ...plan, id: ids.rowId() }));
  const opened = await tx.query<{ id: bigint }>(CREATE, [
    platformId,
    given.map(({ id }) => id),
    given.map(({ row }) => row.mail),
    given.map(({ row }) => row.externalId),
    given.map(({ row }) => row.name ?? row.mail ?? row.externalId),
    given.map(({ row }) => row.createdAt),
  ]);
  const there = new Set(opened.map(({ id }) => id));
  const made = given.filter(({ id }) => there.has(id));
  const openings = made.map(({ id, opening }): Opening => {
    return { accountId: id, amount: 0n, reference: '', ...opening };
  });
  const common = { platformId, reason: REASON };
  await openWalletsWith(tx, ids, { ...common, unit: unit.code, openings });
  if (unit.code !== defaultUnit) {
    const empty = openings.map((one) => ({ ...one, amount: 0n }));
    await openWalletsWith(tx, ids, { ...common, unit: defaultUnit, openings: empty });
  }
  await putOnPlans(
    tx,
    platformId,
    made.map(({ id, row }) => ({ id, plan: row.plan })),
  );
  return given
    .filter(({ id }) => !there.has(id))
    .map(({ row }) => ({
      line: row.line,
      field: null,
      code: 'taken',
      reason: 'Its name was given to another account at this moment. Import it again.',
    }));
}

/** Puts accounts on the plans that are named; null leaves one where it is. */
async function putOnPlans(
  tx: Queryable,
  platformId: bigint,
  accounts: readonly { readonly id: bigint; readonly plan: string | null }[],
): Promise<void> {
  const named = accounts.filter(({ plan }) => plan !== null);
  if (named.length === 0) return;
  const accountIds = named.map(({ id }) => id);
  await tx.query(SUBSCRIBE, [platformId, accountIds, named.map(({ plan }) => plan)]);
  await tx.query(TELL, [platformId, accountIds]);
}

async function changeAll(
  tx: Queryable,
  platformId: bigint,
  known: readonly RowPlan[],
): Promise<void> {
  const changed = known.flatMap(({ account, changes }) => {
    assert(account !== undefined, 'a known row has its account');
    return changes === undefined ? [] : [{ id: account.id, ...changes }];
  });
  if (changed.length === 0) return;
  const moved = known.filter(({ account, changes }) => changes && changes.plan !== account?.plan);
  await putOnPlans(
    tx,
    platformId,
    moved.map(({ account, changes }) => ({ id: account?.id ?? 0n, plan: changes?.plan ?? null })),
  );
  await tx.query(CHANGE, [
    platformId,
    changed.map(({ id }) => id),
    changed.map(({ mail }) => mail),
    changed.map(({ externalId }) => externalId),
    changed.map(({ name }) => name),
  ]);
}
