import { createHash } from 'node:crypto';
import type { Queryable } from '../db/index.ts';
import type { Random } from '../kernel/index.ts';
import { randomText } from './users.ts';

/** A link that an operator hands on by hand may take a day to be opened. */
const HOURS = 24;

/**
 * Makes what opens the page for a new password, once and within a day, as better-auth makes it for
 * a mail: only its hash is stored.
 */
export async function createResetToken(
  tx: Queryable,
  random: Random,
  userId: string,
): Promise<string> {
  const token = randomText(random);
  const identifier = createHash('sha256').update(`reset-password:${token}`).digest('base64url');
  await tx.query(
    `insert into auth.verification (id, identifier, value, "expiresAt")
     values ($1, $2, $3, now() + make_interval(hours => $4))`,
    [randomText(random), identifier, userId, HOURS],
  );
  return token;
}
