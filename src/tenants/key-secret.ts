import type { Queryable } from '../db/index.ts';
import type { Random } from '../kernel/index.ts';
import { hashKey, makeKey, previewKey, publicPartOf } from './key-format.ts';
import { hashSlowly } from './slow-hash.ts';

/** How a platform's new keys are stored. */
export type KeyScheme = 'sha256' | 'bcrypt';

/** A key's text, and what is stored of it. */
export interface KeySecret {
  readonly text: string;
  /** What it is found by (hexadecimal): see `publicHashOf` for a slow one. */
  readonly hash: string;
  readonly slowHash: string | null;
  readonly preview: string;
}

/** The SHA-256 of what is public of a key: by this a key with a slow hash is found. */
export function publicHashOf(text: string): string {
  return hashKey(publicPartOf(text));
}

/** Makes the text of a key in its platform's scheme; undefined without such a platform. */
export async function makeKeySecret(
  db: Queryable,
  random: Random,
  platformId: bigint,
): Promise<KeySecret | undefined> {
  const [platform] = await db.query<{ prefix: string; scheme: KeyScheme }>(
    'select key_prefix as prefix, key_scheme as scheme from platform where id = $1',
    [platformId],
  );
  if (platform === undefined) return undefined;
  const text = makeKey(platform.prefix, random);
  const preview = previewKey(text);
  if (platform.scheme === 'sha256') return { text, hash: hashKey(text), slowHash: null, preview };
  return { text, hash: publicHashOf(text), slowHash: await hashSlowly(text, random), preview };
}
