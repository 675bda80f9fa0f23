import type { Queryable } from '../db/index.ts';
import { type Log, type SecretBox, SecretUnreadable } from '../kernel/index.ts';
import type { Component, PriceBook, PriceComponent } from '../pricing/index.ts';
import type { ProductKind } from './product-kind.ts';

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
  /** The current price in the platform's default unit, else in the first unit that has one. */
  readonly price: PriceBook | undefined;
}

export type PriceBooks = ReadonlyMap<bigint, PriceBook>;

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
  price_id: bigint | null;
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
}

interface ComponentRow {
  price_id: bigint;
  unit: string;
  component: Component;
  from_context_tokens: bigint;
  amount: bigint;
  per: bigint;
}

/**
 * Reads the products of some platforms with their routes and current prices. Price books that are
 * `known` are kept as they are, because a published price never changes.
 */
export async function loadProducts(
  db: Queryable,
  options: {
    readonly platformIds: readonly bigint[];
    readonly known: PriceBooks;
    readonly secrets: SecretBox;
    readonly log: Log;
  },
): Promise<{ products: Product[]; freshBooks: PriceBooks }> {
  const rows = await db.query<ProductRow>(
    `select p.id, p.platform_id, p.slug, p.kind, p.name, p.owned_by, p.active, p.context_tokens,
       p.max_output_tokens, (p.estimate_factor * 1000)::int as estimate_factor_thousandths,
       p.created_at, current.id as price_id
     from product p
     join platform on platform.id = p.platform_id
     left join lateral (
       select price.id from price
       where price.product_id = p.id and price.valid_until is null
       order by price.unit <> platform.default_unit, price.unit limit 1
     ) as current on true
     where p.platform_id = any ($1)
     order by p.platform_id, p.slug collate "C"`,
    [options.platformIds],
  );
  const priceIds = rows.flatMap((row) => row.price_id ?? []);
  const freshBooks = await loadPriceBooks(
    db,
    priceIds.filter((id) => !options.known.has(id)),
  );
  const bookOf = (id: bigint) => options.known.get(id) ?? freshBooks.get(id);
  const routes = await loadRoutes(db, options);
  const products = rows.map((row) => ({
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
    routes: routes.get(row.id) ?? [],
    price: row.price_id === null ? undefined : bookOf(row.price_id),
  }));
  return { products, freshBooks };
}

/** Reads price versions, current or ended, by their ids. */
export async function loadPriceBooks(
  db: Queryable,
  priceIds: readonly bigint[],
): Promise<PriceBooks> {
  if (priceIds.length === 0) return new Map();
  const rows = await db.query<ComponentRow>(
    `select c.price_id, p.unit, c.component, c.from_context_tokens, c.amount, c.per
     from price p join price_component c on (c.platform_id, c.price_id) = (p.platform_id, p.id)
     where p.id = any($1::bigint[])
     order by c.price_id, c.component, c.from_context_tokens`,
    [priceIds],
  );
  const components = new Map<bigint, PriceComponent[]>();
  const units = new Map<bigint, string>();
  for (const { price_id, unit, from_context_tokens, ...row } of rows) {
    const list = components.get(price_id) ?? [];
    list.push({ ...row, fromContextTokens: from_context_tokens });
    components.set(price_id, list);
    units.set(price_id, unit);
  }
  return new Map(
    [...components].map(([priceId, list]) => [
      priceId,
      Object.freeze({ priceId, unit: units.get(priceId) ?? '', components: Object.freeze(list) }),
    ]),
  );
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
    `select id, name, base_url, credential, first_byte_timeout_ms, idle_timeout_ms
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
