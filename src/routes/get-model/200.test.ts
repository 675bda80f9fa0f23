import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ModelApi, openModelApi } from '../../../test/model-api.ts';

let api: ModelApi;
beforeAll(async () => {
  api = await openModelApi();
});
afterAll(() => api.close());

test.each([
  ['/v1/models/plain', 'plain'],
  ['/v1/models/vendor/small', 'vendor/small'],
  ['/v1/models/vendor%2Fsmall', 'vendor/small'],
  ['/api/v1/models/vendor/small', 'vendor/small'],
])('GET %s is the model %s', async (path, id) => {
  const { get } = await api.openCustomer();
  const answer = await get(path);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ id, object: 'model', owned_by: 'vendor' });
});
