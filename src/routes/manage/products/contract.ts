import { z } from '@hono/zod-openapi';
import { PRODUCT_KINDS } from '../../../catalog/index.ts';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';
import { IdParam, Instant, Name } from '../fields.ts';
import { listOf, Page } from '../lists.ts';

const ProductSlug = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}$/, 'up to 200 letters, digits and . _ : / @ + -')
  .describe('What callers name it, such as openai/gpt-5.');
const Tokens = z.int().min(1).max(1_000_000_000);
const Factor = z
  .number()
  .min(0.001)
  .max(999)
  .describe('Input tokens are estimated as bytes / 2 x this, to three decimals.');

export const Product = z
  .object({
    id: z.string(),
    object: z.literal('product'),
    slug: z.string(),
    kind: z.enum(PRODUCT_KINDS),
    name: z.string(),
    owned_by: z.string(),
    active: z.boolean(),
    context_tokens: z.int().nullable(),
    max_output_tokens: z.int().nullable(),
    estimate_factor: z.number(),
    resale_account: z
      .string()
      .nullable()
      .describe("The account that pays for it where it is another platform's, sold on."),
    created_at: Instant,
  })
  .openapi('Product');

export const Route = z
  .object({
    object: z.literal('product_route'),
    upstream: z.string().describe('The id of the upstream.'),
    upstream_name: z.string(),
    upstream_model: z.string(),
    priority: z.int(),
    active: z.boolean().describe('Whether the upstream is in use.'),
  })
  .openapi('ProductRoute');

const params = z.object({ product: IdParam.describe('The id of the product, or its slug.') });
const body = <S extends z.ZodType>(schema: S) =>
  ({ required: true, content: { 'application/json': { schema } } }) as const;

const settings = {
  name: Name,
  owned_by: Name,
  context_tokens: Tokens.nullable(),
  max_output_tokens: Tokens.nullable(),
  estimate_factor: Factor,
};

export const listProducts = manageRoute('viewer', {
  method: 'get',
  path: '/products',
  operationId: 'products.list',
  summary: 'List what the platform sells and sold, oldest first',
  request: {
    query: Page.extend({
      kind: z.enum(PRODUCT_KINDS).optional(),
      active: z.enum(['true', 'false']).optional(),
    }),
  },
  responses: { 200: json('A page of products.', listOf(Product)) },
});

export const createProduct = manageRoute('admin', {
  method: 'post',
  path: '/products',
  operationId: 'products.create',
  summary: 'Add a product; price it and route it, and it sells',
  request: {
    body: body(
      z
        .object({ slug: ProductSlug, kind: z.enum(PRODUCT_KINDS).default('chat') })
        .extend(z.object(settings).partial().shape)
        .extend({
          resale_of: z
            .object({
              account: z.string().max(100).describe("The paying account at the seller's platform."),
              product: z.string().max(200).describe("The slug of the seller's product."),
            })
            .strict()
            .optional()
            .describe('Sells another platform’s product on; it has no routes of its own then.'),
        })
        .strict(),
    ),
  },
  responses: { 201: json('The product.', Product) },
});

export const getProduct = manageRoute('viewer', {
  method: 'get',
  path: '/products/{product}',
  operationId: 'products.get',
  summary: 'Get a product',
  request: { params },
  responses: { 200: json('The product.', Product) },
});

export const updateProduct = manageRoute('admin', {
  method: 'patch',
  path: '/products/{product}',
  operationId: 'products.update',
  summary: 'Change a product; what is not given stays',
  request: { params, body: body(z.object(settings).partial().strict()) },
  responses: { 200: json('The product as it is now.', Product) },
});

const setActive = (verb: 'activate' | 'deactivate', summary: string) =>
  manageRoute('admin', {
    method: 'post',
    path: `/products/{product}/${verb}`,
    operationId: `products.${verb}`,
    summary,
    request: { params },
    responses: { 200: json('The product as it is now.', Product) },
  });

export const activateProduct = setActive('activate', 'Sell a product again');
export const deactivateProduct = setActive('deactivate', 'Sell it no more; calls of it stay');

export const listProductRoutes = manageRoute('viewer', {
  method: 'get',
  path: '/products/{product}/routes',
  operationId: 'products.list_routes',
  summary: 'List who answers a product, in the order in which they are tried',
  request: { params },
  responses: {
    200: json('The routes.', z.object({ object: z.literal('list'), data: z.array(Route) })),
  },
});

const routeParams = params.extend({ upstream: IdParam });

export const putProductRoute = manageRoute('admin', {
  method: 'put',
  path: '/products/{product}/routes/{upstream}',
  operationId: 'products.put_route',
  summary: 'Let an upstream answer a product, or change how',
  request: {
    params: routeParams,
    body: body(
      z
        .object({
          upstream_model: z
            .string()
            .min(1)
            .max(200)
            .optional()
            .describe("The upstream's name for it; the product's slug where it is left out."),
          priority: z.int().min(-32_768).max(32_767).default(0).describe('Lower is tried first.'),
        })
        .strict(),
    ),
  },
  responses: { 200: json('The route.', Route) },
});

export const deleteProductRoute = manageRoute('admin', {
  method: 'delete',
  path: '/products/{product}/routes/{upstream}',
  operationId: 'products.delete_route',
  summary: 'Let an upstream answer a product no more',
  request: { params: routeParams },
  responses: { 204: { description: 'It is gone.' } },
});
