import type { Db } from '../db/index.ts';
import type { Ids } from '../kernel/index.ts';
import { createAccount, findAccount } from '../tenants/index.ts';
import { suspended } from './caller.ts';
import type { TokenBearer } from './issuers/issuers.ts';

/** A JWT in its compact form (RFC 7515): three parts of base64url, a JSON object first. */
export const isJwt = (text: string): boolean => /^eyJ[\w-]*\.[\w-]+\.[\w-]+$/.test(text);

/**
 * The account of somebody whom a platform's own identity provider knows, by what it calls them. It
 * is opened when they are first seen: whoever the provider lets in is a customer. Fault:
 * `account_suspended` (403).
 */
export async function accountOfBearer(
  db: Db,
  ids: Ids,
  { platformId, userId }: TokenBearer,
): Promise<bigint> {
  const by = { externalId: userId };
  let account = await findAccount(db, platformId, by);
  if (account === undefined) {
    try {
      account = await db.transaction((tx) => createAccount(tx, ids, { platformId, ...by }));
    } catch (error) {
      // Somebody else has opened it in this very moment.
      account = await findAccount(db, platformId, by);
      if (account === undefined) throw error;
    }
  }
  if (account.status !== 'active') throw suspended();
  return account.id;
}
