import { createRoute, z } from '@hono/zod-openapi';
import { json } from '../responses.ts';

export const home = createRoute({
  method: 'get',
  path: '/',
  operationId: 'home.get',
  tags: ['service'],
  security: [],
  summary: 'What is served here, and where.',
  responses: {
    200: json(
      'The name and version of this instance and its addresses.',
      z.object({
        name: z.literal('farebox'),
        version: z.string(),
        models: z.string(),
        chat_completions: z.string(),
        openapi: z.string(),
        ready: z.string(),
      }),
    ),
  },
});
