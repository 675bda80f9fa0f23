import type { Queryable } from '../db/index.ts';
import { assert, Fault, type Ids } from '../kernel/index.ts';
import type { PriceComponent, Tiering } from '../pricing/index.ts';
import { loadPriceBooks } from './price-books.ts';
import { type PriceKind, type PublishedPrice, type Publishing, publishPrices } from './prices.ts';

/** A published version of a price. It never changes; its end may be set by a later one. */
export interface PublishedVersion {
  readonly id: bigint;
  readonly productId: bigint;
  /** The product's slug. */
  readonly product: string;
  readonly kind: PriceKind;
  readonly unit: string;
  /** Decimals of the unit. */
  readonly scale: number;
  readonly version: number;
  readonly tiering: Tiering | null;
  readonly components: readonly PriceComponent[];
  readonly source: string;
  readonly note: string | null;
  readonly validFrom: Date;
  readonly validUntil: Date | null;
  /** `withdrawn`: another took its place before it began. */
  readonly status: 'scheduled' | 'current' | 'ended' | 'withdrawn';
}

const SELECT = `
  select p.id, p.product_id as "productId", product.slug as product, p.kind, p.unit, u.scale,
    p.version, p.tiering, p.source, p.note, p.valid_from as "validFrom",
    p.valid_until as "validUntil", case
      when p.valid_until = p.valid_from then 'withdrawn'
      when p.valid_from > clock_timestamp() then 'scheduled'
      when p.valid_until <= clock_timestamp() then 'ended'
      else 'current' end as status
  from price p
  join product on product.platform_id = p.platform_id and product.id = p.product_id
  join unit u on u.platform_id = p.platform_id and u.code = p.unit
  where p.platform_id = $1`;

export interface VersionFilter {
  readonly productId?: bigint | undefined;
  readonly kind?: PriceKind | undefined;
  readonly unit?: string | undefined;
  /** The last version of the page before. */
  readonly after?: bigint | undefined;
  readonly limit: number;
}

/** A platform's versions, the newest first. */
export async function listPriceVersions(
  db: Queryable,
  platformId: bigint,
  { productId, kind, unit, after, limit }: VersionFilter,
): Promise<PublishedVersion[]> {
  const rows = await db.query<Omit<PublishedVersion, 'components'>>(
    `${SELECT} and ($2::bigint is null or p.product_id = $2) and ($3::text is null or p.kind = $3)
       and ($4::text is null or p.unit = $4) and ($5::bigint is null or p.id < $5)
     order by p.id desc limit $6`,
    [platformId, productId ?? null, kind ?? null, unit ?? null, after ?? null, limit],
  );
  return withComponents(db, rows);
}

/** A version by its id; Fault `price_not_found` (404) where the platform has none of that id. */
export async function requirePriceVersion(
  db: Queryable,
  platformId: bigint,
  priceId: bigint | undefined,
): Promise<PublishedVersion> {
  const rows = await db.query<Omit<PublishedVersion, 'components'>>(`${SELECT} and p.id = $2`, [
    platformId,
    priceId ?? 0n,
  ]);
  const [version] = await withComponents(db, rows);
  if (version === undefined) throw priceNotFound();
  return version;
}

/** The version that goes now for such a price; undefined where there is none. */
export async function currentPriceVersion(
  db: Queryable,
  platformId: bigint,
  price: { readonly productId: bigint; readonly kind: PriceKind; readonly unit: string },
): Promise<PublishedVersion | undefined> {
  const rows = await db.query<Omit<PublishedVersion, 'components'>>(
    `${SELECT} and p.product_id = $2 and p.kind = $3 and p.unit = $4
       and p.valid_from <= clock_timestamp()
       and (p.valid_until is null or p.valid_until > clock_timestamp())`,
    [platformId, price.productId, price.kind, price.unit],
  );
  const [version] = await withComponents(db, rows);
  return version;
}

/** The version before another one of the same price; undefined for the first. */
export async function priceBefore(
  db: Queryable,
  platformId: bigint,
  { productId, kind, unit, version }: PublishedVersion,
): Promise<PublishedVersion | undefined> {
  const rows = await db.query<Omit<PublishedVersion, 'components'>>(
    `${SELECT} and p.product_id = $2 and p.kind = $3 and p.unit = $4 and p.version < $5
     order by p.version desc limit 1`,
    [platformId, productId, kind, unit, version],
  );
  const [before] = await withComponents(db, rows);
  return before;
}

/**
 * Publishes what an earlier version said, as a new version. Faults: `price_not_found` (404), and
 * those of publishing.
 */
export async function rollBackPrice(
  tx: Queryable,
  ids: Ids,
  platformId: bigint,
  priceId: bigint | undefined,
  { at, note }: Publishing & { readonly note?: string | undefined },
): Promise<PublishedPrice> {
  const earlier = await requirePriceVersion(tx, platformId, priceId);
  const { productId, kind, unit, components, version } = earlier;
  const price = { productId, kind, unit, components, tiering: earlier.tiering ?? undefined };
  const fresh = { ...price, note, source: `version ${version}` };
  const [published] = await publishPrices(tx, ids, platformId, [fresh], { at });
  assert(published !== undefined, 'publishing one price gives one result');
  return published;
}

/** It takes a moment until every process knows, so one that begins at once cannot be taken back. */
const SCHEDULED = `valid_from > clock_timestamp() + interval '5 seconds'
  and valid_until is distinct from valid_from`;

/**
 * Takes back a version that has not begun: the one before it goes on. Faults: `price_not_found`
 * (404), `price_in_effect` (409) for one that has begun, or begins within five seconds.
 */
export async function withdrawPrice(
  tx: Queryable,
  platformId: bigint,
  priceId: bigint | undefined,
): Promise<void> {
  const { id, productId, kind, unit } = await requirePriceVersion(tx, platformId, priceId);
  await tx.query('select from product where platform_id = $1 and id = $2 for no key update', [
    platformId,
    productId,
  ]);
  const [scheduled] = await tx.query<{ from: string; until: string | null }>(
    `select valid_from::text as from, valid_until::text as until from price
     where platform_id = $1 and id = $2 and ${SCHEDULED}`,
    [platformId, id],
  );
  if (scheduled === undefined) {
    throw new Fault({
      code: 'price_in_effect',
      status: 409,
      message:
        'This version has begun, or begins in a moment, or was taken back. Publish another one.',
    });
  }
  await tx.query('update price set valid_until = valid_from where platform_id = $1 and id = $2', [
    platformId,
    id,
  ]);
  await tx.query(
    `update price set valid_until = $6::timestamptz
     where platform_id = $1 and product_id = $2 and kind = $3 and unit = $4
       and valid_until = $5::timestamptz and valid_from < $5::timestamptz`,
    [platformId, productId, kind, unit, scheduled.from, scheduled.until],
  );
}

async function withComponents(
  db: Queryable,
  rows: readonly Omit<PublishedVersion, 'components'>[],
): Promise<PublishedVersion[]> {
  const books = await loadPriceBooks(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({ ...row, components: books.get(row.id)?.components ?? [] }));
}

function priceNotFound(): Fault {
  return new Fault({
    code: 'price_not_found',
    status: 404,
    message: 'There is no such price for you.',
  });
}
