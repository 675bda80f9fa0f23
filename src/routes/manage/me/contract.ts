import { z } from '@hono/zod-openapi';
import { ROLES } from '../../../tenants/index.ts';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';

export const Me = z
  .object({
    object: z.literal('me'),
    user: z.object({ id: z.string(), mail: z.string(), name: z.string() }),
    is_operator: z.boolean(),
    memberships: z.array(
      z.object({
        platform: z.string(),
        platform_id: z.string(),
        platform_name: z.string(),
        role: z.enum([...ROLES, 'customer']),
        account: z.string().nullable().describe('Of a customer: the account.'),
        account_name: z.string().nullable(),
      }),
    ),
  })
  .openapi('Me');

export const Caller = z
  .object({
    object: z.literal('caller'),
    kind: z.enum(['user', 'token', 'key', 'operator', 'system']),
    id: z.string().nullable(),
    label: z.string().describe('The mail address of a person, the name of a token.'),
    role: z.enum([...ROLES, 'customer']),
    is_operator: z.boolean(),
    platform: z.string(),
    platform_id: z.string(),
    account: z.string().nullable().describe('Of a customer: the account.'),
  })
  .openapi('Caller');

export const getCaller = manageRoute('customer', {
  method: 'get',
  path: '/me/caller',
  operationId: 'me.caller',
  summary: 'As whom, and for which platform, this very request is made: of tokens, too',
  responses: { 200: json('The caller.', Caller) },
});

export const getMe = manageRoute('user', {
  method: 'get',
  path: '/me',
  operationId: 'me.get',
  summary: 'Who you are, and where you belong',
  responses: { 200: json('You.', Me) },
});
