import { z } from '@hono/zod-openapi';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';
import { IdParam, Instant, Name, Slug, UnitCode } from '../fields.ts';
import { GivenAmount } from '../limits.ts';
import { PriceSet } from '../price-set.ts';

export const Package = z
  .object({
    id: z.string(),
    object: z.literal('package'),
    slug: z.string(),
    name: z.string(),
    active: z.boolean().describe('Whether it is offered.'),
    unit: z.string(),
    amount: z.number().describe('The nearest number.'),
    amount_exact: z.string(),
    bonus: z.number().describe('What comes on top of it for nothing; the nearest number.'),
    bonus_exact: z.string(),
    prices: PriceSet,
    sort_order: z.int(),
    created_at: Instant,
  })
  .openapi('Package');

const terms = {
  name: Name,
  active: z.boolean(),
  amount: GivenAmount,
  bonus: GivenAmount,
  prices: PriceSet,
  sort_order: z.int().min(-1_000_000).max(1_000_000),
};
const params = z.object({ package: IdParam.describe('Slug or id.') });

export const listPackages = manageRoute('customer', {
  method: 'get',
  path: '/packages',
  operationId: 'packages.list',
  summary: "List the platform's packages in their order; a customer sees those that are offered",
  responses: {
    200: json('All of them.', z.object({ object: z.literal('list'), data: z.array(Package) })),
  },
});

export const createPackage = manageRoute('admin', {
  method: 'post',
  path: '/packages',
  operationId: 'packages.create',
  summary: 'Offer an amount of a unit, with a bonus',
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .object(terms)
            .partial()
            .extend({ slug: Slug, name: Name, unit: UnitCode, amount: GivenAmount })
            .strict(),
        },
      },
    },
  },
  responses: { 201: json('The package.', Package) },
});

export const getPackage = manageRoute('customer', {
  method: 'get',
  path: '/packages/{package}',
  operationId: 'packages.get',
  summary: 'Get a package',
  request: { params },
  responses: { 200: json('The package.', Package) },
});

export const updatePackage = manageRoute('admin', {
  method: 'patch',
  path: '/packages/{package}',
  operationId: 'packages.update',
  summary: 'Change what is sold from now on; what is not given stays',
  request: {
    params,
    body: {
      required: true,
      content: { 'application/json': { schema: z.object(terms).partial().strict() } },
    },
  },
  responses: { 200: json('The package as it is now.', Package) },
});
