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

export const getMe = manageRoute('user', {
  method: 'get',
  path: '/me',
  operationId: 'me.get',
  summary: 'Who you are, and where you belong',
  responses: { 200: json('You.', Me) },
});
