import type { Queryable } from '../db/index.ts';
import { Fault, type Ids, type SecretBox } from '../kernel/index.ts';

export interface NewUpstream {
  readonly platformId: bigint;
  readonly name: string;
  /** Where the provider's API begins, `/v1` included: `https://api.example.com/v1`, or `demo:`. */
  readonly baseUrl: string;
  /** The provider's key; kept sealed. Left out where the provider needs none. */
  readonly credential?: string | undefined;
  readonly firstByteTimeoutMs?: number | undefined;
  readonly idleTimeoutMs?: number | undefined;
}

/**
 * Adds an upstream. Throws the Faults `upstream_exists` (409) where the platform has that name and
 * `base_url_invalid` (422) for an address that is neither http, https nor the demo provider's, or
 * that carries a user, a query or a fragment.
 */
export async function createUpstream(
  db: Queryable,
  ids: Ids,
  secrets: SecretBox,
  upstream: NewUpstream,
): Promise<bigint> {
  const { credential } = upstream;
  const [row] = await db.query<{ id: bigint }>(
    `insert into upstream (id, platform_id, name, base_url, credential, first_byte_timeout_ms,
       idle_timeout_ms)
     values ($1, $2, $3, $4, $5, coalesce($6, 60000), coalesce($7, 120000))
     on conflict (platform_id, name) do nothing
     returning id`,
    [
      ids.rowId(),
      upstream.platformId,
      upstream.name,
      checkBaseUrl(upstream.baseUrl),
      credential === undefined ? null : secrets.seal(credential),
      upstream.firstByteTimeoutMs ?? null,
      upstream.idleTimeoutMs ?? null,
    ],
  );
  if (row !== undefined) return row.id;
  throw new Fault({
    code: 'upstream_exists',
    status: 409,
    param: 'name',
    message: `The platform already has an upstream '${upstream.name}'. Choose another name.`,
  });
}

/** The id of a platform's upstream by its name; undefined when there is none. */
export async function findUpstream(
  db: Queryable,
  platformId: bigint,
  name: string,
): Promise<bigint | undefined> {
  const [row] = await db.query<{ id: bigint }>(
    'select id from upstream where platform_id = $1 and name = $2',
    [platformId, name],
  );
  return row?.id;
}

/** An upstream as lists show it: without its credential. */
export interface UpstreamState {
  readonly id: bigint;
  readonly name: string;
  readonly baseUrl: string;
  readonly hasCredential: boolean;
  readonly active: boolean;
  readonly createdAt: Date;
}

/** A platform's upstreams, by name. */
export async function listUpstreams(db: Queryable, platformId: bigint): Promise<UpstreamState[]> {
  return db.query<UpstreamState>(
    `select id, name, base_url as "baseUrl", credential is not null as "hasCredential", active,
       created_at as "createdAt"
     from upstream where platform_id = $1 order by name`,
    [platformId],
  );
}

function checkBaseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const known = url !== undefined && ['http:', 'https:', 'demo:'].includes(url.protocol);
  if (known && url.username === '' && url.password === '' && !/[?#]/.test(text)) {
    return text.replace(/\/+$/, '');
  }
  throw new Fault({
    code: 'base_url_invalid',
    status: 422,
    param: 'base_url',
    message:
      'The base URL must be http or https, without a user, query or fragment, ' +
      'such as https://api.example.com/v1. Give the key as the credential.',
  });
}
