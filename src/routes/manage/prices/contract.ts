import { z } from '@hono/zod-openapi';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';
import { IdParam, Instant, UnitCode } from '../fields.ts';
import { listOf, Page } from '../lists.ts';
import { Diff, KINDS, Price } from './body.ts';

const params = z.object({ price: IdParam });

/** When something begins to go. */
export const At = Instant.optional().describe('From when on; now where it is left out or past.');
export const Note = z.string().trim().min(1).max(500).describe('What people should know of it.');

export const listPrices = manageRoute('viewer', {
  method: 'get',
  path: '/prices',
  operationId: 'prices.list',
  summary: 'List published versions of prices, the newest first',
  request: {
    query: Page.extend({
      product: z.string().max(200).optional().describe('Only of this product: id or slug.'),
      kind: z.enum(KINDS).optional(),
      unit: UnitCode.optional(),
    }),
  },
  responses: { 200: json('A page of versions.', listOf(Price)) },
});

export const getPrice = manageRoute('viewer', {
  method: 'get',
  path: '/prices/{price}',
  operationId: 'prices.get',
  summary: 'Get a published version',
  request: { params },
  responses: { 200: json('The version.', Price) },
});

export const diffPrice = manageRoute('viewer', {
  method: 'get',
  path: '/prices/{price}/diff',
  operationId: 'prices.diff',
  summary: 'Compare a version with an earlier one, component by component',
  request: {
    params,
    query: z.object({
      from: z
        .string()
        .max(100)
        .optional()
        .describe('The version to compare with; the one before it where it is left out.'),
    }),
  },
  responses: { 200: json('What is different.', Diff) },
});

export const rollBackPrice = manageRoute('admin', {
  method: 'post',
  path: '/prices/{price}/roll-back',
  operationId: 'prices.roll_back',
  summary: 'Publish what this version said, as a new version',
  request: {
    params,
    body: {
      content: {
        'application/json': { schema: z.object({ at: At, note: Note.optional() }).strict() },
      },
    },
  },
  responses: { 200: json('The version that says so from then on.', Price) },
});

export const withdrawPrice = manageRoute('admin', {
  method: 'post',
  path: '/prices/{price}/withdraw',
  operationId: 'prices.withdraw',
  summary: 'Take back a version that has not begun',
  request: { params },
  responses: { 200: json('The version as it is now.', Price) },
});
