import { z } from '@hono/zod-openapi';
import { json } from '../../responses.ts';
import { manageRoute } from '../contract.ts';
import { IdParam, Instant } from '../fields.ts';

export const Upstream = z
  .object({
    id: z.string(),
    object: z.literal('upstream'),
    name: z.string(),
    base_url: z.string(),
    has_credential: z.boolean().describe("Whether the provider's key is kept; it is never shown."),
    active: z.boolean(),
    first_byte_timeout_ms: z.int(),
    idle_timeout_ms: z.int(),
    set_by: z
      .enum(['operator', 'seller'])
      .describe('Who chose the address. One of a seller has to lead to the public internet.'),
    created_at: Instant,
  })
  .openapi('Upstream');

export const Probe = z
  .object({
    object: z.literal('upstream_test'),
    ok: z.boolean(),
    status: z.int().nullable().describe('Of its answer; null when none came.'),
    latency_ms: z.int(),
    problem: z.string().nullable(),
    models: z.array(z.string()).nullable().describe('What it lists, up to a hundred.'),
  })
  .openapi('UpstreamTest');

const params = z.object({ upstream: IdParam });
const BaseUrl = z
  .string()
  .min(1)
  .max(2_000)
  .describe('Where its API begins, /v1 included; `demo:` is built in.');
const Credential = z
  .string()
  .regex(/^[\x21-\x7e]{1,4096}$/, 'printable ASCII without spaces')
  .describe("The provider's key. It is sealed, and never shown again.");
const Timeout = z.int().min(100).max(3_600_000);
const body = <S extends z.ZodType>(schema: S) =>
  ({ required: true, content: { 'application/json': { schema } } }) as const;

export const listUpstreams = manageRoute('viewer', {
  method: 'get',
  path: '/upstreams',
  operationId: 'upstreams.list',
  summary: 'List who answers calls, by name',
  responses: {
    200: json('All upstreams.', z.object({ object: z.literal('list'), data: z.array(Upstream) })),
  },
});

export const createUpstream = manageRoute('admin', {
  method: 'post',
  path: '/upstreams',
  operationId: 'upstreams.create',
  summary: "Add a provider with an API like OpenAI's",
  request: {
    body: body(
      z
        .object({
          name: z.string().regex(/^[A-Za-z0-9._-]{1,100}$/, 'letters, digits and . _ -'),
          base_url: BaseUrl,
          credential: Credential.optional(),
          first_byte_timeout_ms: Timeout.optional(),
          idle_timeout_ms: Timeout.optional(),
        })
        .strict(),
    ),
  },
  responses: { 201: json('The upstream.', Upstream) },
});

export const updateUpstream = manageRoute('admin', {
  method: 'patch',
  path: '/upstreams/{upstream}',
  operationId: 'upstreams.update',
  summary: 'Change an upstream; what is not given stays',
  request: {
    params,
    body: body(
      z
        .object({
          base_url: BaseUrl,
          credential: Credential.nullable(),
          first_byte_timeout_ms: Timeout,
          idle_timeout_ms: Timeout,
        })
        .partial()
        .strict(),
    ),
  },
  responses: { 200: json('The upstream as it is now.', Upstream) },
});

const setActive = (verb: 'activate' | 'deactivate', summary: string) =>
  manageRoute('admin', {
    method: 'post',
    path: `/upstreams/{upstream}/${verb}`,
    operationId: `upstreams.${verb}`,
    summary,
    request: { params },
    responses: { 200: json('The upstream as it is now.', Upstream) },
  });

export const activateUpstream = setActive('activate', 'Use an upstream again');
export const deactivateUpstream = setActive('deactivate', 'Ask an upstream no more');

export const testUpstream = manageRoute('admin', {
  method: 'post',
  path: '/upstreams/{upstream}/test',
  operationId: 'upstreams.test',
  summary: 'Ask an upstream for its models, with its key; costs nothing',
  request: { params },
  responses: { 200: json('What came of it.', Probe) },
});
