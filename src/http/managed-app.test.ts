import { createRoute, z } from '@hono/zod-openapi';
import { describe, expect, test } from 'vitest';
import { createIds, createLog, systemClock, systemRandom } from '../kernel/index.ts';
import { createManagedApp, createRouteGroup, openApiDocument } from './index.ts';

const info = { title: 'Test', version: '1' };
const route = createRoute({
  method: 'post',
  path: '/things/{id}{.+}',
  request: {
    params: z.object({ id: z.string() }),
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.object({ name: z.string(), tags: z.array(z.object({ n: z.int() })) }),
        },
      },
    },
  },
  responses: {
    200: {
      description: 'ok',
      content: { 'application/json': { schema: z.object({ id: z.string() }) } },
    },
  },
});

function openApp() {
  const app = createManagedApp({
    ids: createIds(systemClock, systemRandom),
    clock: systemClock,
    log: createLog('silent'),
    errorShapeOf: (path) => (path.startsWith('/v1/') ? 'openai' : 'problem'),
    maxBodyBytes: 1_000,
    info,
  });
  const group = createRouteGroup();
  group.openapi(route, (c) => c.json({ id: c.req.valid('param').id }, 200));
  app.route('/v1', group);
  app.route('/manage', group);
  return app;
}

const post = (path: string, body: string, type = 'application/json') =>
  openApp().request(path, { method: 'POST', body, headers: { 'content-type': type } });
const good = JSON.stringify({ name: 'a', tags: [] });
const bad = JSON.stringify({ name: 1, tags: [{ n: 1 }, { n: 'x' }] });

describe('a managed route', () => {
  test('gets its parameters, an id with slashes among them', async () => {
    expect(await (await post('/v1/things/a/b', good)).json()).toEqual({ id: 'a/b' });
  });

  test("names every fault of a request by its path, in RFC 9457's shape", async () => {
    const answer = await post('/manage/things/a', bad);
    expect(answer.status).toBe(400);
    expect(await answer.json()).toEqual({
      type: '/docs/errors/invalid_request',
      title: 'Invalid request',
      status: 400,
      detail: expect.stringContaining("'name'"),
      code: 'invalid_request',
      request_id: answer.headers.get('x-request-id'),
      errors: [
        { path: 'name', message: expect.any(String) },
        { path: 'tags.1.n', message: expect.any(String) },
      ],
    });
  });

  test("names the first fault in OpenAI's shape", async () => {
    const answer = await post('/v1/things/a', bad);
    expect(await answer.json()).toEqual({
      error: {
        message: expect.stringContaining("'name'"),
        type: 'invalid_request_error',
        param: 'name',
        code: 'invalid_request',
      },
    });
    expect(answer.headers.get('x-should-retry')).toBe('false');
  });

  test.each([
    ['{"name": ', 'application/json', 400, 'invalid_json'],
    [good, 'text/plain', 415, 'unsupported_media_type'],
    [JSON.stringify({ name: 'x'.repeat(1_000) }), 'application/json', 413, 'request_too_large'],
  ])('refuses %.12s... as %s with %i %s', async (body, type, status, code) => {
    const answer = await post('/manage/things/a', body, type);
    expect([answer.status, await answer.json()]).toEqual([
      status,
      expect.objectContaining({ code }),
    ]);
  });
});

describe('the OpenAPI document', () => {
  test('has every mounted route, with plain parameters', async () => {
    const answer = await openApp().request('/openapi.json');
    expect(answer.status).toBe(200);
    const document = await answer.json();
    expect(document).toMatchObject({ openapi: '3.1.0', info });
    expect(document).toEqual(JSON.parse(JSON.stringify(openApiDocument(openApp(), info))));
    expect(Object.keys((document as { paths: object }).paths)).toEqual([
      '/v1/things/{id}',
      '/manage/things/{id}',
    ]);
  });
});
