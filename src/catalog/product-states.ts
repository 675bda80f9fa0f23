import type { Queryable } from '../db/index.ts';
import { Fault } from '../kernel/index.ts';
import type { ProductKind } from './product-kind.ts';

/** A product as its seller works on it. */
export interface ProductState {
  readonly id: bigint;
  readonly slug: string;
  readonly kind: ProductKind;
  readonly name: string;
  readonly ownedBy: string;
  readonly active: boolean;
  readonly contextTokens: number | null;
  readonly maxOutputTokens: number | null;
  readonly estimateFactorThousandths: number;
  /** The account that pays for it where it is another platform's, sold on. */
  readonly resalePayer: bigint | null;
  readonly createdAt: Date;
}

const SELECT = `
  select p.id, p.slug, p.kind, p.name, p.owned_by as "ownedBy", p.active,
    p.context_tokens as "contextTokens", p.max_output_tokens as "maxOutputTokens",
    (p.estimate_factor * 1000)::int as "estimateFactorThousandths",
    r.account_id as "resalePayer", p.created_at as "createdAt"
  from product p
  left join product_resale r on r.platform_id = p.platform_id and r.product_id = p.id
  where p.platform_id = $1`;

export interface ProductFilter {
  readonly kind?: ProductKind | undefined;
  readonly active?: boolean | undefined;
  readonly after: bigint;
  readonly limit: number;
}

/** A platform's products, active or not, oldest first. */
export function listProductStates(
  db: Queryable,
  platformId: bigint,
  { kind, active, after, limit }: ProductFilter,
): Promise<ProductState[]> {
  return db.query<ProductState>(
    `${SELECT} and p.id > $2 and ($3::text is null or p.kind = $3)
       and ($4::boolean is null or p.active = $4)
     order by p.id limit $5`,
    [platformId, after, kind ?? null, active ?? null, limit],
  );
}

/** A product by its id or its slug. Fault: `product_not_found` (404). */
export async function requireProductState(
  db: Queryable,
  platformId: bigint,
  by: { readonly id: bigint } | { readonly slug: string },
): Promise<ProductState> {
  const [condition, value] = 'id' in by ? ['p.id = $2', by.id] : ['p.slug = $2', by.slug];
  const [row] = await db.query<ProductState>(`${SELECT} and ${condition}`, [platformId, value]);
  if (row !== undefined) return row;
  throw new Fault({
    code: 'product_not_found',
    status: 404,
    message: 'There is no such product for you.',
  });
}

/** What of a product can be changed: not its slug and kind, which its calls are known by. */
export type ProductChanges = {
  readonly [K in
    | 'name'
    | 'ownedBy'
    | 'active'
    | 'contextTokens'
    | 'maxOutputTokens'
    | 'estimateFactorThousandths']?: ProductState[K] | undefined;
};

/** Changes a product; what is not given stays. */
export async function changeProduct(
  tx: Queryable,
  platformId: bigint,
  product: ProductState,
  changes: ProductChanges,
): Promise<ProductState> {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const next: ProductState = { ...product, ...Object.fromEntries(given) };
  await tx.query(
    `update product set name = $3, owned_by = $4, active = $5, context_tokens = $6,
       max_output_tokens = $7, estimate_factor = $8::numeric / 1000
     where platform_id = $1 and id = $2`,
    [
      ...[platformId, product.id, next.name, next.ownedBy, next.active, next.contextTokens],
      ...[next.maxOutputTokens, next.estimateFactorThousandths],
    ],
  );
  return next;
}

/** A way to a product, as its seller works on it. */
export interface RouteState {
  readonly upstreamId: bigint;
  readonly upstream: string;
  readonly upstreamModel: string;
  readonly priority: number;
  /** Whether the upstream is in use. */
  readonly active: boolean;
}

/** A product's routes, the one to try first at the front. */
export function listRoutes(
  db: Queryable,
  platformId: bigint,
  productId: bigint,
): Promise<RouteState[]> {
  return db.query<RouteState>(
    `select r.upstream_id as "upstreamId", u.name as upstream,
       r.upstream_model as "upstreamModel", r.priority, u.active
     from product_route r
     join upstream u on u.platform_id = r.platform_id and u.id = r.upstream_id
     where r.platform_id = $1 and r.product_id = $2 order by r.priority, r.upstream_id`,
    [platformId, productId],
  );
}

/** Takes a route away; whether it was there. */
export async function removeRoute(
  tx: Queryable,
  platformId: bigint,
  productId: bigint,
  upstreamId: bigint,
): Promise<boolean> {
  const rows = await tx.query(
    `delete from product_route where platform_id = $1 and product_id = $2 and upstream_id = $3
     returning 1`,
    [platformId, productId, upstreamId],
  );
  return rows.length > 0;
}
