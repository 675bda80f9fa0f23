import { z } from '@hono/zod-openapi';
import { ALLOWANCE_WINDOWS } from '../../../catalog/index.ts';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';
import { IdParam, Instant, Name, Slug, UnitCode } from '../fields.ts';
import { GivenAmount, GivenLimits, ShownLimits } from '../limits.ts';
import { PriceSet } from '../price-set.ts';

const Per = z
  .enum(ALLOWANCE_WINDOWS)
  .describe("A day or month of the platform's time zone, a month from the account's anniversary.");
const Feature = z.string().trim().min(1).max(100);
const Days = z.int().min(0).max(365);

export const Plan = z
  .object({
    id: z.string(),
    object: z.literal('plan'),
    slug: z.string(),
    name: z.string(),
    active: z.boolean().describe('Whether it is offered; who is on it stays.'),
    is_default: z.boolean().describe('The plan of every account that is on no other.'),
    allowances: z.array(
      z.object({
        unit: z.string(),
        per: Per,
        amount: z.number().describe('The nearest number.'),
        amount_exact: z.string(),
      }),
    ),
    limits: ShownLimits,
    features: z.array(z.string()),
    key_count: z.int().nullable().describe('So many keys at most; null for any number.'),
    prices: PriceSet.describe('By the month and currency; empty where it costs nothing.'),
    trial_days: z.int(),
    grace_days: z.int().describe('So long it goes on when it was not renewed.'),
    sort_order: z.int(),
    created_at: Instant,
  })
  .openapi('Plan');

const terms = {
  name: Name,
  active: z.boolean(),
  is_default: z.boolean(),
  allowances: z
    .array(z.object({ unit: UnitCode, per: Per, amount: GivenAmount }).strict())
    .max(50)
    .describe('All of them. A new one is given at once; an amount goes from the next window on.'),
  limits: GivenLimits,
  features: z.array(Feature).max(100),
  key_count: z.int().min(1).max(1_000_000).nullable(),
  prices: PriceSet,
  trial_days: Days,
  grace_days: Days,
  sort_order: z.int().min(-1_000_000).max(1_000_000),
};
const params = z.object({ plan: IdParam.describe('Slug or id.') });

export const listPlans = manageRoute('customer', {
  method: 'get',
  path: '/plans',
  operationId: 'plans.list',
  summary: "List the platform's plans in their order; a customer sees those that are offered",
  responses: {
    200: json('All of them.', z.object({ object: z.literal('list'), data: z.array(Plan) })),
  },
});

export const createPlan = manageRoute('admin', {
  method: 'post',
  path: '/plans',
  operationId: 'plans.create',
  summary: 'Make a plan',
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.object(terms).partial().extend({ slug: Slug, name: Name }).strict(),
        },
      },
    },
  },
  responses: { 201: json('The plan.', Plan) },
});

export const getPlan = manageRoute('customer', {
  method: 'get',
  path: '/plans/{plan}',
  operationId: 'plans.get',
  summary: 'Get a plan',
  request: { params },
  responses: { 200: json('The plan.', Plan) },
});

export const updatePlan = manageRoute('admin', {
  method: 'patch',
  path: '/plans/{plan}',
  operationId: 'plans.update',
  summary: 'Change a plan for everybody on it; what is not given stays',
  request: {
    params,
    body: {
      required: true,
      content: { 'application/json': { schema: z.object(terms).partial().strict() } },
    },
  },
  responses: { 200: json('The plan as it is now.', Plan) },
});
