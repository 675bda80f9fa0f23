import { createRoute, z } from '@hono/zod-openapi';
import { Model } from '../model-body.ts';
import { json, KEY_REFUSALS, NOT_FOUND } from '../responses.ts';

export const getModel = createRoute({
  method: 'get',
  // A model's id may contain slashes, escaped or not.
  path: '/models/{id}{.+}',
  operationId: 'v1.get_model',
  tags: ['model API'],
  summary: 'Get one model',
  security: [{ key: [] }],
  request: { params: z.object({ id: z.string() }) },
  responses: { 200: json('The model.', Model), ...KEY_REFUSALS, ...NOT_FOUND },
});
