import type { Db } from '../db/index.ts';

const OTHER_WAYS_IN = [
  `delete from auth.account where "userId" = $1 and "providerId" <> 'credential'`,
  'delete from auth.passkey where "userId" = $1',
  'delete from auth."twoFactor" where "userId" = $1',
];

/**
 * Somebody has shown by a link from a mail that a user's address is theirs. Whoever made the user
 * before, perhaps with an address that was not his, keeps no way in.
 */
export function proveAddress(db: Pick<Db, 'transaction'>, userId: string): Promise<void> {
  return db.transaction(async (tx) => {
    const unproven = await tx.query(
      `update auth."user" set "emailVerified" = true, "twoFactorEnabled" = false
       where id = $1 and not "emailVerified" returning 1`,
      [userId],
    );
    if (unproven.length === 0) return;
    for (const statement of OTHER_WAYS_IN) await tx.query(statement, [userId]);
  });
}
