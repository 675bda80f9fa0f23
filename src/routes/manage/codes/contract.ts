import { z } from '@hono/zod-openapi';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';
import { IdParam, Instant, UnitCode } from '../fields.ts';
import { GivenAmount } from '../limits.ts';
import { listOf, Page } from '../lists.ts';

const shape = {
  id: z.string(),
  object: z.literal('redemption_code'),
  preview: z.string(),
  unit: z.string(),
  amount: z.number().describe('The nearest number.'),
  amount_exact: z.string(),
  package: z.string().nullable(),
  max_uses: z.int(),
  uses: z.int(),
  once_per_account: z.boolean(),
  expires_at: Instant.nullable(),
  status: z.enum(['active', 'revoked']),
  note: z.string().nullable(),
  created_at: Instant,
};

export const Code = z.object(shape).openapi('RedemptionCode');
const NewCode = z
  .object({ ...shape, code: z.string().describe('The code itself: shown here, once.') })
  .openapi('NewRedemptionCode');

export const Redemption = z
  .object({
    object: z.literal('redemption'),
    code: z.string().describe('The id of the code.'),
    grant: z.string().describe('The id of the grant that it gave.'),
    unit: z.string(),
    amount: z.number().describe('The nearest number.'),
    amount_exact: z.string(),
    balance: z.number().describe('Of the wallet, with it; the nearest number.'),
    balance_exact: z.string(),
  })
  .openapi('Redemption');

export const listCodes = manageRoute('support', {
  method: 'get',
  path: '/codes',
  operationId: 'codes.list',
  summary: 'List redemption codes, newest first',
  request: { query: Page },
  responses: { 200: json('A page of codes.', listOf(Code)) },
});

export const createCodes = manageRoute('admin', {
  method: 'post',
  path: '/codes',
  operationId: 'codes.create',
  summary: 'Make redemption codes; they are shown once',
  description: 'They give an amount of a unit, or what a package has with its bonus.',
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .object({
              count: z.int().min(1).max(1_000).default(1),
              prefix: z
                .string()
                .regex(/^[A-Za-z0-9]{1,12}$/)
                .default('FB'),
              unit: UnitCode.optional(),
              amount: GivenAmount.optional(),
              package: z.string().min(1).max(100).optional().describe('Slug or id.'),
              max_uses: z.int().min(1).max(1_000_000_000).default(1),
              once_per_account: z.boolean().default(true),
              expires_at: Instant.optional(),
              note: z.string().trim().min(1).max(200).optional(),
            })
            .strict(),
        },
      },
    },
  },
  responses: {
    201: json('The codes.', z.object({ object: z.literal('list'), data: z.array(NewCode) })),
  },
});

export const revokeCode = manageRoute('admin', {
  method: 'delete',
  path: '/codes/{code}',
  operationId: 'codes.revoke',
  summary: 'End a code; what it gave stays',
  request: { params: z.object({ code: IdParam }) },
  responses: { 200: json('The code as it is now.', Code) },
});

export const redeemCode = manageRoute('customer', {
  method: 'post',
  path: '/accounts/{account}/redemptions',
  operationId: 'codes.redeem',
  summary: "Redeem a code into an account's wallet",
  request: {
    params: z.object({ account: IdParam }),
    body: {
      required: true,
      content: {
        'application/json': { schema: z.object({ code: z.string().min(1).max(100) }).strict() },
      },
    },
  },
  responses: { 201: json('What it gave.', Redemption) },
});
