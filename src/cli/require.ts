import { findProductId } from '../catalog/index.ts';
import type { Queryable } from '../db/index.ts';
import { Fault, parseRowId } from '../kernel/index.ts';
import { type Account, findAccount, findPlatform, type Platform } from '../tenants/index.ts';

/** What `--platform` says in every help. */
export const PLATFORM_FLAG = ['--platform <slug>', "the platform's slug"] as const;
/** What `--account` says in every help. */
export const ACCOUNT_FLAG = ['--account <mail>', "the account's mail address or id"] as const;

/** The platform with that slug. Fault: `platform_not_found` (404). */
export async function requirePlatform(db: Queryable, slug: string): Promise<Platform> {
  const platform = await findPlatform(db, slug);
  if (platform !== undefined) return platform;
  throw new Fault({
    code: 'platform_not_found',
    status: 404,
    param: 'platform',
    message: `There is no platform '${slug}'. 'farebox platforms list' shows what there is.`,
  });
}

/** A platform's account by its id, its mail or its outside id. Fault: `account_not_found` (404). */
export async function requireAccount(
  db: Queryable,
  platform: Platform,
  name: string,
): Promise<Account> {
  const id = parseRowId('acc', name);
  const by = id !== undefined ? { id } : name.includes('@') ? { mail: name } : { externalId: name };
  const account = await findAccount(db, platform.id, by);
  if (account !== undefined) return account;
  throw new Fault({
    code: 'account_not_found',
    status: 404,
    param: 'account',
    message: `There is no account '${name}' on the platform '${platform.slug}'.`,
  });
}

/** The id of a platform's product. Fault: `product_unknown` (404). */
export async function requireProduct(
  db: Queryable,
  platform: Platform,
  slug: string,
): Promise<bigint> {
  const id = await findProductId(db, platform.id, slug);
  if (id !== undefined) return id;
  throw new Fault({
    code: 'product_unknown',
    status: 404,
    message: `The platform '${platform.slug}' has no product '${slug}'.`,
  });
}

/** How an account is called in answers: what its operator knows it by. */
export function accountName({ mail, externalId, name }: Account): string {
  return mail ?? externalId ?? name;
}

/**
 * The id of a key. Fault: `invalid_id` (422); a key given in place of its id is not repeated,
 * because errors end up in files that others read.
 */
export function readKeyId(text: string): bigint {
  const id = parseRowId('key', text);
  if (id !== undefined) return id;
  throw new Fault({
    code: 'invalid_id',
    status: 422,
    message: "This is not the id of a key. 'farebox keys list' shows it: it begins with key_.",
  });
}
