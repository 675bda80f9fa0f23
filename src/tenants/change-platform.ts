import type { Queryable } from '../db/index.ts';
import { Fault, type Unit } from '../kernel/index.ts';
import { isTimeZone } from './check-platform.ts';
import { findPlatformById, type Platform } from './platforms.ts';

/** What its staff may change on a platform. */
export type PlatformChanges = Partial<
  Pick<
    Platform,
    | 'name'
    | 'timeZone'
    | 'defaultUnit'
    | 'defaultOutputTokens'
    | 'minOutputTokens'
    | 'keyPrefix'
    | 'keyScheme'
    | 'currencies'
    | 'corsOrigins'
    | 'branding'
    | 'logBodies'
    | 'logRedact'
    | 'logKeepDays'
    | 'domain'
    | 'domainProof'
    | 'domainVerifiedAt'
    | 'opensPlatforms'
  >
>;

const COLUMN_OF: Readonly<Record<keyof PlatformChanges, string>> = {
  name: 'name',
  timeZone: 'time_zone',
  defaultUnit: 'default_unit',
  defaultOutputTokens: 'default_output_tokens',
  minOutputTokens: 'min_output_tokens',
  keyPrefix: 'key_prefix',
  keyScheme: 'key_scheme',
  currencies: 'currencies',
  corsOrigins: 'cors_origins',
  branding: 'branding',
  logBodies: 'log_bodies',
  logRedact: 'log_redact',
  logKeepDays: 'log_keep_days',
  domain: 'domain',
  domainProof: 'domain_proof',
  domainVerifiedAt: 'domain_verified_at',
  opensPlatforms: 'opens_platforms',
};

/**
 * Changes the settings that are given, from the next call on. Faults: `invalid_platform` (422),
 * `domain_taken` (409).
 */
export async function changePlatform(
  tx: Queryable,
  platformId: bigint,
  changes: PlatformChanges,
): Promise<Platform> {
  if (changes.timeZone !== undefined && !isTimeZone(changes.timeZone)) {
    throw invalid('time_zone', 'Give a time zone by its IANA name, such as UTC.');
  }
  await checkUnit(tx, platformId, changes.defaultUnit);
  await checkDomain(tx, platformId, changes.domain);
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const sets = given.map(([name], index) => {
    return `${COLUMN_OF[name as keyof PlatformChanges]} = $${index + 2}`;
  });
  const values = given.map(([name, value]) =>
    name === 'branding' ? JSON.stringify(value) : value,
  );
  if (sets.length > 0) {
    const text = `update platform set ${sets.join(', ')} where id = $1`;
    await tx.query(text, [platformId, ...values]);
  }
  return (await findPlatformById(tx, platformId)) as Platform;
}

/** Adds a unit that wallets of the platform may count. Fault: `unit_exists` (409). */
export async function addUnit(tx: Queryable, platformId: bigint, unit: Unit): Promise<void> {
  const added = await tx.query(
    `insert into unit (platform_id, code, scale) values ($1, $2, $3)
     on conflict do nothing returning code`,
    [platformId, unit.code, unit.scale],
  );
  if (added.length > 0) return;
  throw new Fault({
    code: 'unit_exists',
    status: 409,
    param: 'code',
    message: `This platform counts '${unit.code}' already. A unit's scale never changes.`,
  });
}

async function checkUnit(tx: Queryable, platformId: bigint, code: string | undefined) {
  if (code === undefined) return;
  const found = await tx.query('select from unit where platform_id = $1 and code = $2', [
    platformId,
    code,
  ]);
  if (found.length === 0) throw invalid('default_unit', `This platform has no unit '${code}'.`);
}

/** Whose domain it is, is asked of the index of all platforms, which a tenant cannot see. */
async function checkDomain(tx: Queryable, platformId: bigint, domain: string | null | undefined) {
  if (domain === undefined || domain === null) return;
  const [row] = await tx.query<{ taken: boolean }>('select is_domain_taken($1, $2) as taken', [
    domain,
    platformId,
  ]);
  if (row?.taken !== true) return;
  throw new Fault({
    code: 'domain_taken',
    status: 409,
    param: 'domain',
    message: 'Another platform of this instance has shown that this domain is its own.',
  });
}

function invalid(param: string, message: string): Fault {
  return new Fault({ code: 'invalid_platform', status: 422, param, message });
}
