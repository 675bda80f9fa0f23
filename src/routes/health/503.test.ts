import { OpenAPIHono } from '@hono/zod-openapi';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEmptyDatabase, openTestDatabase, type TestDatabase } from '../../../test/database.ts';
import type { Queryable } from '../../db/index.ts';
import type { ManagedEnv } from '../../http/index.ts';
import { createReadiness, mountHealth } from '../index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

async function askReadiness(change: {
  db?: Queryable;
  migrations?: string[];
  isShuttingDown?: () => boolean;
  timeoutMs?: number;
}) {
  const app = new OpenAPIHono<ManagedEnv>();
  const parts = {
    db: database.db,
    migrations: ['0001_engine.sql'],
    isShuttingDown: () => false,
    timeoutMs: 10_000,
    ...change,
  };
  mountHealth(app, createReadiness(parts));
  expect((await app.request('/healthz')).status).toBe(200);
  const answer = await app.request('/readyz');
  expect(answer.headers.get('retry-after')).toBe('1');
  const { status, checks } = (await answer.json()) as { status: string; checks: object };
  return { http: answer.status, status, ...checks };
}

const NOT_READY = { http: 503, status: 'not_ready' };

test('a process that shuts down is not ready, though its database is', async () => {
  expect(await askReadiness({ isShuttingDown: () => true })).toEqual({
    ...NOT_READY,
    database: 'ok',
    migrations: 'ok',
    process: 'shutting_down',
  });
});

test('a process whose migrations have not been applied is not ready', async () => {
  expect(await askReadiness({ migrations: ['0001_engine.sql', '9999_next.sql'] })).toMatchObject({
    ...NOT_READY,
    migrations: 'missing',
  });
});

test.each<[string, Queryable['query']]>([
  ['refuses', () => Promise.reject(new Error('refused'))],
  ['does not answer', () => new Promise(() => {})],
])('a process whose database %s is not ready, and says so in time', async (_how, query) => {
  expect(await askReadiness({ db: { query }, timeoutMs: 100 })).toMatchObject({
    ...NOT_READY,
    database: 'unreachable',
  });
});

test('a process on a database without any schema is not ready', async () => {
  const empty = await openEmptyDatabase();
  expect(await askReadiness({ db: empty.db })).toMatchObject(NOT_READY);
  await empty.close();
});
