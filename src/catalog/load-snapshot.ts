import type { Queryable } from '../db/index.ts';
import { type Log, type SecretBox, SecretUnreadable } from '../kernel/index.ts';
import type { PriceBook } from '../pricing/index.ts';
import { loadPriceBooks, type PriceBooks } from './price-books.ts';
import { type PriceVersion, priceAt } from './price-timeline.ts';
import type { ProductKind } from './product-kind.ts';
import { loadResales, type Resale } from './resales.ts';

/** One way to a product: an upstream, opened, and that upstream's name for the model. */
export interface Route {
  /** Undefined for the demo provider, which answers test keys whatever is set up. */
  readonly upstreamId: bigint | undefined;
  readonly upstreamName: string;
  readonly baseUrl: string;
  /** The provider's key in clear; undefined where it needs none. Never to be written anywhere. */
  readonly credential: string | undefined;
  readonly upstreamModel: string;
  readonly priority: number;
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** A seller chose the address: it must not lead into the operator's network. */
  readonly isGuarded?: boolean;
}

/** A product as the gateway needs it. Immutable: a later state is another object. */
export interface Product {
  readonly id: bigint;
  readonly platformId: bigint;
  readonly slug: string;
  readonly kind: ProductKind;
  readonly name: string;
  readonly ownedBy: string;
  readonly active: boolean;
  readonly contextTokens: number | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly estimateFactorThousandths: number;
  readonly createdAt: Date;
  /** Routes through active upstreams, the one to try first at the front. */
  readonly routes: readonly Route[];
  /** The price of now in the platform's default unit, else in the first unit that has one. */
  readonly price: PriceBook | undefined;
  /** That and the versions to come, the preferred unit first, each unit in the order of time. */
  readonly prices: readonly PriceVersion[];
  /** Set where the product is another platform's, sold on. It has no routes of its own then. */
  readonly resale: Resale | undefined;
}

interface ProductRow {
  id: bigint;
  platform_id: bigint;
  slug: string;
  kind: ProductKind;
  name: string;
  owned_by: string;
  active: boolean;
  context_tokens: number | null;
  max_output_tokens: number | null;
  estimate_factor_thousandths: number;
  created_at: Date;
  now_ms: number;
  versions: { id: string; from: number; until: number | null }[] | null;
}

interface RouteRow {
  product_id: bigint;
  upstream_id: bigint;
  upstream_model: string;
  priority: number;
}

interface UpstreamRow {
  id: bigint;
  name: string;
  base_url: string;
  credential: Buffer | null;
  first_byte_timeout_ms: number;
  idle_timeout_ms: number;
  set_by: 'operator' | 'seller';
}

/** Products as they were at an instant of the database's clock (milliseconds, exact). */
export interface Loaded {
  readonly products: Product[];
  readonly freshBooks: PriceBooks;
  /** Undefined when there is no product. */
  readonly atMs: number | undefined;
}

// One instant for all prices. What has ended is left out; what is to come is read ahead, so that
// every process changes over at the same instant without being told.
const PRODUCTS = `
  with instant as materialized (select clock_timestamp() as at)
  select p.id, p.platform_id, p.slug, p.kind, p.name, p.owned_by, p.active, p.context_tokens,
    p.max_output_tokens, (p.estimate_factor * 1000)::int as estimate_factor_thousandths,
    p.created_at, extract(epoch from instant.at)::float8 * 1000 as now_ms, (
      select json_agg(json_build_object('id', price.id::text,
          'from', extract(epoch from price.valid_from)::float8 * 1000,
          'until', extract(epoch from price.valid_until)::float8 * 1000)
        order by price.unit <> platform.default_unit, price.unit, price.valid_from)
      from price where price.product_id = p.id and price.kind = 'sale'
        and (price.valid_until is null or price.valid_until > instant.at
          and price.valid_until > price.valid_from)
    ) as versions
  from product p join platform on platform.id = p.platform_id cross join instant
  where p.platform_id = any ($1)
  order by p.platform_id, p.slug collate "C"`;

/**
 * Reads the products of some platforms with their routes and prices. Price books that are `known`
 * are kept as they are, because a published price never changes.
 */
export async function loadProducts(
  db: Queryable,
  options: {
    readonly platformIds: readonly bigint[];
    readonly known: PriceBooks;
    readonly secrets: SecretBox;
    readonly log: Log;
  },
): Promise<Loaded> {
  const rows = await db.query<ProductRow>(PRODUCTS, [options.platformIds]);
  const priceIds = rows.flatMap((row) => (row.versions ?? []).map(({ id }) => BigInt(id)));
  const freshBooks = await loadPriceBooks(
    db,
    priceIds.filter((id) => !options.known.has(id)),
  );
  const bookOf = (id: bigint) => options.known.get(id) ?? freshBooks.get(id);
  const routes = await loadRoutes(db, options);
  const resales = await loadResales(db, options.platformIds);
  const linked = (id: bigint) => ({ routes: routes.get(id) ?? [], resale: resales.get(id) });
  const products = rows.map((row) => {
    const prices = (row.versions ?? []).flatMap(({ id, from, until }) => {
      const book = bookOf(BigInt(id));
      return book === undefined ? [] : [{ book, fromMs: from, untilMs: until ?? Infinity }];
    });
    return { ...fieldsOf(row), ...priced(prices, row.now_ms), ...linked(row.id) };
  });
  return { products, freshBooks, atMs: rows[0]?.now_ms };
}

const priced = (prices: readonly PriceVersion[], atMs: number) => ({
  prices,
  price: priceAt(prices, atMs),
});

function fieldsOf(row: ProductRow) {
  return {
    id: row.id,
    platformId: row.platform_id,
    slug: row.slug,
    kind: row.kind,
    name: row.name,
    ownedBy: row.owned_by,
    active: row.active,
    contextTokens: row.context_tokens ?? undefined,
    maxOutputTokens: row.max_output_tokens ?? undefined,
    estimateFactorThousandths: row.estimate_factor_thousandths,
    createdAt: row.created_at,
  };
}

async function loadRoutes(
  db: Queryable,
  parts: {
    readonly platformIds: readonly bigint[];
    readonly secrets: SecretBox;
    readonly log: Log;
  },
): Promise<Map<bigint, Route[]>> {
  const { platformIds, secrets, log } = parts;
  const upstreams = await db.query<UpstreamRow>(
    `select id, name, base_url, credential, first_byte_timeout_ms, idle_timeout_ms, set_by
     from upstream where active and platform_id = any ($1)`,
    [platformIds],
  );
  const opened = new Map(upstreams.flatMap((row) => openUpstream(row, secrets, log)));
  const rows = await db.query<RouteRow>(
    `select product_id, upstream_id, upstream_model, priority from product_route
     where platform_id = any ($1) order by priority, upstream_id`,
    [platformIds],
  );
  const routes = new Map<bigint, Route[]>();
  for (const row of rows) {
    const upstream = opened.get(row.upstream_id);
    if (upstream === undefined) continue;
    const list = routes.get(row.product_id) ?? [];
    list.push({ ...upstream, upstreamModel: row.upstream_model, priority: row.priority });
    routes.set(row.product_id, list);
  }
  return routes;
}

type OpenedUpstream = Omit<Route, 'upstreamModel' | 'priority'>;

/** An upstream whose credential cannot be opened serves nothing; the others go on. */
function openUpstream(
  row: UpstreamRow,
  secrets: SecretBox,
  log: Log,
): [] | [[bigint, OpenedUpstream]] {
  try {
    const upstream = {
      upstreamId: row.id,
      upstreamName: row.name,
      baseUrl: row.base_url,
      credential: row.credential === null ? undefined : secrets.open(row.credential),
      firstByteTimeoutMs: row.first_byte_timeout_ms,
      idleTimeoutMs: row.idle_timeout_ms,
      isGuarded: row.set_by === 'seller',
    };
    return [[row.id, upstream]];
  } catch (error) {
    if (!(error instanceof SecretUnreadable)) throw error;
    log.error(
      { upstream: row.name, err: error },
      'The credential of an upstream cannot be opened; its routes are left out.',
    );
    return [];
  }
}
