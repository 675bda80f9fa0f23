import { z } from '@hono/zod-openapi';
import { json } from '../../responses.ts';
import { params, Wallet } from '../accounts/contract.ts';
import { ExactAmount, shownAmount } from '../amounts.ts';
import { manageRoute } from '../contract.ts';
import { Reason, UnitCode } from '../fields.ts';
import { GivenAmount } from '../limits.ts';
import { listOf } from '../lists.ts';

const body = <S extends z.ZodType>(schema: S) => ({
  required: true,
  content: { 'application/json': { schema } },
});

export const Reference = z
  .string()
  .trim()
  .min(1)
  .max(255)
  .describe('Names this act in the books: the same one never moves value twice.');

const Adjustment = z
  .object({
    object: z.literal('adjustment'),
    account: z.string(),
    unit: z.string(),
    amount: shownAmount('What the balance changed by'),
    amount_exact: ExactAmount,
    balance_before: shownAmount('The balance before'),
    balance_before_exact: ExactAmount,
    balance_after: shownAmount('The balance since'),
    balance_after_exact: ExactAmount,
    grant: z.string().nullable().describe('The grant that gave, of a positive one.'),
    reference: z.string(),
    reason: z.string(),
    created: z.boolean().describe('False when this reference did it before: nothing changed now.'),
  })
  .openapi('Adjustment');

export const listWallets = manageRoute('customer', {
  method: 'get',
  path: '/accounts/{account}/wallets',
  operationId: 'wallets.list',
  summary: "List an account's wallets, by unit",
  request: { params },
  responses: { 200: json('All of its wallets.', listOf(Wallet)) },
});

export const openWallet = manageRoute('support', {
  method: 'post',
  path: '/accounts/{account}/wallets',
  operationId: 'wallets.create',
  summary: 'Open a wallet in a unit of the platform; a second time answers with the first',
  request: { params, body: body(z.object({ unit: UnitCode }).strict()) },
  responses: { 201: json('The wallet.', Wallet) },
});

export const adjustWallet = manageRoute('admin', {
  method: 'post',
  path: '/accounts/{account}/adjustments',
  operationId: 'adjustments.create',
  summary: 'Give value, or take back what is available of it',
  request: {
    params,
    body: body(
      z
        .object({
          amount: GivenAmount.describe('Above zero gives, below zero takes.'),
          unit: UnitCode,
          reason: Reason,
          reference: Reference.optional(),
        })
        .strict(),
    ),
  },
  responses: { 201: json('What became of it.', Adjustment) },
});

export const setBalance = manageRoute('admin', {
  method: 'post',
  path: '/accounts/{account}/balance',
  operationId: 'balance.set',
  summary: 'Set the balance of a wallet, by an adjustment of the difference',
  request: {
    params,
    body: body(
      z
        .object({
          balance: GivenAmount.describe('What it shall be; not below what is held.'),
          unit: UnitCode,
          reason: Reason,
          reference: Reference.optional(),
        })
        .strict(),
    ),
  },
  responses: { 201: json('What became of it.', Adjustment) },
});
