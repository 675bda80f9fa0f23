import { createRoute, z } from '@hono/zod-openapi';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createIds, createLog, systemClock, systemRandom } from '../kernel/index.ts';
import { createHttpServer, createManagedApp, type HttpServer } from './index.ts';

const LIMIT = 1_000;
let server: HttpServer;
let base: string;

beforeAll(async () => {
  const ids = createIds(systemClock, systemRandom);
  const common = { ids, clock: systemClock, log: createLog('silent') };
  const errorShapeOf = () => 'problem' as const;
  const info = { title: 'Test', version: '1' };
  const app = createManagedApp({ ...common, errorShapeOf, maxBodyBytes: LIMIT, info });
  const ok = { description: 'ok' };
  app.openapi(createRoute({ method: 'delete', path: '/thing', responses: { 200: ok } }), (c) =>
    c.json({ size: 0 }, 200),
  );
  const body = { content: { 'application/json': { schema: z.object({ text: z.string() }) } } };
  const post = {
    method: 'post',
    path: '/thing',
    request: { body },
    responses: { 200: ok },
  } as const;
  app.openapi(createRoute(post), (c) => c.json({ size: c.req.valid('json').text?.length }, 200));
  server = createHttpServer({ ...common, errorShapeOf, app, rawRoutes: [] });
  base = `http://127.0.0.1:${(await server.listen(0, '127.0.0.1')).port}`;
});
afterAll(() => server.close(0));

/** Sends a body in pieces, so that no length goes before it. */
async function sendInPieces(text: string, headers: Record<string, string>) {
  const body = new ReadableStream({
    start: (controller) => {
      for (const piece of text.match(/.{1,100}/gs) ?? []) controller.enqueue(Buffer.from(piece));
      controller.close();
    },
  });
  const init = { method: 'POST', body, headers, duplex: 'half' };
  const answer = await fetch(`${base}/thing`, init as RequestInit);
  return [answer.status, (await answer.json()) as { code?: string; size?: number }];
}

const json = { 'content-type': 'application/json' };

test('a DELETE that says nothing of a body is answered', async () => {
  expect((await fetch(`${base}/thing`, { method: 'DELETE' })).status).toBe(200);
});

test('a body without a length is read', async () => {
  const text = JSON.stringify({ text: 'x'.repeat(500) });
  expect(await sendInPieces(text, json)).toEqual([200, { size: 500 }]);
});

test('a body without a length is refused once it is longer than the bound', async () => {
  const text = JSON.stringify({ text: 'x'.repeat(LIMIT) });
  const refused = [413, expect.objectContaining({ code: 'request_too_large' })];
  expect(await sendInPieces(text, json)).toEqual(refused);
});

test('a body without a type is refused, with a length and without', async () => {
  const refused = [415, expect.objectContaining({ code: 'unsupported_media_type' })];
  expect(await sendInPieces('{"text":"x"}', {})).toEqual(refused);
  const answer = await fetch(`${base}/thing`, { method: 'POST', body: Buffer.from('{}') });
  expect([answer.status, await answer.json()]).toEqual(refused);
});
