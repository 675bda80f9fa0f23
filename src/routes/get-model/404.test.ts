import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ModelApi, openModelApi } from '../../../test/model-api.ts';

let api: ModelApi;
beforeAll(async () => {
  api = await openModelApi();
});
afterAll(() => api.close());

test.each(['gpt-unknown', 'vendor/smal', 'a-service', '%00'])(
  'GET /v1/models/%s is 404 model_not_found in the shape that OpenAI clients read',
  async (id) => {
    const { get } = await api.openCustomer();
    const answer = await get(`/v1/models/${id}`);
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({
      error: {
        message: expect.stringContaining('/v1/models'),
        type: 'not_found_error',
        param: 'model',
        code: 'model_not_found',
      },
    });
  },
);
