import { z } from '@hono/zod-openapi';
import { json } from '../../responses.ts';
import { params } from '../accounts/contract.ts';
import { ExactAmount, shownAmount } from '../amounts.ts';
import { manageRoute } from '../contract.ts';
import { Instant, UnitCode } from '../fields.ts';
import { listOf, Page } from '../lists.ts';

const Transaction = z
  .object({
    id: z.string(),
    object: z.literal('transaction'),
    unit: z.string(),
    kind: z.string().describe('call, grant, adjustment, expiry, merge, ...'),
    amount: shownAmount('What it changed the balance by: below zero where value left'),
    amount_exact: ExactAmount,
    balance_before: shownAmount('The balance before'),
    balance_before_exact: ExactAmount,
    balance_after: shownAmount('The balance after'),
    balance_after_exact: ExactAmount,
    call: z.string().nullable(),
    grant: z.string().nullable(),
    source: z.string().nullable().describe('Of a grant: bonus, purchase, refund, ...'),
    reference: z.string().nullable(),
    reason: z.string().nullable(),
    at: Instant,
  })
  .openapi('Transaction');

export const listTransactions = manageRoute('customer', {
  method: 'get',
  path: '/accounts/{account}/transactions',
  operationId: 'transactions.list',
  summary: 'List what changed the balance of a wallet, newest first',
  request: {
    params,
    query: Page.extend({
      after: z.string().max(200).optional().describe('The last id of the page before this one.'),
      unit: UnitCode.optional().describe("The wallet's unit; the platform's default unless given."),
    }),
  },
  responses: {
    200: json(
      'A page of movements. The list ends where calls are older than the instance keeps them.',
      listOf(Transaction),
    ),
  },
});
