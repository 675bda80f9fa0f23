import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { callsOf, chat, eventually, untilSold, walletOf } from '../contract/market.ts';
import { rawCall, startCall } from '../raw-call.ts';
import { startServing } from '../serving.ts';
import { startServer } from './server.ts';

const CALLS = 8n;
/** What a call holds that sets no bound: the platform's 4,096 tokens of output at 100 each. */
const HOLD = 409_600n;

test('F3: the holds of a killed process go back by its lease, to the last part', async () => {
  const serving = await startServing();
  // Its upstream has no credential: a process with another instance key can use it as well.
  await serving.sellModel('demo', { input: 0n, output: 100n });
  await untilSold(serving, 'demo');
  const folder = await mkdtemp(join(tmpdir(), 'farebox-killed-'));
  const { host, port, user, password, database } = serving.db.address;
  const login = password === undefined ? user : `${user}:${encodeURIComponent(password)}`;
  const env = { DATABASE_URL: `postgresql://${login}@/${database}?host=${host}&port=${port}` };
  const server = await startServer({ dataFolder: folder, env });
  onTestFinished(() => server.kill('SIGKILL'));
  const customer = await serving.openCustomer(CALLS * HOLD);
  const whole = await walletOf(serving, customer);
  const url = new URL(server.greeting.url).origin;
  const body = chat('demo', { hang: true });
  for (let call = 0n; call < CALLS; call += 1n) {
    startCall(url, { key: customer.key, body }).opened.catch(() => {});
  }
  await eventually(async () => {
    expect(await walletOf(serving, customer)).toEqual({ ...whole, held: CALLS * HOLD });
  });
  server.kill('SIGKILL');
  expect(await server.exited).toBe('SIGKILL');
  const refused = await rawCall(serving.url, { key: customer.key, body: chat('demo') });
  expect(refused.status).toBe(402);
  await serving.db.query('update replica set lease_until = clock_timestamp() where pid = $1', [
    server.pid,
  ]);
  // The living one looks every five seconds, but not in the first half minute of its database.
  const isBack = async () => expect(await walletOf(serving, customer)).toEqual(whole);
  await vi.waitFor(isBack, { timeout: 45_000, interval: 100 });
  const ended = await callsOf(serving, customer);
  expect(ended.map((call) => [call.outcome, call.charge])).toEqual(
    Array(Number(CALLS)).fill(['expired', 0n]),
  );
  await serving.close();
  await rm(folder, { recursive: true, force: true });
}, 90_000);
