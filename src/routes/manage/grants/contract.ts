import { z } from '@hono/zod-openapi';
import { json } from '../../responses.ts';
import { params } from '../accounts/contract.ts';
import { ExactAmount, shownAmount } from '../amounts.ts';
import { manageRoute } from '../contract.ts';
import { IdParam, Instant, Reason, UnitCode } from '../fields.ts';
import { GivenAmount } from '../limits.ts';
import { listOf, Page } from '../lists.ts';
import { Reference } from '../wallets/contract.ts';

const Source = z.enum(['allowance', 'purchase', 'bonus', 'refund', 'adjustment']);
const Priority = z.int().min(-32_768).max(32_767).describe('Lower is spent first.');

const Grant = z
  .object({
    id: z.string(),
    object: z.literal('grant'),
    account: z.string(),
    unit: z.string(),
    source: Source,
    priority: Priority,
    granted: shownAmount('What it gave'),
    granted_exact: ExactAmount,
    remaining: shownAmount('What is left of it'),
    remaining_exact: ExactAmount,
    status: z
      .enum(['open', 'spent', 'expired'])
      .describe('Expired also while calls that were running then may still draw on it.'),
    expires_at: Instant.nullable(),
    ended_at: Instant.nullable().describe('When it was ended before its time.'),
    reference: z.string(),
    reason: z.string().nullable(),
    created_at: Instant,
  })
  .openapi('Grant');

export const listGrants = manageRoute('customer', {
  method: 'get',
  path: '/accounts/{account}/grants',
  operationId: 'grants.list',
  summary: "List an account's grants, newest first",
  request: { params, query: Page },
  responses: { 200: json('A page of grants.', listOf(Grant)) },
});

export const createGrant = manageRoute('admin', {
  method: 'post',
  path: '/accounts/{account}/grants',
  operationId: 'grants.create',
  summary: 'Put value into a wallet, which is opened when there is none in the unit',
  request: {
    params,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .object({
              amount: GivenAmount,
              unit: UnitCode,
              source: Source.default('bonus'),
              reason: Reason,
              expires_at: Instant.optional(),
              priority: Priority.default(0),
              reference: Reference.optional(),
            })
            .strict(),
        },
      },
    },
  },
  responses: {
    201: json('The grant; one of that reference that was there stays as it is.', Grant),
  },
});

export const expireGrant = manageRoute('admin', {
  method: 'post',
  path: '/grants/{grant}/expire',
  operationId: 'grants.expire',
  summary: 'End a grant now; what running calls may still draw of it stays until they end',
  request: {
    params: z.object({ grant: IdParam }),
    body: {
      required: true,
      content: { 'application/json': { schema: z.object({ reason: Reason }).strict() } },
    },
  },
  responses: { 200: json('The grant as it is now.', Grant) },
});
