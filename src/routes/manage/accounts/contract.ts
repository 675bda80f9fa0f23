import { z } from '@hono/zod-openapi';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';
import { IdParam, Instant, Mail, Name, Reason } from '../fields.ts';
import { GivenLimits, ShownLimits } from '../limits.ts';
import { listOf, Page } from '../lists.ts';

const amount = (what: string) => z.number().describe(`${what}; the nearest number.`);
const exact = z.string().describe('The same, exact.');

export const Wallet = z
  .object({
    id: z.string(),
    object: z.literal('wallet'),
    unit: z.string(),
    balance: amount('What it holds'),
    balance_exact: exact,
    held: amount('What running calls have set aside of it'),
    held_exact: exact,
    available: amount('What is left for the next call'),
    available_exact: exact,
  })
  .openapi('Wallet');

export const Account = z
  .object({
    id: z.string(),
    object: z.literal('account'),
    mail: z.string().nullable(),
    external_id: z.string().nullable(),
    name: z.string(),
    status: z.enum(['active', 'suspended']),
    plan: z.string().nullable().describe('The slug of the plan that it is on.'),
    limits: ShownLimits.describe('Its own, beside those of its plan.'),
    wallets: z.array(Wallet),
    merged_into: z.string().nullable().describe('The account that it has become part of.'),
    created_at: Instant,
  })
  .openapi('Account');

const ExternalId = z.string().trim().min(1).max(255).describe('What the seller knows it by.');
export const params = z.object({ account: IdParam });

export const listAccounts = manageRoute('viewer', {
  method: 'get',
  path: '/accounts',
  operationId: 'accounts.list',
  summary: "List the platform's accounts, oldest first",
  request: {
    query: Page.extend({
      mail: z.string().max(254).optional().describe('Only the one with this address.'),
      external_id: z.string().max(255).optional().describe('Only the one with this outside id.'),
      q: z
        .string()
        .trim()
        .min(1)
        .max(255)
        .optional()
        .describe(
          'Only those that this means: what a mail, name or outside id begins with, the preview ' +
            'or id of a key, the id of a call or of an account.',
        ),
    }),
  },
  responses: { 200: json('A page of accounts.', listOf(Account)) },
});

export const createAccount = manageRoute('support', {
  method: 'post',
  path: '/accounts',
  operationId: 'accounts.create',
  summary: "Open an account, with a wallet in the platform's default unit",
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .object({
              mail: Mail.optional(),
              external_id: ExternalId.optional(),
              name: Name.optional(),
              limits: GivenLimits.optional(),
            })
            .strict(),
        },
      },
    },
  },
  responses: { 201: json('The account.', Account) },
});

export const getAccount = manageRoute('customer', {
  method: 'get',
  path: '/accounts/{account}',
  operationId: 'accounts.get',
  summary: 'Get an account and its wallets',
  request: { params },
  responses: { 200: json('The account.', Account) },
});

export const updateAccount = manageRoute('support', {
  method: 'patch',
  path: '/accounts/{account}',
  operationId: 'accounts.update',
  summary: 'Change an account; what is not given stays',
  request: {
    params,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .object({
              mail: Mail.nullable(),
              external_id: ExternalId.nullable(),
              name: Name,
              limits: GivenLimits,
            })
            .partial()
            .strict(),
        },
      },
    },
  },
  responses: { 200: json('The account as it is now.', Account) },
});

const setStatus = (verb: 'suspend' | 'resume', summary: string) =>
  manageRoute('support', {
    method: 'post',
    path: `/accounts/{account}/${verb}`,
    operationId: `accounts.${verb}`,
    summary,
    request: {
      params,
      body: {
        content: {
          'application/json': { schema: z.object({ reason: Reason.optional() }).strict() },
        },
      },
    },
    responses: { 200: json('The account as it is now.', Account) },
  });

export const suspendAccount = setStatus('suspend', 'Admit no call of its keys, within a second');
export const resumeAccount = setStatus('resume', 'Let a suspended account go on');
