import type { Queryable } from '../db/index.ts';
import { assert, Fault, formatRowId, type Ids, type Random } from '../kernel/index.ts';
import {
  type LimitChanges,
  type Limits,
  mergedLimits,
  type WithLimits,
  withLimits,
  writeLimits,
} from '../ledger/index.ts';
import { checkProperties, type KeyProperties } from './key-properties.ts';
import { type KeyScheme, makeKeySecret } from './key-secret.ts';

/** A key as lists show it. The key itself cannot be shown again. */
export interface ApiKey extends KeyProperties {
  readonly id: bigint;
  readonly accountId: bigint;
  readonly preview: string;
  readonly status: 'active' | 'expired' | 'revoked';
  /** Its calls are answered by the demo provider and cost nothing. */
  readonly isTest: boolean;
  readonly scheme: KeyScheme;
  readonly limits: Limits;
  readonly createdAt: Date;
  /** To the minute; null before the first time. */
  readonly lastUsedAt: Date | null;
  readonly rotatedAt: Date | null;
  /** Its earlier texts that still work: how each was shown, and until when. */
  readonly retiring: readonly { readonly preview: string; readonly endsAt: string }[];
}

export interface NewKey {
  readonly platformId: bigint;
  readonly accountId: bigint;
  readonly name: string;
  readonly scopes?: KeyProperties['scopes'] | undefined;
  readonly models?: KeyProperties['models'] | undefined;
  readonly addresses?: KeyProperties['addresses'] | undefined;
  readonly expiresAt?: Date | null | undefined;
  readonly isTest?: boolean | undefined;
  readonly limits?: LimitChanges;
}

/** What may be changed; what is not given stays. */
export type KeyChanges = {
  readonly [Name in keyof KeyProperties]?: KeyProperties[Name] | undefined;
} & { readonly limits?: LimitChanges | undefined };

/** What keys and their secrets are made of. */
export interface KeyMaking {
  readonly ids: Ids;
  readonly random: Random;
}

/** SQL that reads a list of addresses; null stays null. */
const networks = (parameter: `$${number}`) =>
  `(select array_agg(network(a::inet)) from unnest(${parameter}::text[]) a)`;

/** Live keys of one account, whatever its plan says: a bound for what lists and memories hold. */
const MOST_KEYS = 1_000;

// A call's hold writes the minute that it counts in into the key's row: that is when the key was
// last used, and costs no write of its own.
export const KEY_COLUMNS = `id, account_id as "accountId", name, preview,
  case when status = 'active' and expires_at <= now() then 'expired' else status end as status,
  scopes, models, addresses::text[], expires_at as "expiresAt", is_test as "isTest",
  case when slow_hash is null then 'sha256' else 'bcrypt' end as scheme, limits,
  created_at as "createdAt", greatest(nullif(minute_start, 'epoch'), read_at) as "lastUsedAt",
  rotated_at as "rotatedAt",
  (select coalesce(json_agg(json_build_object('preview', r.preview, 'endsAt',
      to_char(r.ends_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
      order by r.ends_at), '[]') from retired_secret r
    where r.key_id = api_key.id and r.ends_at > now()) as retiring`;

/**
 * Makes a key for an account; call it inside a transaction. `text` is the key itself: it is
 * returned here, once, and only hashes are stored. Faults: `account_not_found` (404),
 * `too_many_keys` (409), `invalid_key`, `models_unknown` and `invalid_limits` (422).
 */
export async function createKey(
  tx: Queryable,
  made: KeyMaking,
  key: NewKey,
): Promise<ApiKey & { readonly text: string }> {
  const { platformId, accountId, name, scopes = ['call'], models = null, addresses = null } = key;
  const given = { name, scopes, models, addresses };
  const properties = await checkProperties(tx, platformId, given);
  const secret = await makeKeySecret(tx, made.random, platformId);
  if (secret === undefined) throw accountNotFound();
  await assertKeyAllowed(tx, platformId, accountId);
  const [row] = await tx.query<WithLimits<ApiKey>>(
    `insert into api_key (id, platform_id, account_id, hash, slow_hash, preview, name, scopes,
       models, addresses, expires_at, is_test, limits)
     select $1, a.platform_id, a.id, decode($4, 'hex'), $5, $6, $7, $8, $9, ${networks('$10')}, $11,
       $12, jsonb_strip_nulls($13::jsonb)
     from account a where a.platform_id = $2 and a.id = $3
     returning ${KEY_COLUMNS}`,
    [
      ...[made.ids.rowId(), platformId, accountId, secret.hash, secret.slowHash, secret.preview],
      ...[name, properties.scopes, properties.models, properties.addresses],
      ...[key.expiresAt ?? null, key.isTest ?? false, writeLimits(key.limits ?? {})],
    ],
  );
  if (row === undefined) throw accountNotFound();
  return { ...withLimits<ApiKey>(row), text: secret.text };
}

/**
 * Whether the account may have one more key, by its plan and by our own bound. Within a transaction
 * no other key of it is made until that ends. Fault: `too_many_keys` (409).
 */
export async function assertKeyAllowed(
  tx: Queryable,
  platformId: bigint,
  accountId: bigint,
): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 6))', [`keys ${accountId}`]);
  const [row] = await tx.query<{ count: number; most: number }>(
    `select least((select p.key_count from plan_at($1, $2, clock_timestamp()) f
         join plan p on p.id = f.plan_id), $3) as most,
       (select count(*)::int from api_key
         where platform_id = $1 and account_id = $2 and status = 'active'
           and coalesce(expires_at > now(), true)) as count`,
    [platformId, accountId, MOST_KEYS],
  );
  assert(row !== undefined, 'a count has a row');
  const { count, most } = row;
  if (count < most) return;
  throw new Fault({
    code: 'too_many_keys',
    status: 409,
    message: `The account has ${count} live keys and may have ${most}. Revoke some first.`,
  });
}

/** Which keys of a platform a list shows. */
export interface KeyFilter {
  readonly accountId?: bigint | undefined;
  readonly status?: ApiKey['status'] | undefined;
  /** Only keys older than this one. */
  readonly before?: bigint | undefined;
  readonly limit?: number | undefined;
}

/** A platform's keys, newest first, revoked ones among them. */
export async function listKeys(
  db: Queryable,
  platformId: bigint,
  filter: KeyFilter = {},
): Promise<ApiKey[]> {
  const rows = await db.query<WithLimits<ApiKey>>(
    `select * from (
       select ${KEY_COLUMNS} from api_key
       where platform_id = $1 and ($2::bigint is null or account_id = $2)
         and ($3::bigint is null or id < $3)
     ) k where $4::text is null or status = $4 order by id desc limit $5`,
    [
      ...[platformId, filter.accountId ?? null, filter.before ?? null, filter.status ?? null],
      filter.limit ?? null,
    ],
  );
  return rows.map(withLimits<ApiKey>);
}

/** A platform's key. Fault: `key_not_found` (404). */
export async function findKey(db: Queryable, platformId: bigint, keyId: bigint): Promise<ApiKey> {
  return oneKey(
    keyId,
    await db.query(`select ${KEY_COLUMNS} from api_key where platform_id = $1 and id = $2`, [
      platformId,
      keyId,
    ]),
  );
}

/**
 * Ends a key for good, earlier texts of it too; ending it again changes nothing. From the commit on
 * no call is admitted with it, on any replica. Fault: `key_not_found` (404).
 */
export async function revokeKey(db: Queryable, platformId: bigint, keyId: bigint): Promise<ApiKey> {
  return oneKey(
    keyId,
    await db.query(
      `update api_key set status = 'revoked' where platform_id = $1 and id = $2
       returning ${KEY_COLUMNS}`,
      [platformId, keyId],
    ),
  );
}

const CHANGE = `
  update api_key set name = coalesce($3, name), scopes = coalesce($4::text[], scopes),
    models = case when $5 then $6::text[] else models end,
    addresses = case when $7 then ${networks('$8')} else addresses end,
    expires_at = case when $9 then $10::timestamptz else expires_at end,
    limits = ${mergedLimits('$11')}
  where platform_id = $1 and id = $2 returning ${KEY_COLUMNS}`;

/**
 * Changes what is given, from the next call on; a revoked key changes, and stays revoked. Faults:
 * `key_not_found` (404), `invalid_key`, `models_unknown` and `invalid_limits` (422).
 */
export async function changeKey(
  db: Queryable,
  platformId: bigint,
  keyId: bigint,
  { limits, ...changes }: KeyChanges,
): Promise<ApiKey> {
  const { name, scopes, models, addresses, expiresAt } = await checkProperties(
    db,
    platformId,
    changes as Partial<KeyProperties>,
  );
  const rows = await db.query<WithLimits<ApiKey>>(CHANGE, [
    ...[platformId, keyId, name ?? null, scopes ?? null],
    ...[models !== undefined, models ?? null, addresses !== undefined, addresses ?? null],
    ...[expiresAt !== undefined, expiresAt ?? null, writeLimits(limits ?? {})],
  ]);
  return oneKey(keyId, rows);
}

// As often as of an access token, and not with every request.
const NOTE_READING = `update api_key set read_at = now()
  where id = $1 and coalesce(read_at, '-infinity') < now() - interval '1 minute'`;

/** Puts down that the key was used to read. */
export async function noteReading(db: Queryable, keyId: bigint): Promise<void> {
  await db.query(NOTE_READING, [keyId]);
}

/** The row of a key. Fault: `key_not_found` (404). */
export function oneKey(keyId: bigint, [row]: readonly WithLimits<ApiKey>[]): ApiKey {
  if (row !== undefined) return withLimits<ApiKey>(row);
  throw new Fault({
    code: 'key_not_found',
    status: 404,
    message: `There is no key ${formatRowId('key', keyId)} on this platform.`,
  });
}

export function accountNotFound(): Fault {
  return new Fault({
    code: 'account_not_found',
    status: 404,
    message: 'There is no such account on this platform.',
  });
}
