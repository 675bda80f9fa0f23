import type { Queryable } from '../db/index.ts';
import { Fault, formatRowId, type Ids } from '../kernel/index.ts';
import {
  type LimitChanges,
  type Limits,
  mergedLimits,
  openWallet,
  type WithLimits,
  withLimits,
  writeLimits,
} from '../ledger/index.ts';
import { accountNotFound } from './keys.ts';
import type { Status } from './platforms.ts';
import { assignPlan, endSubscription } from './subscription-acts.ts';
import { TRANSITIONS } from './subscription-states.ts';
import { readSubscription } from './subscriptions.ts';

/** Who pays: a customer of a platform. Known by mail, by an id of the outside, or by both. */
export interface Account {
  readonly id: bigint;
  readonly platformId: bigint;
  readonly mail: string | null;
  readonly externalId: string | null;
  readonly name: string;
  readonly status: Status;
  /** The slug of the plan that it is on. */
  readonly plan: string | null;
  /** Its own limits, beside those of its plan. */
  readonly limits: Limits;
  readonly createdAt: Date;
  /** The account that it has become part of. */
  readonly mergedInto: bigint | null;
}

export interface NewAccount {
  readonly platformId: bigint;
  readonly mail?: string;
  readonly externalId?: string;
  /** Defaults to the mail or the outside id. */
  readonly name?: string;
}

const COLUMNS = `id, platform_id as "platformId", mail, external_id as "externalId", name, status,
  (select plan.slug from plan_at(platform_id, id, clock_timestamp()) f
    join plan on plan.id = f.plan_id) as plan, limits,
  created_at as "createdAt", merged_into as "mergedInto"`;

/**
 * Opens an account with an empty wallet in the platform's default unit. Two statements: call it
 * inside a transaction. Faults: `account_exists` (409) when the mail or outside id is taken on this
 * platform, `invalid_account` (422), `platform_not_found` (404).
 */
export async function createAccount(
  tx: Queryable,
  ids: Ids,
  account: NewAccount,
): Promise<Account & { readonly walletId: bigint }> {
  const mail = account.mail === undefined ? null : normalizeMail(account.mail);
  const externalId = account.externalId ?? null;
  checkNewAccount(mail, externalId);
  const [row] = await tx.query<WithLimits<Account> & { readonly unit: string }>(
    `with opened as (
       insert into account (id, platform_id, mail, external_id, name)
       select $1, id, $3, $4, $5 from platform where id = $2
       on conflict do nothing returning *
     )
     select opened.*, platform.default_unit as unit
     from (select ${COLUMNS} from opened) as opened join platform on platform.id = $2`,
    [ids.rowId(), account.platformId, mail, externalId, account.name ?? mail ?? externalId],
  );
  if (row === undefined) throw await whyNotOpened(tx, account.platformId);
  const { unit, ...opened } = row;
  const walletId = ids.rowId();
  const { id: accountId, platformId } = opened;
  await openWallet(tx, { walletId, platformId, accountId, unit });
  // What the platform's default plan gives is there from the start.
  await tx.query('select plan_changed($1, $2, clock_timestamp())', [platformId, accountId]);
  return { ...withLimits<Account>(opened), walletId };
}

/**
 * Finds an account of a platform by one of its names; undefined for one of another platform. The
 * mail and the outside id of an account that was merged lead to what it was merged into.
 */
export async function findAccount(
  db: Queryable,
  platformId: bigint,
  by: { id: bigint } | { mail: string } | { externalId: string },
): Promise<Account | undefined> {
  const byName = (column: string) =>
    `(select coalesce(merged_into, id) from account where platform_id = $1 and ${column} = $2)`;
  const [id, value] =
    'id' in by
      ? ['$2', by.id]
      : 'mail' in by
        ? [byName('mail'), normalizeMail(by.mail)]
        : [byName('external_id'), by.externalId];
  const [row] = await db.query<WithLimits<Account>>(
    `select ${COLUMNS} from account where platform_id = $1 and id = ${id}`,
    [platformId, value],
  );
  return row === undefined ? undefined : withLimits<Account>(row);
}

export interface AccountPage {
  readonly after: bigint;
  readonly limit: number;
  /** Only the account with this mail address, or this outside id. */
  readonly mail?: string | undefined;
  readonly externalId?: string | undefined;
  /** Only these, by id. */
  readonly ids?: readonly bigint[] | undefined;
}

/** A platform's accounts, oldest first, `limit` of them after the one with the id `after`. */
export async function listAccounts(
  db: Queryable,
  platformId: bigint,
  { after, limit, mail, externalId, ids }: AccountPage,
): Promise<Account[]> {
  const rows = await db.query<WithLimits<Account>>(
    `select ${COLUMNS} from account
     where platform_id = $1 and id > $2
       and ($4::text is null or id in (select coalesce(o.merged_into, o.id) from account o
         where o.platform_id = $1 and o.mail = $4))
       and ($5::text is null or id in (select coalesce(o.merged_into, o.id) from account o
         where o.platform_id = $1 and o.external_id = $5))
       and ($6::bigint[] is null or id = any ($6))
     order by id limit $3`,
    [
      platformId,
      after,
      limit,
      mail === undefined ? null : normalizeMail(mail),
      externalId ?? null,
      ids ?? null,
    ],
  );
  return rows.map(withLimits<Account>);
}

/**
 * Changes what an account is known by; what is undefined stays, null takes a name away. Faults:
 * `account_not_found` (404), `account_exists` (409), `invalid_account` (422).
 */
export async function renameAccount(
  tx: Queryable,
  platformId: bigint,
  accountId: bigint,
  names: {
    readonly mail?: string | null | undefined;
    readonly externalId?: string | null | undefined;
    readonly name?: string | undefined;
  },
): Promise<Account> {
  const before = await findAccount(tx, platformId, { id: accountId });
  if (before === undefined) throw accountNotFound();
  const given = names.mail === undefined ? before.mail : names.mail;
  const mail = given === null ? null : normalizeMail(given);
  const externalId = names.externalId === undefined ? before.externalId : names.externalId;
  checkNewAccount(mail, externalId);
  const [taken] = await tx.query(
    'select from account where platform_id = $1 and id <> $2 and (mail = $3 or external_id = $4)',
    [platformId, accountId, mail, externalId],
  );
  if (taken !== undefined) throw accountExists();
  return changeAccount(tx, 'mail = $3, external_id = $4, name = $5', [
    platformId,
    accountId,
    mail,
    externalId,
    names.name ?? before.name,
  ]);
}

/**
 * Suspends an account (no call of its keys is admitted from the commit on) or lets it go on.
 * Faults: `account_not_found` (404), `account_merged` (409).
 */
export async function setAccountStatus(
  db: Queryable,
  platformId: bigint,
  accountId: bigint,
  status: Status,
): Promise<Account> {
  const account = await findAccount(db, platformId, { id: accountId });
  if (account !== undefined) refuseMerged(account);
  return changeAccount(db, 'status = $3', [platformId, accountId, status]);
}

/** Fault `account_merged` (409) for an account that is part of another by now. */
export function refuseMerged({ mergedInto }: Pick<Account, 'mergedInto'>): void {
  if (mergedInto === null) return;
  throw new Fault({
    code: 'account_merged',
    status: 409,
    message: `This account is part of ${formatRowId('acc', mergedInto)} now. Use that one.`,
  });
}

/**
 * Puts an account on a plan of its platform without end, or on none of its own (null), from the
 * next call on. Faults: `account_not_found`, `plan_not_found` (404).
 */
export async function setAccountPlan(
  tx: Queryable,
  platformId: bigint,
  accountId: bigint,
  planId: bigint | null,
): Promise<Account> {
  if (planId !== null) {
    await assignPlan(tx, { platformId, accountId, planId });
  } else {
    const { state } = await readSubscription(tx, platformId, accountId);
    const isLive = TRANSITIONS.expire[state] !== undefined;
    if (isLive) await endSubscription(tx, { platformId, accountId });
  }
  return (await findAccount(tx, platformId, { id: accountId })) as Account;
}

/**
 * Changes an account's own limits, from the next call on. Faults: `account_not_found` (404),
 * `invalid_limits` (422).
 */
export async function changeAccountLimits(
  db: Queryable,
  platformId: bigint,
  accountId: bigint,
  changes: LimitChanges,
): Promise<Account> {
  const values = [platformId, accountId, writeLimits(changes)];
  return changeAccount(db, `limits = ${mergedLimits('$3')}`, values);
}

async function changeAccount(
  db: Queryable,
  change: string,
  values: readonly unknown[],
): Promise<Account> {
  const [row] = await db.query<WithLimits<Account>>(
    `update account set ${change} where platform_id = $1 and id = $2 returning ${COLUMNS}`,
    values,
  );
  if (row === undefined) throw accountNotFound();
  return withLimits<Account>(row);
}

/** One spelling for one mailbox; providers that tell capitals apart are not found in practice. */
export function normalizeMail(mail: string): string {
  return mail.trim().toLowerCase();
}

function checkNewAccount(mail: string | null, externalId: string | null): void {
  const invalid = (param: string | null, message: string) =>
    new Fault({ code: 'invalid_account', status: 422, param, message });
  if (mail === null && externalId === null) {
    throw invalid(null, 'An account needs a mail address or an external id.');
  }
  if (mail !== null && (mail.length > 254 || !/^[^\s@]+@[^\s@]+$/.test(mail))) {
    throw invalid('mail', 'This is not a mail address.');
  }
  if (externalId !== null && (externalId.trim() === '' || externalId.length > 255)) {
    throw invalid('external_id', 'An external id has 1 to 255 characters.');
  }
}

async function whyNotOpened(tx: Queryable, platformId: bigint): Promise<Fault> {
  const [platform] = await tx.query('select from platform where id = $1', [platformId]);
  return platform === undefined
    ? new Fault({ code: 'platform_not_found', status: 404, message: 'There is no such platform.' })
    : accountExists();
}

function accountExists(): Fault {
  return new Fault({
    code: 'account_exists',
    status: 409,
    message: 'This platform has an account with this mail address or external id already.',
  });
}
