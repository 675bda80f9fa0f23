import type { Db } from '../src/db/index.ts';
import {
  createIds,
  createSecretBox,
  type Ids,
  systemClock,
  systemRandom,
} from '../src/kernel/index.ts';

/** What a catalogue is written and read with in tests. */
export const catalogIds: Ids = createIds(systemClock, systemRandom);
export const catalogSecrets = createSecretBox(Buffer.alloc(32, 1), systemRandom);

/** A platform with nothing but its units, the first of which is its default. */
export async function openPlatform(db: Db, units: readonly string[] = ['USD']): Promise<bigint> {
  const platformId = catalogIds.rowId();
  await db.transaction(async (tx) => {
    await tx.query(
      `insert into platform (id, slug, name, key_prefix, default_unit)
       values ($1, $2, 'Test', 'sk-fb-', $3)`,
      [platformId, `test-${platformId}`, units[0]],
    );
    await tx.query('insert into unit (platform_id, code, scale) select $1, unnest($2::text[]), 9', [
      platformId,
      units,
    ]);
  });
  return platformId;
}
