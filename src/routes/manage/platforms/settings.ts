import type { z } from '@hono/zod-openapi';
import type { Random } from '../../../kernel/index.ts';
import type { Platform, PlatformChanges } from '../../../tenants/index.ts';
import type { updatePlatform } from './contract.ts';

type Body = z.output<
  (typeof updatePlatform)['request']['body']['content']['application/json']['schema']
>;

/** The changes that are asked for. Another domain begins unverified, with a proof of its own. */
export function settingsOf(before: Platform, body: Body, random: Random): PlatformChanges {
  const isOther = body.domain !== undefined && body.domain !== before.domain;
  const domain = isOther && {
    domain: body.domain ?? null,
    domainProof: body.domain === null ? null : makeProof(random),
    domainVerifiedAt: null,
  };
  return {
    ...optional('name', body.name),
    ...optional('keyPrefix', body.key_prefix),
    ...optional('keyScheme', body.key_scheme),
    ...optional('defaultUnit', body.default_unit),
    ...optional('timeZone', body.time_zone),
    ...optional('currencies', body.currencies),
    ...optional('defaultOutputTokens', body.hold_policy?.default_output_tokens),
    ...optional('minOutputTokens', body.hold_policy?.min_output_tokens),
    ...optional('corsOrigins', body.cors_origins),
    ...optional('branding', body.branding),
    ...optional('logBodies', body.logging?.bodies),
    ...optional('logRedact', body.logging?.redact),
    ...optional('logKeepDays', body.logging?.keep_days),
    ...(domain || {}),
  };
}

const makeProof = (random: Random) =>
  `farebox-domain=${Buffer.from(random(20)).toString('base64url')}`;

function optional<K extends keyof PlatformChanges>(name: K, value: PlatformChanges[K] | undefined) {
  return value === undefined ? {} : { [name]: value };
}
