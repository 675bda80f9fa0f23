import { z } from '@hono/zod-openapi';
import { ROLES } from '../../../tenants/index.ts';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';
import { IdParam, Instant, Name } from '../fields.ts';
import { listOf, Page } from '../lists.ts';

export const AccessToken = z
  .object({
    id: z.string(),
    object: z.literal('access_token'),
    name: z.string(),
    role: z.enum(ROLES),
    preview: z.string(),
    status: z.enum(['active', 'revoked']),
    expires_at: Instant.nullable(),
    last_used_at: Instant.nullable(),
    created_at: Instant,
  })
  .openapi('AccessToken');

const NewAccessToken = AccessToken.extend({
  token: z.string().describe('The token itself. It is shown here, once.'),
}).openapi('NewAccessToken');

export const listTokens = manageRoute('admin', {
  method: 'get',
  path: '/tokens',
  operationId: 'tokens.list',
  summary: 'List the access tokens of the platform, newest first',
  request: { query: Page },
  responses: { 200: json('A page of tokens.', listOf(AccessToken)) },
});

export const createToken = manageRoute('admin', {
  method: 'post',
  path: '/tokens',
  operationId: 'tokens.create',
  summary: 'Make an access token for a program of yours',
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z
            .object({
              name: Name.max(100),
              role: z.enum(ROLES).describe('What it may do: at most what you may.'),
              expires_at: Instant.optional(),
            })
            .strict(),
        },
      },
    },
  },
  responses: { 201: json('The token, in clear this once.', NewAccessToken) },
});

export const revokeToken = manageRoute('admin', {
  method: 'delete',
  path: '/tokens/{token}',
  operationId: 'tokens.revoke',
  summary: 'End an access token for good',
  request: { params: z.object({ token: IdParam }) },
  responses: { 200: json('The token as it is now.', AccessToken) },
});
