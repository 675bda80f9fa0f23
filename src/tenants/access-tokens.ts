import type { Queryable } from '../db/index.ts';
import { Fault, formatRowId, type Ids, type Random } from '../kernel/index.ts';
import { hashKey, makeKey, previewKey } from './key-format.ts';
import type { Role } from './members.ts';

/** What every access token begins with, so that it is told from a key and from a session. */
export const TOKEN_PREFIX = 'fbt_';

/** What a program signs in with to work for a platform, as lists show it. */
export interface AccessToken {
  readonly id: bigint;
  readonly platformId: bigint;
  readonly name: string;
  readonly role: Role;
  readonly preview: string;
  readonly status: 'active' | 'revoked';
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly createdAt: Date;
}

const COLUMNS = `id, platform_id as "platformId", name, role, preview, status,
  expires_at as "expiresAt", last_used_at as "lastUsedAt", created_at as "createdAt"`;

/** Makes a token. `text` is returned here, once; only its hash is stored. */
export async function createAccessToken(
  tx: Queryable,
  made: { readonly ids: Ids; readonly random: Random },
  token: Pick<AccessToken, 'platformId' | 'name' | 'role' | 'expiresAt'>,
): Promise<AccessToken & { readonly text: string }> {
  const text = makeKey(TOKEN_PREFIX, made.random);
  const { platformId, name, role, expiresAt } = token;
  const [row] = await tx.query<AccessToken>(
    `insert into access_token (id, platform_id, name, role, hash, preview, expires_at)
     values ($1, $2, $3, $4, decode($5, 'hex'), $6, $7) returning ${COLUMNS}`,
    [made.ids.rowId(), platformId, name, role, hashKey(text), previewKey(text), expiresAt],
  );
  return { ...(row as AccessToken), text };
}

/** A platform's tokens, newest first, `limit` of them before the one with the id `before`. */
export async function listAccessTokens(
  tx: Queryable,
  platformId: bigint,
  page: { readonly before: bigint | undefined; readonly limit: number },
): Promise<AccessToken[]> {
  return tx.query<AccessToken>(
    `select ${COLUMNS} from access_token where platform_id = $1 and ($2::bigint is null or id < $2)
     order by id desc limit $3`,
    [platformId, page.before ?? null, page.limit],
  );
}

/** Ends a token for good; ending it again changes nothing. Fault: `token_not_found` (404). */
export async function revokeAccessToken(
  tx: Queryable,
  platformId: bigint,
  tokenId: bigint,
): Promise<AccessToken> {
  const [row] = await tx.query<AccessToken>(
    `update access_token set status = 'revoked' where platform_id = $1 and id = $2
     returning ${COLUMNS}`,
    [platformId, tokenId],
  );
  if (row !== undefined) return row;
  throw new Fault({
    code: 'token_not_found',
    status: 404,
    message: `There is no access token ${formatRowId('tok', tokenId)} on this platform.`,
  });
}

// Once a minute is often enough to say when a token was last used.
const USE = `update access_token set last_used_at = now()
  where id = $1 and coalesce(last_used_at, '-infinity') < now() - interval '1 minute'`;

/** The live token with that text, which counts as used now; undefined when there is none. */
export async function useAccessToken(
  db: Queryable,
  text: string,
): Promise<AccessToken | undefined> {
  const [token] = await db.query<AccessToken>(
    `select ${COLUMNS} from access_token
     where hash = decode($1, 'hex') and status = 'active' and coalesce(expires_at > now(), true)`,
    [hashKey(text)],
  );
  if (token !== undefined) await db.query(USE, [token.id]);
  return token;
}
