import type { Db } from '../db/index.ts';
import type { Ids, Random, SecretBox } from '../kernel/index.ts';
import { type Seeded, seedModelMarket } from './model-market/seed.ts';

// Any constant: starters of one database queue up behind it, so that only one of them seeds.
const SEED_LOCK = 7_302_119_584_441n;

/**
 * Sets up the example platform on a database that has no platform yet, all or nothing. Undefined
 * when there is one already.
 */
export function seedNewInstance(
  db: Db,
  made: { readonly ids: Ids; readonly random: Random; readonly secrets: SecretBox },
): Promise<Seeded | undefined> {
  return db.transaction(async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [SEED_LOCK]);
    const platforms = await tx.query('select from platform limit 1');
    return platforms.length > 0 ? undefined : seedModelMarket(tx, made);
  });
}
