import type { Queryable } from '../db/index.ts';
import { Fault, type Ids } from '../kernel/index.ts';
import type { ProductKind } from './product-kind.ts';

export interface NewProduct {
  readonly platformId: bigint;
  /** What callers name it: a model id of up to 200 characters. */
  readonly slug: string;
  readonly kind: ProductKind;
  /** For people; the slug where it is left out. */
  readonly name?: string | undefined;
  readonly ownedBy?: string | undefined;
  readonly contextTokens?: number | undefined;
  readonly maxOutputTokens?: number | undefined;
  /** Input tokens are estimated as bytes / 2 x this, in thousandths; 1000 where left out. */
  readonly estimateFactorThousandths?: number | undefined;
}

/** Adds a product. Throws the Fault `product_exists` (409) where the platform has that slug. */
export async function createProduct(db: Queryable, ids: Ids, product: NewProduct): Promise<bigint> {
  const [row] = await db.query<{ id: bigint }>(
    `insert into product (id, platform_id, slug, kind, name, owned_by, context_tokens,
       max_output_tokens, estimate_factor)
     values ($1, $2, $3, $4, $5, coalesce($6, 'farebox'), $7, $8, $9::numeric / 1000)
     on conflict (platform_id, slug) do nothing
     returning id`,
    [
      ids.rowId(),
      product.platformId,
      product.slug,
      product.kind,
      product.name ?? product.slug,
      product.ownedBy ?? null,
      product.contextTokens ?? null,
      product.maxOutputTokens ?? null,
      product.estimateFactorThousandths ?? 1_000,
    ],
  );
  if (row !== undefined) return row.id;
  throw new Fault({
    code: 'product_exists',
    status: 409,
    param: 'slug',
    message:
      `The platform already has a product '${product.slug}'. ` +
      'Choose another name, or publish a price for that one.',
  });
}

/** The id of a platform's product, active or not, by its slug; undefined when there is none. */
export async function findProductId(
  db: Queryable,
  platformId: bigint,
  slug: string,
): Promise<bigint | undefined> {
  const [row] = await db.query<{ id: bigint }>(
    'select id from product where platform_id = $1 and slug = $2',
    [platformId, slug],
  );
  return row?.id;
}

/** Lets an upstream serve a product, under that upstream's own name for the model. */
export interface ProductRoute {
  readonly productId: bigint;
  readonly upstreamId: bigint;
  readonly upstreamModel: string;
  /** Lower is tried first. */
  readonly priority: number;
}

/** Adds a route, or changes the model name and priority of the one between the same two. */
export async function routeProduct(
  db: Queryable,
  route: ProductRoute & { readonly platformId: bigint },
): Promise<void> {
  await routeProducts(db, route.platformId, [route]);
}

/** {@link routeProduct} for many at once; a route that is already so is not written. */
export async function routeProducts(
  db: Queryable,
  platformId: bigint,
  routes: readonly ProductRoute[],
): Promise<void> {
  await db.query(
    `insert into product_route (platform_id, product_id, upstream_id, upstream_model, priority)
     select $1, * from unnest($2::bigint[], $3::bigint[], $4::text[], $5::smallint[])
     on conflict (platform_id, product_id, upstream_id) do update
       set upstream_model = excluded.upstream_model, priority = excluded.priority
       where (product_route.upstream_model, product_route.priority)
         is distinct from (excluded.upstream_model, excluded.priority)`,
    [
      platformId,
      routes.map((route) => route.productId),
      routes.map((route) => route.upstreamId),
      routes.map((route) => route.upstreamModel),
      routes.map((route) => route.priority),
    ],
  );
}
