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
  /** Who chose the address: 'operator' where it is left out. */
  readonly setBy?: UpstreamState['setBy'] | undefined;
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
       idle_timeout_ms, set_by)
     values ($1, $2, $3, $4, $5, coalesce($6, 60000), coalesce($7, 120000), $8)
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
      upstream.setBy ?? 'operator',
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
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** Who chose the address. What a seller chose must not lead into the operator's network. */
  readonly setBy: 'operator' | 'seller';
  readonly createdAt: Date;
}

const COLUMNS = `id, name, base_url as "baseUrl", credential is not null as "hasCredential", active,
  first_byte_timeout_ms as "firstByteTimeoutMs", idle_timeout_ms as "idleTimeoutMs",
  set_by as "setBy", created_at as "createdAt"`;

/** A platform's upstreams, by name. */
export async function listUpstreams(db: Queryable, platformId: bigint): Promise<UpstreamState[]> {
  return db.query<UpstreamState>(
    `select ${COLUMNS} from upstream where platform_id = $1 order by name`,
    [platformId],
  );
}

/** An upstream by its id. Fault: `upstream_not_found` (404). */
export async function requireUpstream(
  db: Queryable,
  platformId: bigint,
  upstreamId: bigint | undefined,
): Promise<UpstreamState> {
  const [row] = await db.query<UpstreamState>(
    `select ${COLUMNS} from upstream where platform_id = $1 and id = $2`,
    [platformId, upstreamId ?? 0n],
  );
  if (row !== undefined) return row;
  throw new Fault({
    code: 'upstream_not_found',
    status: 404,
    message: 'There is no such upstream for you.',
  });
}

/** The provider's key of an upstream, in clear; never to be written anywhere. */
export async function openCredential(
  db: Queryable,
  secrets: SecretBox,
  platformId: bigint,
  upstreamId: bigint,
): Promise<string | undefined> {
  const [row] = await db.query<{ credential: Buffer | null }>(
    'select credential from upstream where platform_id = $1 and id = $2',
    [platformId, upstreamId],
  );
  return row?.credential ? secrets.open(row.credential) : undefined;
}

/** What of an upstream can be changed; a credential of null is taken away. */
export type UpstreamChanges = {
  readonly [K in 'baseUrl' | 'active' | 'firstByteTimeoutMs' | 'idleTimeoutMs' | 'setBy']?:
    | UpstreamState[K]
    | undefined;
} & { readonly credential?: string | null | undefined };

/**
 * Changes an upstream; what is not given stays. Faults: `base_url_invalid` (422);
 * `credential_needed` (422) when its key would go to another host than it was entered for.
 */
export async function changeUpstream(
  tx: Queryable,
  secrets: SecretBox,
  platformId: bigint,
  upstream: UpstreamState,
  { credential, ...changes }: UpstreamChanges,
): Promise<UpstreamState> {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const next: UpstreamState = { ...upstream, ...Object.fromEntries(given) };
  const baseUrl = checkBaseUrl(next.baseUrl);
  if (upstream.hasCredential && credential === undefined && !isSameOrigin(baseUrl, upstream)) {
    throw new Fault({
      code: 'credential_needed',
      status: 422,
      param: 'credential',
      message:
        "The provider's key was entered for another host. Enter the key for this one too, or null.",
    });
  }
  await tx.query(
    `update upstream set base_url = $3, active = $4, first_byte_timeout_ms = $5,
       idle_timeout_ms = $6, set_by = $7, credential = case when $8 then $9 else credential end
     where platform_id = $1 and id = $2`,
    [
      ...[platformId, upstream.id, baseUrl, next.active, next.firstByteTimeoutMs],
      ...[next.idleTimeoutMs, next.setBy, credential !== undefined],
      typeof credential === 'string' ? secrets.seal(credential) : null,
    ],
  );
  return requireUpstream(tx, platformId, upstream.id);
}

const isSameOrigin = (baseUrl: string, before: UpstreamState) => {
  const [one, other] = [new URL(baseUrl), new URL(before.baseUrl)];
  return one.protocol === other.protocol && one.host === other.host;
};

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
