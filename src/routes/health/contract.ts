import { createRoute, z } from '@hono/zod-openapi';
import { json } from '../responses.ts';

export const healthz = createRoute({
  method: 'get',
  path: '/healthz',
  operationId: 'health.alive',
  tags: ['service'],
  security: [],
  summary: 'Is the process alive?',
  responses: { 200: json('It is.', z.object({ status: z.literal('ok') })) },
});

const Readiness = z.object({
  status: z.enum(['ready', 'not_ready']),
  checks: z.object({ database: z.string(), migrations: z.string(), process: z.string() }),
});

export const readyz = createRoute({
  method: 'get',
  path: '/readyz',
  operationId: 'health.ready',
  tags: ['service'],
  security: [],
  summary: 'Should this process get traffic?',
  responses: {
    200: json('It should.', Readiness),
    503: json('It should not, for now; the checks say why.', Readiness),
  },
});
