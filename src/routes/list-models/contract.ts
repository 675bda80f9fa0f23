import { createRoute, z } from '@hono/zod-openapi';
import { Model } from '../model-body.ts';
import { json, KEY_REFUSALS } from '../responses.ts';

export const listModels = createRoute({
  method: 'get',
  path: '/models',
  operationId: 'v1.list_models',
  tags: ['model API'],
  summary: 'List the models that this key may call',
  security: [{ key: [] }],
  responses: {
    200: json('All models.', z.object({ object: z.literal('list'), data: z.array(Model) })),
    ...KEY_REFUSALS,
  },
});
