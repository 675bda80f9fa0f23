import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ModelApi, openModelApi } from '../../../test/model-api.ts';

let api: ModelApi;
beforeAll(async () => {
  api = await openModelApi();
});
afterAll(() => api.close());

test.each(['/v1/models', '/api/v1/models'])(
  'GET %s lists what the platform sells, in the shape that OpenAI clients read',
  async (path) => {
    const { get } = await api.openCustomer();
    const answer = await get(path);
    expect(answer.status).toBe(200);
    const { object, data } = (await answer.json()) as {
      object: string;
      data: { created: number }[];
    };
    expect(object).toBe('list');
    expect(data).toEqual([
      expect.objectContaining({ id: 'plain', object: 'model', pricing: null }),
      {
        id: 'vendor/small',
        object: 'model',
        created: expect.any(Number),
        owned_by: 'vendor',
        name: 'Small',
        kind: 'chat',
        context_tokens: 8_192,
        max_output_tokens: 1_024,
        pricing: {
          unit: 'USD',
          components: expect.arrayContaining([
            { component: 'input', amount: '0.25', per: 1_000_000, from_context_tokens: 0 },
            { component: 'output', amount: '1', per: 1_000_000, from_context_tokens: 0 },
          ]),
        },
      },
    ]);
    for (const { created } of data) {
      expect(Number.isInteger(created) && created > 1_700_000_000).toBe(true);
    }
  },
);

test('the answer tells nothing of the upstreams', async () => {
  const { get } = await api.openCustomer();
  expect(await (await get('/v1/models')).text()).not.toMatch(/upstream|credential|http/);
});
