import { OpenAPIHono } from '@hono/zod-openapi';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts';
import type { ManagedEnv } from '../../http/index.ts';
import { createReadiness, mountHealth } from '../index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

test('a process that has its database and its migrations is alive and ready', async () => {
  const app = new OpenAPIHono<ManagedEnv>();
  const readiness = createReadiness({
    db: database.db,
    migrations: ['0001_engine.sql', '0002_ledger.sql', '0003_changes.sql'],
    isShuttingDown: () => false,
    timeoutMs: 5_000,
  });
  mountHealth(app, readiness);
  const ready = await app.request('/readyz');
  expect(ready.status).toBe(200);
  expect(await ready.json()).toEqual({
    status: 'ready',
    checks: { database: 'ok', migrations: 'ok', process: 'ok' },
  });
  const alive = await app.request('/healthz');
  expect([alive.status, await alive.json()]).toEqual([200, { status: 'ok' }]);
});
