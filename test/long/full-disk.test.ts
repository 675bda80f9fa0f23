import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connectDatabase, type Db, openEmbedded } from '../../src/db/index.ts';
import { createLog, systemClock } from '../../src/kernel/index.ts';
import { untilNothingIsHeld } from '../fleet/fleet-books.ts';
import { runFarebox, type ServerProcess, startServer, stopServer } from '../process/server.ts';
import { dataOf, errorOf, type RawAnswer, rawCall, startCall } from '../raw-call.ts';
import {
  chunkEvent,
  DONE_EVENT,
  type ScriptedUpstream,
  startScriptedUpstream,
  usageOf,
} from '../scripted-upstream.ts';
import { mountSmallDisk, type SmallDisk } from '../small-disk.ts';

const DISK_MEGABYTES = 200;
const CLIENTS = 8;
const STREAMS = 6;
/** A server and four commands, on a machine that does other things too. */
const STARTING = 240_000;
const PATIENCE = { timeout: 120_000, interval: 100 };
/** Only root mounts; a plain user's run names this test among the skipped. */
const isRoot = process.getuid?.() === 0;

let folder: string;
let disk: SmallDisk;
let upstream: ScriptedUpstream;
let server: ServerProcess;
let options: { dataFolder: string };

beforeAll(async () => {
  if (!isRoot) return;
  folder = await mkdtemp(join(tmpdir(), 'farebox-full-'));
  await chmod(folder, 0o755);
  const mounted = join(folder, 'disk');
  await mkdir(mounted);
  disk = await mountSmallDisk(mounted, DISK_MEGABYTES);
  options = { dataFolder: join(mounted, 'data') };
  upstream = await startScriptedUpstream();
  server = await startServer(options);
  const on = ['--platform', 'model-market'];
  const prices = ['--component', 'input=1/1000000', '--component', 'output=1/1000000'];
  for (const command of [
    ['upstreams', 'create', ...on, '--name', 'ours', '--base-url', upstream.url],
    ['catalog', 'add', 'm', ...on],
    ['catalog', 'price', 'm', ...on, ...prices],
    ['catalog', 'route', 'm', ...on, '--upstream', 'ours', '--model', 'm'],
  ]) {
    expect(await runFarebox(command, options)).toMatchObject({ code: 0 });
  }
}, STARTING);
afterAll(async () => {
  if (!isRoot) return;
  await disk?.free();
  if (server !== undefined) await stopServer(server);
  await upstream?.close();
  await disk?.remove();
  await rm(folder, { recursive: true, force: true });
});

const bodyOf = (stream: boolean) => ({
  ...{ model: 'm', stream, max_tokens: 10, messages: [{ role: 'user', content: 'Hello' }] },
});
const call = () =>
  rawCall(server.greeting.url, { key: server.greeting.key ?? '', body: bodyOf(false) });

async function withDatabase<T>(work: (db: Db) => Promise<T>): Promise<T> {
  const log = createLog('silent');
  const embedded = await openEmbedded({ ...options, role: 'tool', clock: systemClock, log });
  const db = connectDatabase({ address: embedded.address, maxConnections: 1, log });
  try {
    return await work(db);
  } finally {
    await db.close();
    await embedded.close();
  }
}

/** Answers at once what is not streamed; a stream ends when the test lets it. */
function answerUntil(released: Promise<void>): void {
  const usage = usageOf(1, 1);
  upstream.script = async (response: ServerResponse, { body }) => {
    if (!JSON.parse(body.toString()).stream) {
      const message = { role: 'assistant', content: 'Hi' };
      const choices = [{ index: 0, message, finish_reason: 'stop' }];
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ id: 'x', object: 'chat.completion', choices, usage }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunkEvent({ content: 'Hi' }));
    await released;
    response.end(`${chunkEvent({ finish: 'stop' })}${chunkEvent({ usage })}${DONE_EVENT}`);
  };
}

test.runIf(isRoot)('a full disk admits no call, and no hold is lost on it', async () => {
  let release = () => {};
  answerUntil(
    new Promise((resolve) => {
      release = resolve;
    }),
  );
  const statuses: number[] = [];
  const ask = async () => {
    const answer = await call();
    statuses.push(answer.status);
    return answer;
  };
  await vi.waitFor(async () => expect((await ask()).status).toBe(200), PATIENCE);
  const streams = Array.from({ length: STREAMS }, () =>
    startCall(server.greeting.url, { key: server.greeting.key ?? '', body: bodyOf(true) }),
  );
  await vi.waitUntil(() => streams.every((one) => one.received().includes('Hi')), PATIENCE);

  await disk.fill();
  // The last pages of the tables have room for some more; then a call's own row finds none.
  const begun: Promise<RawAnswer>[] = [];
  let isRefused = false;
  while (!isRefused) {
    const before = upstream.seen.length;
    const asked = ask();
    begun.push(asked);
    asked.then(({ status }) => {
      isRefused ||= status === 503;
    });
    await vi.waitUntil(() => isRefused || upstream.seen.length > before, PATIENCE);
  }
  await disk.fill();
  const seen = upstream.seen.length;
  const refused = await Promise.all(Array.from({ length: CLIENTS }, ask));
  for (const answer of refused) {
    expect(answer.status).toBe(503);
    expect(errorOf(answer).code).toMatch(/^(database_unavailable|overloaded)$/);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
  }
  expect(upstream.seen.length).toBe(seen);

  // The log has no room for its next file: PostgreSQL stops, and our server starts it again.
  const switched = withDatabase((db) => db.query('select pg_switch_wal()'));
  await expect(switched).rejects.toThrow();
  release();
  await disk.free();
  const ended = await Promise.all(streams.map(({ answer }) => answer));
  expect(ended.map(({ body }) => dataOf(body).at(-1))).toEqual(Array(STREAMS).fill('[DONE]'));
  await Promise.all(begun);
  await vi.waitFor(async () => expect((await ask()).status).toBe(200), PATIENCE);
  await withDatabase(untilNothingIsHeld);
  const rows = await withDatabase((db) =>
    db.query<{ outcome: string; charge: bigint; upstream: boolean }>(
      'select outcome, charge, upstream_id is not null as upstream from call',
    ),
  );
  // One token in and one out, at a thousand each; whatever was not answered cost nothing.
  const whole = statuses.filter((status) => status === 200).length + STREAMS;
  const settled = rows.filter(({ outcome }) => outcome === 'settled');
  expect(settled.map(({ charge }) => charge)).toEqual(Array(whole).fill(2_000n));
  expect(rows.filter(({ outcome, charge }) => outcome !== 'settled' && charge > 0n)).toEqual([]);
  // Whatever the provider saw was held.
  expect(rows.length).toBeGreaterThanOrEqual(upstream.seen.length);
  expect(await runFarebox(['verify'], options)).toMatchObject({ code: 0, stderr: '' });
});
