import type { Queryable } from '../db/index.ts';
import { assert, Fault, type Ids, type Unit } from '../kernel/index.ts';
import { isKeyPrefix } from './key-format.ts';

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
}

export interface NewPlatform {
  readonly slug: string;
  readonly name: string;
  readonly keyPrefix: string;
  /** Everything its wallets may count; the first is the default. */
  readonly units: readonly [Unit, ...Unit[]];
  readonly timeZone?: string;
  readonly defaultOutputTokens?: number;
}

const COLUMNS = `id, slug, name, status, key_prefix as "keyPrefix", default_unit as "defaultUnit",
  time_zone as "timeZone", default_output_tokens as "defaultOutputTokens"`;

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
         default_output_tokens)
       values ($1, $2, $3, $4, $5, $6, $7)
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

function checkNewPlatform(platform: NewPlatform): void {
  const { slug, name, keyPrefix, units, timeZone = 'UTC', defaultOutputTokens = 1 } = platform;
  const codes = new Set(units.map(({ code }) => code));
  const rules: readonly (readonly [boolean, param: string, message: string])[] = [
    [
      /^[a-z][a-z0-9-]{1,62}$/.test(slug),
      'slug',
      'A slug is 2 to 63 small letters, digits and hyphens, and begins with a letter.',
    ],
    [name.trim() !== '' && name.length <= 200, 'name', 'Give a name of 1 to 200 characters.'],
    [
      isKeyPrefix(keyPrefix),
      'key_prefix',
      "A key prefix is 2 to 20 letters, digits, '_' and '-', and begins with a letter or digit.",
    ],
    [
      units.every(({ code }) => /^[A-Za-z][A-Za-z0-9_-]{0,19}$/.test(code)) &&
        codes.size === units.length,
      'units',
      'Units have codes of 1 to 20 letters and digits, each only once.',
    ],
    [
      units.every(({ scale }) => Number.isInteger(scale) && scale >= 0 && scale <= 12),
      'units',
      "A unit's scale is 0 to 12 decimals.",
    ],
    [isTimeZone(timeZone), 'time_zone', 'Give a time zone by its IANA name, such as UTC.'],
    [
      Number.isInteger(defaultOutputTokens) && defaultOutputTokens > 0,
      'default_output_tokens',
      'The default output tokens are a positive integer.',
    ],
  ];
  const broken = rules.find(([kept]) => !kept);
  if (broken === undefined) return;
  const [, param, message] = broken;
  throw new Fault({ code: 'invalid_platform', status: 422, param, message });
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    // Offsets such as '+02:00' are understood too, but PostgreSQL reads them the other way round.
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
}
