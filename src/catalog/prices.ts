import type { Db, Queryable } from '../db/index.ts';
import { assert, Fault, type Ids } from '../kernel/index.ts';
import type { PriceComponent, Tiering } from '../pricing/index.ts';
import { checkPrice } from './check-price.ts';
import { loadPriceBooks } from './price-books.ts';

/** What a customer pays, or what the product's provider takes from the seller for the same. */
export type PriceKind = 'sale' | 'cost';

export interface NewPrice {
  readonly productId: bigint;
  /** 'sale' where it is left out. */
  readonly kind?: PriceKind | undefined;
  readonly unit: string;
  readonly tiering?: Tiering | undefined;
  readonly components: readonly PriceComponent[];
  /** Where the price comes from: 'manual', 'litellm'. */
  readonly source: string;
  /** What people should know of it. */
  readonly note?: string | undefined;
}

/** What became of a price: `changed` is false when the product already had exactly this one. */
export interface PublishedPrice {
  readonly priceId: bigint;
  readonly changed: boolean;
}

/** When prices begin: at an instant (RFC 3339), or now where it is left out or has passed. */
export interface Publishing {
  readonly at?: string | undefined;
}

/**
 * Makes this the product's price in its unit from an instant on, or from now (the database's now).
 * The version that goes then ends at the same instant and stays as it was, for the calls that were
 * admitted under it. A price equal to that one publishes nothing. A version that was published for
 * an instant to come stays: this one ends there.
 *
 * Throws Faults: `product_unknown` (404), `unit_unknown` (422), `price_invalid` (422).
 */
export function publishPrice(
  db: Db,
  ids: Ids,
  price: NewPrice & Publishing & { readonly platformId: bigint },
): Promise<PublishedPrice> {
  return db.transaction(async (tx) => {
    const [published] = await publishPrices(tx, ids, price.platformId, [price], price);
    assert(published !== undefined, 'publishing one price gives one result');
    return published;
  });
}

/** {@link publishPrice} for many products at once, inside a transaction; results in their order. */
export async function publishPrices(
  tx: Queryable,
  ids: Ids,
  platformId: bigint,
  prices: readonly NewPrice[],
  { at }: Publishing = {},
): Promise<PublishedPrice[]> {
  for (const price of prices) checkPrice(price);
  await requireUnits(tx, platformId, prices);
  await lockProducts(tx, platformId, prices);
  const instant = await instantOf(tx, at);
  const lines = await timelinesAt(tx, platformId, prices, instant);
  const results = prices.map((price) => {
    const timeline = lines.get(keyOf(price));
    const changed = timeline?.fingerprint !== fingerprint(price);
    const priceId = changed ? ids.rowId() : (timeline?.priceId as bigint);
    return { price, timeline, changed, priceId };
  });
  const fresh = results.filter((one) => one.changed);
  if (fresh.length > 0) {
    await replacePrices(tx, platformId, fresh, instant);
    await insertComponents(tx, platformId, fresh);
  }
  return results.map(({ priceId, changed }) => ({ priceId, changed }));
}

/** The versions of one price of a product, seen from the instant at which another begins. */
interface Timeline {
  /** The version that goes for the instant; null when none does. */
  readonly priceId: bigint | null;
  readonly fingerprint: string | undefined;
  readonly lastVersion: number;
  /** Where the next one begins; null when there is none. */
  readonly nextFrom: string | null;
}

interface FreshPrice {
  readonly price: NewPrice;
  readonly priceId: bigint;
  readonly timeline: Timeline | undefined;
}

type Keyed = Pick<NewPrice, 'productId' | 'unit' | 'kind'>;
const keyOf = ({ productId, unit, kind = 'sale' }: Keyed) => `${productId} ${kind} ${unit}`;

/** The same for the same components in any order, and for no others. */
function fingerprint({ tiering, components }: Pick<NewPrice, 'tiering' | 'components'>): string {
  const lines = components.map((one) => {
    const { component, fromContextTokens, fromMonthQuantity = 0n, amount, per } = one;
    return `${component} ${fromContextTokens} ${fromMonthQuantity} ${amount} ${per}`;
  });
  return [tiering ?? '', ...lines.sort()].join('\n');
}

/** The platform counts all these units: else the Fault `unit_unknown` (422). */
export async function requireUnits(
  tx: Queryable,
  platformId: bigint,
  prices: readonly Pick<NewPrice, 'unit'>[],
): Promise<void> {
  const wanted = [...new Set(prices.map((price) => price.unit))];
  const rows = await tx.query<{ code: string }>(
    'select code from unit where platform_id = $1 and code = any($2::text[])',
    [platformId, wanted],
  );
  const missing = wanted.find((unit) => !rows.some((row) => row.code === unit));
  if (missing === undefined) return;
  throw new Fault({
    code: 'unit_unknown',
    status: 422,
    param: 'unit',
    message: `The platform has no unit '${missing}'. Use one of its units, or add that one first.`,
  });
}

/** In the order of ids, so that two publishers wait for each other instead of deadlocking. */
async function lockProducts(
  tx: Queryable,
  platformId: bigint,
  prices: readonly NewPrice[],
): Promise<void> {
  const wanted = new Set(prices.map((price) => price.productId));
  const rows = await tx.query<{ id: bigint }>(
    `select id from product where platform_id = $1 and id = any($2::bigint[])
     order by id for no key update`,
    [platformId, [...wanted]],
  );
  if (rows.length === wanted.size) return;
  throw new Fault({
    code: 'product_unknown',
    status: 404,
    param: 'product',
    message: 'The platform has no such product. Create it before publishing its price.',
  });
}

/**
 * When it is: the instant that was asked for, or now. It is read after the products are locked: the
 * transaction's own `now()` could lie before a price that another one published while this one
 * waited. As text it keeps its microseconds.
 */
async function instantOf(tx: Queryable, at: string | undefined): Promise<string> {
  const [row] = await tx.query<{ at: string }>(
    'select greatest($1::timestamptz, clock_timestamp())::text as at',
    [at ?? null],
  );
  assert(row !== undefined, 'there is a time');
  return row.at;
}

async function timelinesAt(
  tx: Queryable,
  platformId: bigint,
  prices: readonly NewPrice[],
  instant: string,
): Promise<Map<string, Timeline>> {
  const rows = await tx.query<Timeline & Required<Keyed>>(
    `select p.product_id as "productId", p.kind, p.unit, max(p.version) as "lastVersion",
       min(p.valid_from) filter (where p.valid_from > $3
         and p.valid_until is distinct from p.valid_from)::text as "nextFrom",
       min(p.id) filter (where p.valid_from <= $3
         and (p.valid_until is null or p.valid_until > $3)) as "priceId"
     from price p where p.platform_id = $1 and p.product_id = any($2::bigint[])
     group by p.product_id, p.kind, p.unit`,
    [platformId, prices.map((price) => price.productId), instant],
  );
  const books = await loadPriceBooks(
    tx,
    rows.flatMap(({ priceId }) => priceId ?? []),
  );
  const fingerprintOf = (priceId: bigint | null) => {
    const book = priceId === null ? undefined : books.get(priceId);
    return book === undefined ? undefined : fingerprint(book);
  };
  return new Map(
    rows.map((row) => [keyOf(row), { ...row, fingerprint: fingerprintOf(row.priceId) }]),
  );
}

/** One instant ends the old prices and begins the new ones, which end where the next begins. */
async function replacePrices(
  tx: Queryable,
  platformId: bigint,
  fresh: readonly FreshPrice[],
  instant: string,
): Promise<void> {
  await tx.query(
    `update price set valid_until = $3::timestamptz
     where platform_id = $1 and id = any($2::bigint[])`,
    [platformId, fresh.flatMap(({ timeline }) => timeline?.priceId ?? []), instant],
  );
  await tx.query(
    `insert into price (platform_id, valid_from, id, product_id, kind, unit, tiering, version,
       valid_until, source, note)
     select $1, $2::timestamptz, *
     from unnest($3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::int[],
       $9::timestamptz[], $10::text[], $11::text[])`,
    [
      platformId,
      instant,
      fresh.map((one) => one.priceId),
      fresh.map((one) => one.price.productId),
      fresh.map((one) => one.price.kind ?? 'sale'),
      fresh.map((one) => one.price.unit),
      fresh.map((one) => one.price.tiering ?? null),
      fresh.map((one) => (one.timeline?.lastVersion ?? 0) + 1),
      fresh.map((one) => one.timeline?.nextFrom ?? null),
      fresh.map((one) => one.price.source),
      fresh.map((one) => one.price.note ?? null),
    ],
  );
}

async function insertComponents(
  tx: Queryable,
  platformId: bigint,
  fresh: readonly FreshPrice[],
): Promise<void> {
  const rows = fresh.flatMap(({ price, priceId }) =>
    price.components.map((one) => ({ priceId, ...one })),
  );
  await tx.query(
    `insert into price_component (platform_id, price_id, component, from_context_tokens,
       from_month_quantity, amount, per)
     select $1, * from unnest($2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[],
       $7::bigint[])`,
    [
      platformId,
      rows.map((row) => row.priceId),
      rows.map((row) => row.component),
      rows.map((row) => row.fromContextTokens),
      rows.map((row) => row.fromMonthQuantity ?? 0n),
      rows.map((row) => row.amount),
      rows.map((row) => row.per),
    ],
  );
}
