import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { verifyLedger } from '../../src/ledger/index.ts';
import { openEmptyDatabase, type TestDatabase } from '../database.ts';
import { urlOf } from '../postgres-server.ts';
import { dataOf, type RunningCall, rawCall, startCall } from '../raw-call.ts';
import { runFarebox, type ServerProcess, startServer, stopServer } from './server.ts';

const WORKERS = 2;
/** A process starts in a second, but not beside many others. */
const BUSY = { timeout: 90_000, interval: 50 };
const LONG = 180_000;

let folder: string;
let database: TestDatabase;
let server: ServerProcess;
let key: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farebox-workers-'));
  execFileSync('chmod', ['755', folder]);
  database = await openEmptyDatabase();
  server = await startServer({ dataFolder: folder, env: { ...env(), WORKERS: `${WORKERS}` } });
  key = server.greeting.key ?? '';
}, LONG);
afterAll(async () => {
  await stopServer(server);
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

const env = () => ({ DATABASE_URL: urlOf(database.address) });
const origin = () => new URL(server.greeting.url).origin;

const bodyOf = (stream: boolean, tokens: number) => ({
  model: 'demo-small',
  stream,
  messages: [{ role: 'user', content: 'Say something' }],
  demo: { completion_tokens: tokens, chunk_delay_ms: stream ? 20 : 0 },
});

/** Starts streams on connections of their own, and waits until all have begun. */
async function startStreams(count: number): Promise<RunningCall[]> {
  const body = bodyOf(true, 60);
  const calls = Array.from({ length: count }, () => startCall(origin(), { key, body }));
  const opened = await Promise.all(calls.map((call) => call.opened));
  expect(opened.map(({ statusCode }) => statusCode)).toEqual(Array(count).fill(200));
  return calls;
}

const isWhole = (call: RunningCall) =>
  call.answer.then(
    ({ body, trailers }) =>
      dataOf(body).at(-1) === '[DONE]' && trailers['x-farebox-cost'] !== undefined,
    () => false,
  );

async function openHolds(): Promise<number> {
  const rows = await database.db.query(
    `select from hold h left join call c on c.id = h.id and c.leg = h.leg where c.id is null`,
  );
  return rows.length;
}

/** The processes that have a lease. */
async function workers(): Promise<number[]> {
  const rows = await database.db.query<{ pid: number }>(
    'select pid from replica where ended_at is null and lease_until > now() order by pid',
  );
  return rows.map(({ pid }) => pid);
}

const callAll = (count: number) =>
  Promise.all(
    Array.from({ length: count }, () => rawCall(origin(), { key, body: bodyOf(false, 3) })),
  );

/** Waits until there are all workers again, without that one, and calls come to each of them. */
const untilReplaced = (gone: number) =>
  vi.waitFor(async () => {
    await callAll(2 * WORKERS);
    const served = await database.db.query<{ pid: number }>(
      `select distinct pid from replica r join hold h on h.replica_id = r.id
       where ended_at is null and pid <> $1`,
      [gone],
    );
    expect(served).toHaveLength(WORKERS);
  }, BUSY);

test('several processes serve one port, each a replica, and greet once', async () => {
  expect(server.greeting).toMatchObject({ account: 'demo@model-market.example' });
  expect(key).toMatch(/^ptr_/);
  expect(await workers()).toHaveLength(WORKERS);
  const answers = await callAll(20);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  const served = await database.db.query('select from hold group by replica_id');
  expect(served).toHaveLength(WORKERS);
});

test(
  'a port that is taken is told of once, and nothing is left running',
  async () => {
    const taken = new URL(origin()).port;
    const second = await runFarebox(['start', '--json'], {
      dataFolder: folder,
      env: { ...env(), WORKERS: '2', PORT: taken },
    });
    expect([second.code, second.stdout]).toEqual([1, '']);
    expect(second.stderr.match(/Port \d+/g)).toEqual([`Port ${taken}`]);
    expect(await workers()).toHaveLength(WORKERS);
  },
  LONG,
);

test(
  'a worker that is told to stop drops no stream, and another takes its place',
  async () => {
    const [first = 0] = await workers();
    const streams = await startStreams(8);
    process.kill(first, 'SIGTERM');
    expect(await Promise.all(streams.map(isWhole))).toEqual(Array(8).fill(true));
    await untilReplaced(first);
  },
  LONG,
);

test(
  'a killed worker takes its own streams with it, and their holds go back',
  async () => {
    const [first = 0] = await workers();
    const streams = await startStreams(8);
    process.kill(first, 'SIGKILL');
    const whole = await Promise.all(streams.map(isWhole));
    expect([whole.includes(true), whole.includes(false)]).toEqual([true, true]);
    await untilReplaced(first);
    // The half minute of its lease is over. A living one looks every five seconds, but not in the
    // first half minute of its database.
    await database.db.query('update replica set lease_until = clock_timestamp() where pid = $1', [
      first,
    ]);
    await vi.waitFor(async () => expect(await openHolds()).toBe(0), BUSY);
  },
  LONG,
);

test(
  'a stop of all drops no stream either, and leaves nothing open',
  async () => {
    const streams = await startStreams(8);
    const stopped = stopServer(server);
    expect(await Promise.all(streams.map(isWhole))).toEqual(Array(8).fill(true));
    expect(await stopped).toBe(0);
    expect([await workers(), await openHolds()]).toEqual([[], 0]);
    expect(await verifyLedger(database.db)).toEqual([]);
  },
  LONG,
);
