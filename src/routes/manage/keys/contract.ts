import { z } from '@hono/zod-openapi';
import { KEY_SCOPES, MOST_GRACE_SECONDS } from '../../../tenants/index.ts';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';
import { IdParam, Instant, Name } from '../fields.ts';
import { GivenLimits, ShownLimits } from '../limits.ts';
import { listOf, Page } from '../lists.ts';

const Status = z.enum(['active', 'expired', 'revoked']);
const Scopes = z
  .array(z.enum(KEY_SCOPES))
  .min(1)
  .max(10)
  .describe("'call': make calls; 'read': read its account's usage, wallets and calls here.");
const Models = z
  .array(z.string().min(1).max(200))
  .min(1)
  .max(100)
  .describe('The models that it may call; null for all.');
const Addresses = z
  .array(z.string().regex(/^[0-9A-Fa-f.:]{2,45}(\/\d{1,3})?$/, 'an address such as 10.0.0.0/8'))
  .min(1)
  .max(100)
  .describe('The addresses and networks that it may be used from; null for all.');

export const Key = z
  .object({
    id: z.string(),
    object: z.literal('key'),
    account: z.string(),
    name: z.string(),
    preview: z.string(),
    status: Status,
    test: z.boolean().describe('Its calls go to the demo provider and cost nothing.'),
    scheme: z.enum(['sha256', 'bcrypt']).describe('How it is stored.'),
    scopes: Scopes,
    models: Models.nullable(),
    addresses: z.array(z.string()).nullable().describe('As networks; null for all.'),
    limits: ShownLimits.describe('Its own, beside those of its account and plan.'),
    expires_at: Instant.nullable(),
    last_used_at: Instant.nullable().describe('To the minute.'),
    rotated_at: Instant.nullable(),
    retiring: z
      .array(z.object({ preview: z.string(), ends_at: Instant }))
      .describe('Its earlier texts that still work.'),
    created_at: Instant,
  })
  .openapi('Key');

const NewKey = Key.extend({
  key: z.string().describe('The key itself. It is shown here, once.'),
}).openapi('NewKey');

const params = z.object({ key: IdParam });
const given = {
  name: Name.max(100),
  scopes: Scopes,
  models: Models.nullable(),
  addresses: Addresses.nullable(),
  expires_at: Instant.nullable(),
  limits: GivenLimits,
};
const bodyOf = <S extends z.ZodType>(schema: S) => ({
  required: true,
  content: { 'application/json': { schema } },
});

export const listKeys = manageRoute('customer', {
  method: 'get',
  path: '/keys',
  operationId: 'keys.list',
  summary: 'List keys, newest first; a customer sees those of its account',
  request: {
    query: Page.extend({
      account: z.string().max(100).optional().describe('Only keys of this account.'),
      status: Status.optional(),
    }),
  },
  responses: { 200: json('A page of keys.', listOf(Key)) },
});

export const createKey = manageRoute('customer', {
  method: 'post',
  path: '/keys',
  operationId: 'keys.create',
  summary: 'Make a key for an account',
  request: {
    body: bodyOf(
      z
        .object({
          ...given,
          account: z.string().max(100).describe('Whose it is; a customer may leave it out.'),
          test: z.boolean(),
        })
        .partial()
        .required({ name: true })
        .strict(),
    ),
  },
  responses: { 201: json('The key, in clear this once.', NewKey) },
});

export const getKey = manageRoute('customer', {
  method: 'get',
  path: '/keys/{key}',
  operationId: 'keys.get',
  summary: 'Get a key, without its text',
  request: { params },
  responses: { 200: json('The key.', Key) },
});

export const updateKey = manageRoute('customer', {
  method: 'patch',
  path: '/keys/{key}',
  operationId: 'keys.update',
  summary: 'Change a key; what is not given stays',
  request: { params, body: bodyOf(z.object(given).partial().strict()) },
  responses: { 200: json('The key as it is now.', Key) },
});

export const rotateKey = manageRoute('customer', {
  method: 'post',
  path: '/keys/{key}/rotate',
  operationId: 'keys.rotate',
  summary: 'Give a key another text; id, limits and what was spent of them stay',
  request: {
    params,
    body: {
      content: {
        'application/json': {
          schema: z
            .object({
              grace_seconds: z
                .int()
                .min(0)
                .max(MOST_GRACE_SECONDS)
                .default(0)
                .describe('How long the text until now still works.'),
            })
            .strict(),
        },
      },
    },
  },
  responses: { 200: json('The key, in clear this once.', NewKey) },
});

export const revokeKey = manageRoute('customer', {
  method: 'delete',
  path: '/keys/{key}',
  operationId: 'keys.revoke',
  summary: 'End a key for good, within a second everywhere; calls under way go on',
  request: { params },
  responses: { 200: json('The key as it is now.', Key) },
});
