import { isIP } from 'node:net';
import type { Queryable } from '../db/index.ts';
import { Fault } from '../kernel/index.ts';

/** What a key may do: make calls, and read its own account's usage, wallets and calls. */
export const KEY_SCOPES = ['call', 'read'] as const;
export type KeyScope = (typeof KEY_SCOPES)[number];

/** What is set on a key beside its limits; null lets all through. */
export interface KeyProperties {
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  /** Slugs of the products that it may call. */
  readonly models: readonly string[] | null;
  /** The networks that it may be used from, as PostgreSQL writes a `cidr`. */
  readonly addresses: readonly string[] | null;
  readonly expiresAt: Date | null;
}

/** How many models, or addresses, a key may be bound to. */
const MOST_LISTED = 100;

/**
 * Checks what is given and writes it as it is stored: lists without repetition, addresses as
 * networks. Faults: `invalid_key` (422, `param` names the field), `models_unknown` (422).
 */
export async function checkProperties<P extends Partial<KeyProperties>>(
  db: Queryable,
  platformId: bigint,
  given: P,
): Promise<P> {
  const { name, scopes, models, addresses } = given;
  if (name !== undefined && (name.trim() === '' || name.length > 100)) {
    throw invalid('name', 'Give the key a name of 1 to 100 characters.');
  }
  if (scopes !== undefined && !scopes.some((scope) => KEY_SCOPES.includes(scope))) {
    throw invalid('scopes', "A key has at least one scope: 'call', 'read', or both.");
  }
  checkLength('models', models);
  checkLength('addresses', addresses);
  if (models) await checkModels(db, platformId, models);
  return {
    ...given,
    ...(scopes && { scopes: KEY_SCOPES.filter((scope) => scopes.includes(scope)) }),
    ...(models && { models: [...new Set(models)].sort() }),
    ...(addresses && { addresses: [...new Set(addresses.map(readNetwork))] }),
  };
}

function checkLength(param: string, list: readonly string[] | null | undefined): void {
  if (list === null || list === undefined) return;
  if (list.length >= 1 && list.length <= MOST_LISTED) return;
  throw invalid(param, `Name 1 to ${MOST_LISTED} of them, or none at all to let all through.`);
}

async function checkModels(db: Queryable, platformId: bigint, models: readonly string[]) {
  const rows = await db.query<{ slug: string }>(
    `select slug from unnest($2::text[]) slug
     where not exists (select from product p where p.platform_id = $1 and p.slug = slug.slug)`,
    [platformId, models],
  );
  if (rows.length === 0) return;
  const names = rows.map(({ slug }) => `'${slug.slice(0, 100)}'`).join(', ');
  throw new Fault({
    code: 'models_unknown',
    status: 422,
    param: 'models',
    message: `The platform has no model ${names}. GET /v1/models lists those that there are.`,
  });
}

/** An address or a network, with what it has beyond the network taken off. */
function readNetwork(text: string): string {
  const [, address = '', bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
  const family = isIP(address);
  const most = family === 4 ? 32 : 128;
  const length = bits === undefined ? most : Number(bits);
  if (family === 0 || length > most || address.includes('%')) {
    throw invalid(
      'addresses',
      'An address is one such as 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32.',
    );
  }
  return `${address}/${length}`;
}

function invalid(param: string, message: string): Fault {
  return new Fault({ code: 'invalid_key', status: 422, param, message });
}
