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
import { hashKey, makeKey, previewKey } from './key-format.ts';

/** A key as lists show it. The key itself cannot be shown again. */
export interface ApiKey {
  readonly id: bigint;
  readonly accountId: bigint;
  readonly name: string;
  readonly preview: string;
  readonly status: 'active' | 'revoked';
  readonly expiresAt: Date | null;
  readonly limits: Limits;
  readonly createdAt: Date;
}

export interface NewKey {
  readonly platformId: bigint;
  readonly accountId: bigint;
  readonly name: string;
  readonly expiresAt?: Date | undefined;
  readonly limits?: LimitChanges;
}

const COLUMNS = `id, account_id as "accountId", name, preview, status, expires_at as "expiresAt",
  limits, created_at as "createdAt"`;

/**
 * Makes a key for an account. `text` is the key itself: it is returned here, once, and only its
 * hash is stored. Faults: `account_not_found` (404), `invalid_key` and `invalid_limits` (422).
 */
export async function createKey(
  db: Queryable,
  made: { ids: Ids; random: Random },
  key: NewKey,
): Promise<ApiKey & { readonly text: string }> {
  checkNewKey(key);
  const [platform] = await db.query<{ prefix: string }>(
    `select p.key_prefix as prefix from platform p
     join account a on a.platform_id = p.id where p.id = $1 and a.id = $2`,
    [key.platformId, key.accountId],
  );
  if (platform === undefined) throw accountNotFound();
  const text = makeKey(platform.prefix, made.random);
  const [row] = await db.query<WithLimits<ApiKey>>(
    `insert into api_key (id, platform_id, account_id, hash, preview, name, expires_at,
       limits)
     values ($1, $2, $3, decode($4, 'hex'), $5, $6, $7, jsonb_strip_nulls($8::jsonb))
     returning ${COLUMNS}`,
    [
      made.ids.rowId(),
      key.platformId,
      key.accountId,
      hashKey(text),
      previewKey(text),
      key.name,
      key.expiresAt ?? null,
      writeLimits(key.limits ?? {}),
    ],
  );
  assert(row !== undefined, 'an insert returns its row');
  return { ...withLimits<ApiKey>(row), text };
}

/** An account's keys, newest first, revoked ones among them. */
export async function listKeys(
  db: Queryable,
  platformId: bigint,
  accountId: bigint,
): Promise<ApiKey[]> {
  const rows = await db.query<WithLimits<ApiKey>>(
    `select ${COLUMNS} from api_key where platform_id = $1 and account_id = $2 order by id desc`,
    [platformId, accountId],
  );
  return rows.map(withLimits<ApiKey>);
}

/** A platform's key. Fault: `key_not_found` (404). */
export async function findKey(db: Queryable, platformId: bigint, keyId: bigint): Promise<ApiKey> {
  const [row] = await db.query<WithLimits<ApiKey>>(
    `select ${COLUMNS} from api_key where platform_id = $1 and id = $2`,
    [platformId, keyId],
  );
  if (row === undefined) throw keyNotFound(keyId);
  return withLimits<ApiKey>(row);
}

/**
 * Ends a key for good; ending it again changes nothing. From the commit on no call is admitted
 * with it, on any replica. Fault: `key_not_found` (404).
 */
export async function revokeKey(db: Queryable, platformId: bigint, keyId: bigint): Promise<ApiKey> {
  const [row] = await db.query<WithLimits<ApiKey>>(
    `update api_key set status = 'revoked' where platform_id = $1 and id = $2
     returning ${COLUMNS}`,
    [platformId, keyId],
  );
  if (row === undefined) throw keyNotFound(keyId);
  return withLimits<ApiKey>(row);
}

/**
 * Changes a key's limits, from the next call on. Faults: `key_not_found` (404), `invalid_limits`
 * (422).
 */
export async function changeKeyLimits(
  db: Queryable,
  platformId: bigint,
  keyId: bigint,
  changes: LimitChanges,
): Promise<ApiKey> {
  const [row] = await db.query<WithLimits<ApiKey>>(
    `update api_key set limits = ${mergedLimits('$3')} where platform_id = $1 and id = $2
     returning ${COLUMNS}`,
    [platformId, keyId, writeLimits(changes)],
  );
  if (row === undefined) throw keyNotFound(keyId);
  return withLimits<ApiKey>(row);
}

function keyNotFound(keyId: bigint): Fault {
  return new Fault({
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

function checkNewKey({ name }: NewKey): void {
  if (name.trim() !== '' && name.length <= 100) return;
  const message = 'Give the key a name of 1 to 100 characters.';
  throw new Fault({ code: 'invalid_key', status: 422, param: 'name', message });
}
