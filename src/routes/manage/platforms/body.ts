import type { z } from '@hono/zod-openapi';
import type { Queryable } from '../../../db/index.ts';
import { formatRowId } from '../../../kernel/index.ts';
import { listUnits, type Platform as PlatformRow } from '../../../tenants/index.ts';
import { shownId } from '../fields.ts';
import type { Platform } from './contract.ts';

/** Where the proof of a domain stands in the DNS. */
export const proofRecord = (domain: string) => `_farebox.${domain}`;

/** Writes a platform for who works for it. */
export async function platformBody(
  tx: Queryable,
  platform: PlatformRow,
): Promise<z.input<typeof Platform>> {
  const units = await listUnits(tx, platform.id);
  const { domain, domainProof } = platform;
  return {
    id: formatRowId('plt', platform.id),
    object: 'platform',
    slug: platform.slug,
    name: platform.name,
    status: platform.status,
    key_prefix: platform.keyPrefix,
    key_scheme: platform.keyScheme,
    default_unit: platform.defaultUnit,
    units: units.map(({ code, scale }) => ({ code, scale })),
    time_zone: platform.timeZone,
    currencies: [...platform.currencies],
    hold_policy: {
      default_output_tokens: platform.defaultOutputTokens,
      min_output_tokens: platform.minOutputTokens,
    },
    cors_origins: [...platform.corsOrigins],
    branding: platform.branding,
    logging: {
      bodies: platform.logBodies,
      redact: [...platform.logRedact],
      keep_days: platform.logKeepDays,
    },
    domain:
      domain === null || domainProof === null
        ? null
        : {
            name: domain,
            record: proofRecord(domain),
            proof: domainProof,
            verified_at: platform.domainVerifiedAt?.toISOString() ?? null,
          },
    opens_platforms: platform.opensPlatforms,
    opened_by: shownId('acc', platform.openedByAccountId),
    created_at: platform.createdAt.toISOString(),
  };
}
