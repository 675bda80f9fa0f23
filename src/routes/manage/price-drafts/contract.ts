import { z } from '@hono/zod-openapi';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';
import { IdParam, UnitCode } from '../fields.ts';
import { listOf, Page } from '../lists.ts';
import { Diff, Draft, GivenComponent, KINDS, Price, TIERINGS } from '../prices/body.ts';
import { At, Note } from '../prices/contract.ts';
import { DryRun } from './dry-run-body.ts';

const params = z.object({ draft: IdParam });
const Components = z.array(GivenComponent).min(1).max(200);
const Source = z.string().trim().min(1).max(100).describe('Where it comes from.');
const body = <S extends z.ZodType>(schema: S) =>
  ({ required: true, content: { 'application/json': { schema } } }) as const;

export const listDrafts = manageRoute('viewer', {
  method: 'get',
  path: '/price-drafts',
  operationId: 'price_drafts.list',
  summary: 'List prices that are being worked on, oldest first',
  request: {
    query: Page.extend({
      product: z.string().max(200).optional().describe('Only of this product: id or slug.'),
    }),
  },
  responses: { 200: json('A page of drafts.', listOf(Draft)) },
});

export const createDraft = manageRoute('admin', {
  method: 'post',
  path: '/price-drafts',
  operationId: 'price_drafts.create',
  summary: 'Begin a price; nothing sells by it until it is published',
  request: {
    body: body(
      z
        .object({
          product: z.string().min(1).max(200).describe('The id of the product, or its slug.'),
          kind: z.enum(KINDS).default('sale'),
          unit: UnitCode.optional().describe("The platform's default unit where it is left out."),
          tiering: z.enum(TIERINGS).optional(),
          components: Components,
          source: Source.default('manual'),
          note: Note.optional(),
        })
        .strict(),
    ),
  },
  responses: { 201: json('The draft.', Draft) },
});

export const getDraft = manageRoute('viewer', {
  method: 'get',
  path: '/price-drafts/{draft}',
  operationId: 'price_drafts.get',
  summary: 'Get a draft',
  request: { params },
  responses: { 200: json('The draft.', Draft) },
});

export const updateDraft = manageRoute('admin', {
  method: 'patch',
  path: '/price-drafts/{draft}',
  operationId: 'price_drafts.update',
  summary: 'Change a draft; what is not given stays',
  request: {
    params,
    body: body(
      z
        .object({
          tiering: z.enum(TIERINGS).nullable(),
          components: Components,
          source: Source,
          note: Note.nullable(),
        })
        .partial()
        .strict(),
    ),
  },
  responses: { 200: json('The draft as it is now.', Draft) },
});

export const deleteDraft = manageRoute('admin', {
  method: 'delete',
  path: '/price-drafts/{draft}',
  operationId: 'price_drafts.delete',
  summary: 'Throw a draft away',
  request: { params },
  responses: { 204: { description: 'It is gone.' } },
});

export const diffDraft = manageRoute('viewer', {
  method: 'get',
  path: '/price-drafts/{draft}/diff',
  operationId: 'price_drafts.diff',
  summary: 'Compare a draft with the price that goes now',
  request: { params },
  responses: { 200: json('What is different.', Diff) },
});

export const publishDraft = manageRoute('admin', {
  method: 'post',
  path: '/price-drafts/{draft}/publish',
  operationId: 'price_drafts.publish',
  summary: 'Make a draft the price, now or at an instant',
  request: {
    params,
    body: {
      content: { 'application/json': { schema: z.object({ at: At }).strict() } },
    },
  },
  responses: { 200: json('The published version; the draft is gone.', Price) },
});

export const dryRunDrafts = manageRoute('viewer', {
  method: 'post',
  path: '/price-drafts/dry-run',
  operationId: 'price_drafts.dry_run',
  summary: 'Price the real calls of the last days by drafts, without changing anything',
  request: {
    body: body(
      z
        .object({
          drafts: z.array(z.string().max(100)).min(1).max(100).describe('Ids of drafts.'),
          days: z.int().min(1).max(366).default(30),
        })
        .strict(),
    ),
  },
  responses: { 200: json('What the drafts would have changed.', DryRun) },
});
