import { z } from '@hono/zod-openapi';
import { SIGNING_ALGORITHMS } from '../../../auth/index.ts';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';
import { IdParam } from '../fields.ts';

const Claim = z.string().min(1).max(200).describe("A claim's name, or a path such as 'a.plan'.");

export const Issuer = z
  .object({
    id: z.string(),
    object: z.literal('issuer'),
    is_shared: z.boolean().describe('The operator lets all platforms believe it.'),
    issuer: z.string(),
    jwks_url: z.string(),
    audience: z.string().nullable(),
    algorithms: z.array(z.enum(SIGNING_ALGORITHMS)),
    user_claim: z.string(),
    platform_claim: z.string().nullable(),
    plan_claim: z.string().nullable(),
  })
  .openapi('Issuer');

const NewIssuer = z
  .object({
    issuer: z.string().min(1).max(500).describe('The claim `iss` of its tokens, to the letter.'),
    jwks_url: z
      .url({ protocol: /^https?$/ })
      .max(500)
      .describe('Where it publishes its keys.'),
    audience: z.string().min(1).max(500).optional().describe('The claim `aud` of its tokens.'),
    algorithms: z.array(z.enum(SIGNING_ALGORITHMS)).min(1).max(10).default(['RS256']),
    user_claim: Claim.default('sub'),
    platform_claim: Claim.optional().describe('Names the platform: needed without an audience.'),
    plan_claim: Claim.optional(),
  })
  .strict();

const body = { required: true, content: { 'application/json': { schema: NewIssuer } } };
const List = z.object({ object: z.literal('list'), data: z.array(Issuer) });
const params = z.object({ issuer: IdParam });

export const listIssuers = manageRoute('admin', {
  method: 'get',
  path: '/issuers',
  operationId: 'issuers.list',
  summary: 'List the identity providers whose tokens the platform believes',
  responses: { 200: json('All of its own.', List) },
});

export const createIssuer = manageRoute('admin', {
  method: 'post',
  path: '/issuers',
  operationId: 'issuers.create',
  summary: "Believe the tokens of the platform's own identity provider",
  request: { body },
  responses: { 201: json('The issuer.', Issuer) },
});

export const removeIssuer = manageRoute('admin', {
  method: 'delete',
  path: '/issuers/{issuer}',
  operationId: 'issuers.remove',
  summary: 'Believe the tokens of an identity provider no more',
  request: { params },
  responses: { 200: json('What it was.', Issuer) },
});

export const tryToken = manageRoute('admin', {
  method: 'post',
  path: '/issuers/try',
  operationId: 'issuers.try',
  summary: 'See whom a token would be believed to be',
  description: 'A refusal has the same code and text as the one that the bearer would get.',
  request: {
    body: {
      required: true,
      content: {
        'application/json': { schema: z.object({ token: z.string().min(1).max(8_192) }).strict() },
      },
    },
  },
  responses: {
    200: json(
      'Whom it speaks for.',
      z.object({ object: z.literal('bearer'), user: z.string(), plan: z.string().nullable() }),
    ),
  },
});

export const listSharedIssuers = manageRoute('operator', {
  method: 'get',
  path: '/instance/issuers',
  operationId: 'instance.list_issuers',
  summary: 'List the identity providers that all platforms believe',
  responses: { 200: json('All of them.', List) },
});

export const createSharedIssuer = manageRoute('operator', {
  method: 'post',
  path: '/instance/issuers',
  operationId: 'instance.create_issuer',
  summary: 'Let all platforms believe an identity provider that names them in a claim',
  request: { body },
  responses: { 201: json('The issuer.', Issuer) },
});
