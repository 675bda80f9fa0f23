import type { z } from '@hono/zod-openapi';
import {
  changeProduct,
  createProduct,
  listProductStates,
  listRoutes,
  type ProductChanges,
  type ProductState,
  removeRoute,
  requireProductState,
  requireUpstream,
  resellProduct,
  routeProduct,
} from '../../../catalog/index.ts';
import type { Queryable } from '../../../db/index.ts';
import { formatRowId, parseRowId } from '../../../kernel/index.ts';
import { notFound, shownId } from '../fields.ts';
import { pageOf, readAfter } from '../lists.ts';
import type { Act, Manage } from '../manage.ts';
import * as contract from './contract.ts';

type Settings = z.output<
  (typeof contract.updateProduct)['request']['body']['content']['application/json']['schema']
>;

export function mountProducts(manage: Manage): void {
  const { ids } = manage.parts;

  manage.mount(contract.listProducts, async (c, { tx, platformId }) => {
    const { limit, after, kind, active } = c.req.valid('query');
    const rows = await listProductStates(tx, platformId, {
      ...{ kind, after: readAfter('prd', after) ?? 0n, limit: limit + 1 },
      active: active === undefined ? undefined : active === 'true',
    });
    return c.json(pageOf(rows.map(productBody), limit), 200);
  });

  manage.mount(contract.createProduct, async (c, act) => {
    const { slug, kind, resale_of: resale, ...settings } = c.req.valid('json');
    const { tx, platformId } = act;
    const { contextTokens, maxOutputTokens, ...changes } = changesOf(settings);
    const product = {
      ...{ ...changes, platformId, slug, kind },
      contextTokens: contextTokens ?? undefined,
      maxOutputTokens: maxOutputTokens ?? undefined,
    };
    const id = await createProduct(tx, ids, product);
    if (resale !== undefined) {
      await resellProduct(tx, { ...resale, platformId, productId: id, actor: act.actor });
    }
    const after = productBody(await requireProductState(tx, platformId, { id }));
    await act.record({ action: 'product.create', subject: after.id, after });
    return c.json(after, 201);
  });

  manage.mount(contract.getProduct, async (c, { tx, platformId }) => {
    const product = await requireProduct(tx, platformId, c.req.valid('param').product);
    return c.json(productBody(product), 200);
  });

  manage.mount(contract.updateProduct, async (c, act) => {
    const changes = changesOf(c.req.valid('json'));
    return c.json(await change(act, c.req.valid('param').product, 'update', changes), 200);
  });

  for (const [route, verb, active] of [
    [contract.activateProduct, 'activate', true],
    [contract.deactivateProduct, 'deactivate', false],
  ] as const) {
    manage.mount(route, async (c, act) => {
      return c.json(await change(act, c.req.valid('param').product, verb, { active }), 200);
    });
  }

  mountRoutes(manage);
}

function mountRoutes(manage: Manage): void {
  manage.mount(contract.listProductRoutes, async (c, { tx, platformId }) => {
    const { id } = await requireProduct(tx, platformId, c.req.valid('param').product);
    const data = await routeBodies(tx, platformId, id);
    return c.json({ object: 'list' as const, data }, 200);
  });

  manage.mount(contract.putProductRoute, async (c, act) => {
    const { tx, platformId } = act;
    const { product, upstream, before } = await requireRoute(act, c.req.valid('param'));
    const { upstream_model: model, priority } = c.req.valid('json');
    const upstreamId = upstream.id;
    await routeProduct(tx, {
      ...{ platformId, productId: product.id, upstreamId, priority },
      upstreamModel: model ?? product.slug,
    });
    const after = (await routeBodies(tx, platformId, product.id)).find(
      (one) => one.upstream === formatRowId('ups', upstreamId),
    );
    if (after === undefined) throw new Error('the route was written');
    const subject = formatRowId('prd', product.id);
    await act.record({ action: 'product.put_route', subject, before, after });
    return c.json(after, 200);
  });

  manage.mount(contract.deleteProductRoute, async (c, act) => {
    const { product, upstream, before } = await requireRoute(act, c.req.valid('param'));
    const isGone = await removeRoute(act.tx, act.platformId, product.id, upstream.id);
    if (!isGone) throw notFound('product_route');
    const subject = formatRowId('prd', product.id);
    await act.record({ action: 'product.delete_route', subject, before });
    return c.body(null, 204);
  });
}

async function requireRoute(
  { tx, platformId }: Act,
  param: { readonly product: string; readonly upstream: string },
) {
  const product = await requireProduct(tx, platformId, param.product);
  const upstream = await requireUpstream(tx, platformId, parseRowId('ups', param.upstream));
  const routes = await routeBodies(tx, platformId, product.id);
  const before = routes.find((one) => one.upstream === formatRowId('ups', upstream.id));
  return { product, upstream, before };
}

/** The product of that id or slug. Fault: `product_not_found` (404). */
export function requireProduct(
  tx: Queryable,
  platformId: bigint,
  name: string,
): Promise<ProductState> {
  const id = parseRowId('prd', name);
  return requireProductState(tx, platformId, id === undefined ? { slug: name } : { id });
}

async function change(act: Act, name: string, verb: string, changes: ProductChanges) {
  const { tx, platformId } = act;
  const product = await requireProduct(tx, platformId, name);
  const before = productBody(product);
  const after = productBody(await changeProduct(tx, platformId, product, changes));
  await act.record({ action: `product.${verb}`, subject: after.id, before, after });
  return after;
}

function changesOf(settings: Settings): ProductChanges {
  const { estimate_factor: factor } = settings;
  return {
    name: settings.name,
    ownedBy: settings.owned_by,
    contextTokens: settings.context_tokens,
    maxOutputTokens: settings.max_output_tokens,
    estimateFactorThousandths: factor === undefined ? undefined : Math.round(factor * 1_000),
  };
}

function productBody(product: ProductState): z.input<typeof contract.Product> {
  return {
    id: formatRowId('prd', product.id),
    object: 'product',
    slug: product.slug,
    kind: product.kind,
    name: product.name,
    owned_by: product.ownedBy,
    active: product.active,
    context_tokens: product.contextTokens,
    max_output_tokens: product.maxOutputTokens,
    estimate_factor: product.estimateFactorThousandths / 1_000,
    resale_account: shownId('acc', product.resalePayer),
    created_at: product.createdAt.toISOString(),
  };
}

async function routeBodies(
  tx: Queryable,
  platformId: bigint,
  productId: bigint,
): Promise<z.input<typeof contract.Route>[]> {
  const routes = await listRoutes(tx, platformId, productId);
  return routes.map((route) => ({
    object: 'product_route',
    upstream: formatRowId('ups', route.upstreamId),
    upstream_name: route.upstream,
    upstream_model: route.upstreamModel,
    priority: route.priority,
    active: route.active,
  }));
}
