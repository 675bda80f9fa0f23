import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectDatabase, type Db, openEmbedded } from '../../src/db/index.ts';
import { createLog, systemClock } from '../../src/kernel/index.ts';
import { OLD_SECRET_KEY, type OldKeys, restoreOldBooks } from '../old-books.ts';
import { jsonOf, rawCall } from '../raw-call.ts';
import { runFarebox, startServer, stopServer } from './server.ts';

let folder: string;
let options: { dataFolder: string; env: Record<string, string> };
let keys: OldKeys;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farebox-upgrade-'));
  // PostgreSQL runs as another user when we are root.
  await chmod(folder, 0o755);
  options = { dataFolder: join(folder, 'data'), env: { FAREBOX_SECRET_KEY: OLD_SECRET_KEY } };
  keys = await withDatabase(restoreOldBooks);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function withDatabase<T>(work: (db: Db) => Promise<T>): Promise<T> {
  const log = createLog('silent');
  const { dataFolder } = options;
  const embedded = await openEmbedded({ dataFolder, role: 'tool', clock: systemClock, log });
  const db = connectDatabase({ address: embedded.address, maxConnections: 1, log });
  try {
    return await work(db);
  } finally {
    await db.close();
    await embedded.close();
  }
}

test('a data folder of the first three migrations is brought up in place, and serves', async () => {
  const server = await startServer(options);
  // It is no new instance: nothing is set up, and no key made.
  expect(server.greeting).toMatchObject({ key: null, platform: null });
  const call = (key: string, stream = false) =>
    rawCall(server.greeting.url, {
      key,
      body: {
        ...{ model: 'demo-small', stream, max_tokens: 20 },
        messages: [{ role: 'user', content: 'Hello from now' }],
        demo: { prompt_tokens: 10, completion_tokens: 10 },
      },
    });

  // The price that was the last one before: 0.12 and 0.48 USD a million.
  const plain = await call(keys.plain);
  expect([plain.status, plain.headers['x-farebox-cost']]).toEqual([200, '0.000006']);
  const streamed = await call(keys.streaming, true);
  expect([streamed.status, streamed.trailers['x-farebox-cost']]).toEqual([200, '0.000006']);
  expect((await call(keys.first)).status).toBe(200);
  const limited = await call(keys.limited);
  expect([limited.status, limited.headers['x-ratelimit-limit-requests']]).toEqual([200, '12']);
  expect((await call(keys.suspended)).status).toBe(403);
  expect((await call(keys.revoked)).status).toBe(401);
  expect((await call(keys.poor)).status).toBe(402);
  // Of its grants 0.25 USD expired unused.
  const granted = await call(keys.granted);
  expect(Number(granted.headers['x-farebox-balance'])).toBeLessThan(1.5 + 0.75 + 0.001);
  const id = String(plain.headers['x-request-id']);
  const found = await rawCall(server.greeting.url, {
    ...{ method: 'GET', path: `/v1/calls/${id}`, key: keys.plain },
  });
  expect([found.status, jsonOf(found).id]).toEqual([200, id]);

  const verified = await runFarebox(['verify'], options);
  expect(verified).toMatchObject({ code: 0, stderr: '' });
  expect(verified.stdout).toMatch(/^books hold/);
  expect(await stopServer(server)).toBe(0);
  // Its killed server had twelve streams under way.
  const ended = await withDatabase((db) =>
    db.query(`select count(*) as n, sum(charge)::bigint as charge from call
      where outcome = 'expired'`),
  );
  expect(ended).toEqual([{ n: 12n, charge: 0n }]);
}, 240_000);
