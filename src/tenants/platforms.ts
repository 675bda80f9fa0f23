import type { Queryable } from '../db/index.ts';
import { assert, Fault, type Ids, type Unit } from '../kernel/index.ts';
import { checkNewPlatform } from './check-platform.ts';

export type Status = 'active' | 'suspended';

/** A tenant. */
export interface Platform {
  readonly id: bigint;
  readonly slug: string;
  readonly name: string;
  readonly status: Status;
  readonly keyPrefix: string;
  /** What its accounts' first wallet counts. */
  readonly defaultUnit: string;
  /** Days and months of its limits and allowances begin here (IANA name). */
  readonly timeZone: string;
  /** Output tokens that a call may have when it does not say. */
  readonly defaultOutputTokens: number;
  /** The least output tokens that a call is bounded to by what its wallet holds. */
  readonly minOutputTokens: number;
  /** How its new keys are stored. */
  readonly keyScheme: 'sha256' | 'bcrypt';
  readonly currencies: readonly string[];
  readonly corsOrigins: readonly string[];
  readonly branding: Branding;
  readonly logBodies: 'off' | 'errors' | 'all';
  /** Names of fields whose values are blacked out in what is logged. */
  readonly logRedact: readonly string[];
  readonly logKeepDays: number;
  readonly domain: string | null;
  /** What the domain's DNS must say to show that it is the seller's. */
  readonly domainProof: string | null;
  readonly domainVerifiedAt: Date | null;
  /** Whether its customers may open platforms of their own. */
  readonly opensPlatforms: boolean;
  /** The customer that opened it; null when the operator did. */
  readonly openedByAccountId: bigint | null;
  readonly createdAt: Date;
}

/** What a platform's pages and mails look like. */
export interface Branding {
  readonly logo_url?: string | undefined;
  readonly accent_color?: string | undefined;
  readonly support_mail?: string | undefined;
  readonly support_url?: string | undefined;
}

export interface NewPlatform {
  readonly slug: string;
  readonly name: string;
  readonly keyPrefix: string;
  /** Everything its wallets may count; the first is the default. */
  readonly units: readonly [Unit, ...Unit[]];
  readonly timeZone?: string;
  readonly defaultOutputTokens?: number;
  readonly openedByAccountId?: bigint | undefined;
}

const COLUMNS = `id, slug, name, status, key_prefix as "keyPrefix", default_unit as "defaultUnit",
  time_zone as "timeZone", default_output_tokens as "defaultOutputTokens",
  min_output_tokens as "minOutputTokens", key_scheme as "keyScheme", currencies,
  cors_origins as "corsOrigins", branding, log_bodies as "logBodies", log_redact as "logRedact",
  log_keep_days as "logKeepDays", domain, domain_proof as "domainProof",
  domain_verified_at as "domainVerifiedAt", opens_platforms as "opensPlatforms",
  opened_by_account_id as "openedByAccountId", created_at as "createdAt"`;

/**
 * Opens a platform with its units, in one statement. Faults: `platform_exists` (409) when the slug
 * is taken, `invalid_platform` (422) naming the field.
 */
export async function createPlatform(
  db: Queryable,
  ids: Ids,
  platform: NewPlatform,
): Promise<Platform> {
  checkNewPlatform(platform);
  const { slug, name, keyPrefix, units, timeZone, defaultOutputTokens } = platform;
  const [row] = await db.query<Platform>(
    `with opened as (
       insert into platform (id, slug, name, key_prefix, default_unit, time_zone,
         default_output_tokens, opened_by_account_id)
       values ($1, $2, $3, $4, $5, $6, $7, $10)
       on conflict (slug) do nothing returning *
     ), counted as (
       insert into unit (platform_id, code, scale)
       select opened.id, code, scale
       from opened, unnest($8::text[], $9::smallint[]) as u (code, scale)
     )
     select ${COLUMNS} from opened`,
    [
      ids.rowId(),
      slug,
      name,
      keyPrefix,
      units[0].code,
      timeZone ?? 'UTC',
      defaultOutputTokens ?? 4_096,
      units.map(({ code }) => code),
      units.map(({ scale }) => scale),
      platform.openedByAccountId ?? null,
    ],
  );
  if (row !== undefined) return row;
  throw new Fault({
    code: 'platform_exists',
    status: 409,
    param: 'slug',
    message: `There is a platform '${slug}' already. Choose another slug.`,
  });
}

/** Finds a platform by its slug. */
export async function findPlatform(db: Queryable, slug: string): Promise<Platform | undefined> {
  const [row] = await db.query<Platform>(`select ${COLUMNS} from platform where slug = $1`, [slug]);
  return row;
}

/** A platform by its id; undefined for who may not see it. */
export async function findPlatformById(
  db: Queryable,
  platformId: bigint,
): Promise<Platform | undefined> {
  const [row] = await db.query<Platform>(`select ${COLUMNS} from platform where id = $1`, [
    platformId,
  ]);
  return row;
}

/** The slug of the platform whose verified domain a host name is, whatever its port. */
export async function findPlatformOfHost(
  db: Queryable,
  host: string | undefined,
): Promise<string | undefined> {
  const name = host?.replace(/:\d+$/, '').toLowerCase();
  if (!name?.includes('.')) return undefined;
  const [row] = await db.query<{ slug: string }>(
    'select slug from platform where domain = $1 and domain_verified_at is not null',
    [name],
  );
  return row?.slug;
}

/** All platforms, by slug. */
export async function listPlatforms(db: Queryable): Promise<Platform[]> {
  return db.query<Platform>(`select ${COLUMNS} from platform order by slug`);
}

/** Suspends a platform (no call of any of its accounts is admitted) or lets it go on. */
export async function setPlatformStatus(
  db: Queryable,
  platformId: bigint,
  status: Status,
): Promise<Platform> {
  const [row] = await db.query<Platform>(
    `update platform set status = $2 where id = $1 returning ${COLUMNS}`,
    [platformId, status],
  );
  assert(row !== undefined, 'a platform is never deleted');
  return row;
}
