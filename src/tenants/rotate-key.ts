import type { Queryable } from '../db/index.ts';
import { Fault } from '../kernel/index.ts';
import { makeKeySecret } from './key-secret.ts';
import { type ApiKey, findKey, KEY_COLUMNS, type KeyMaking, oneKey } from './keys.ts';

/** How long an earlier text may work at most: 30 days. */
export const MOST_GRACE_SECONDS = 30 * 86_400;
/** Earlier texts of one key that work at once. */
const MOST_RETIRING = 10;

const END_EARLIER = `
  with ended as (
    delete from retired_secret where key_id = $1
      and (ends_at <= now() or $2::int = 0)
  )
  update retired_secret set ends_at = least(ends_at, now() + make_interval(secs => $2))
  where key_id = $1 and ends_at > now() and $2::int > 0 returning 1`;
const RETIRE = `
  insert into retired_secret (hash, platform_id, key_id, slow_hash, preview, ends_at)
  select hash, platform_id, id, slow_hash, preview, now() + make_interval(secs => $2)
  from api_key where id = $1`;
const REPLACE = `
  update api_key set hash = decode($3, 'hex'), slow_hash = $4, preview = $5, rotated_at = now()
  where platform_id = $1 and id = $2 returning ${KEY_COLUMNS}`;

/**
 * Gives a key another text, in the platform's scheme of now; call it inside a transaction. It stays
 * the same key: properties, limits and counters are shared by both texts, so that this is no way
 * around a budget. The text until now works for `graceSeconds` more, and no earlier one for longer
 * than that. Faults: `key_not_found` (404), `key_not_active` and `key_rotated_too_often` (409).
 */
export async function rotateKey(
  tx: Queryable,
  made: Pick<KeyMaking, 'random'>,
  platformId: bigint,
  keyId: bigint,
  graceSeconds: number,
): Promise<ApiKey & { readonly text: string }> {
  // The slow hash comes before the lock: calls of this key wait for whoever has its row.
  const before = await findKey(tx, platformId, keyId);
  const secret = before.status === 'active' && (await makeKeySecret(tx, made.random, platformId));
  if (!secret) throw notActive(before.status);
  const [locked] = await tx.query<{ status: string }>(
    'select status from api_key where platform_id = $1 and id = $2 for no key update',
    [platformId, keyId],
  );
  if (locked?.status !== 'active') throw notActive('revoked');
  const earlier = await tx.query(END_EARLIER, [keyId, graceSeconds]);
  if (earlier.length >= MOST_RETIRING) throw rotatedTooOften();
  if (graceSeconds > 0) await tx.query(RETIRE, [keyId, graceSeconds]);
  const { text, hash, slowHash, preview } = secret;
  const rows = await tx.query(REPLACE, [platformId, keyId, hash, slowHash, preview]);
  return { ...oneKey(keyId, rows as Parameters<typeof oneKey>[1]), text };
}

function notActive(status: string): Fault {
  return new Fault({
    code: 'key_not_active',
    status: 409,
    message: `This key is ${status}, so another text of it would not work. Make a new key.`,
  });
}

function rotatedTooOften(): Fault {
  return new Fault({
    code: 'key_rotated_too_often',
    status: 409,
    message:
      `${MOST_RETIRING} earlier texts of this key still work, which is the most. ` +
      "Wait until one has ended, or end them all with 'grace_seconds' 0.",
  });
}
