import type { z } from '@hono/zod-openapi';
import type { Queryable } from '../../../db/index.ts';
import { formatRowId } from '../../../kernel/index.ts';
import { type ApiKey, defaultUnitOf } from '../../../tenants/index.ts';
import { limitsBody } from '../limits.ts';
import type { Key } from './contract.ts';

/** Writes keys of one platform. */
export async function keyBodies(
  tx: Queryable,
  platformId: bigint,
  keys: readonly ApiKey[],
): Promise<z.input<typeof Key>[]> {
  const unit = await defaultUnitOf(tx, platformId);
  return keys.map((key) => ({
    id: formatRowId('key', key.id),
    object: 'key',
    account: formatRowId('acc', key.accountId),
    name: key.name,
    preview: key.preview,
    status: key.status,
    test: key.isTest,
    scheme: key.scheme,
    scopes: [...key.scopes],
    models: key.models && [...key.models],
    addresses: key.addresses && [...key.addresses],
    limits: limitsBody(key.limits, unit),
    expires_at: key.expiresAt?.toISOString() ?? null,
    last_used_at: key.lastUsedAt?.toISOString() ?? null,
    rotated_at: key.rotatedAt?.toISOString() ?? null,
    retiring: key.retiring.map(({ preview, endsAt }) => ({ preview, ends_at: endsAt })),
    created_at: key.createdAt.toISOString(),
  }));
}
