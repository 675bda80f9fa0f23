import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../kernel/index.ts';
import { driveCalls } from './drive.ts';
import { type PlannedCall, planCall } from './plan-call.ts';
import type { Received } from './send-call.ts';

const calls = Array.from({ length: 150 }, (_, index) =>
  planCall(
    { line: index + 2, atMs: index * 2, contextTokens: 5, generatedTokens: 3 },
    { accounts: 2, keysPerAccount: 1 },
  ),
);

/** What the server does with a request, and what it saw. */
let answer: 'stream' | 'refuse' | 'cut' = 'stream';
let seen: { atMs: number; authorization: string | undefined; body: string }[] = [];
let underWay = 0;
let mostUnderWay = 0;
/** Answers wait until so many requests are there at once. */
let waitFor = 1;
let waiting: (() => void)[] = [];

function answerTogether(send: () => void): void {
  waiting.push(send);
  if (waiting.length < waitFor) return;
  waitFor = 1;
  for (const one of waiting.splice(0)) one();
}

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  underWay += 1;
  mostUnderWay = Math.max(mostUnderWay, underWay);
  response.on('close', () => {
    underWay -= 1;
  });
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const { authorization } = request.headers;
    const body = Buffer.concat(parts).toString();
    seen.push({ atMs: systemClock.monotonicMs(), authorization, body });
    answerTogether(() => send(response));
  });
});

function send(response: ServerResponse): void {
  if (answer === 'refuse') {
    response.writeHead(429, { 'x-request-id': 'req_1' }).end('{"error":{"message":"slow down"}}');
    return;
  }
  response.writeHead(200, { 'x-request-id': 'req_1', 'x-farebox-hold': '2' });
  if (answer === 'cut') {
    response.write('data: {"choices":[]}\n\n', () => response.destroy());
    return;
  }
  response.write('data: {"choices":[]}\n\n');
  response.addTrailers({ 'x-farebox-cost': '0.5', 'x-farebox-balance': '1.5' });
  response.end('data: [DONE]\n\n');
}

let pool: Pool;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  pool = new Pool(`http://127.0.0.1:${port}`, { connections: 50 });
});
afterAll(async () => {
  await pool.destroy();
  server.close();
});
beforeEach(() => {
  [answer, seen, mostUnderWay, waitFor, waiting] = ['stream', [], 0, 1, []];
});

async function drive(some: readonly PlannedCall[], concurrency = 8, speed: number | 'max' = 'max') {
  const received: Received[] = [];
  const startedMs = systemClock.monotonicMs();
  await driveCalls(some, {
    server: pool,
    path: '/v1/chat/completions',
    clock: systemClock,
    concurrency,
    speed,
    keyFor: (call) => `sk-of-${call.account}`,
    onReceived: (one) => received.push(one),
  });
  return { received, startedMs };
}

test('every call is sent once, with its own key, and as many at once as allowed', async () => {
  waitFor = 8;
  const { received } = await drive(calls);
  expect(received.map(({ line }) => line).sort((left, right) => left - right)).toEqual(
    calls.map(({ line }) => line),
  );
  expect(mostUnderWay).toBe(8);
  const keys = calls.map(({ account }) => `Bearer sk-of-${account}`).sort();
  expect(seen.map(({ authorization }) => authorization).sort()).toEqual(keys);
});

test('one at a time, calls are sent in the order of the trace', async () => {
  const { received } = await drive(calls.slice(0, 20), 1);
  expect(received.map(({ line }) => line)).toEqual(calls.slice(0, 20).map(({ line }) => line));
});

test('headers and trailers are received as they were sent', async () => {
  const { received } = await drive(calls.slice(0, 1));
  expect(received).toEqual([
    {
      line: 2,
      status: 200,
      requestId: 'req_1',
      hold: '2',
      cost: '0.5',
      balance: '1.5',
      events: 2,
      isDone: true,
      usage: undefined,
      problem: undefined,
    },
  ]);
});

test('in scaled real time no call starts before the scaled time of its arrival', async () => {
  const { startedMs } = await drive(calls, 50, 2);
  // One each millisecond; timers cut fractions off.
  for (const [index, { atMs }] of seen.entries()) {
    expect(atMs - startedMs).toBeGreaterThan(index - 2);
  }
});

test('a refusal and a cut are results, each with what is known of it', async () => {
  answer = 'refuse';
  const refused = await drive(calls.slice(0, 1));
  expect(refused.received[0]).toMatchObject({ status: 429, isDone: false, requestId: 'req_1' });
  expect(refused.received[0]?.problem).toContain('slow down');
  answer = 'cut';
  const cut = await drive(calls.slice(0, 1));
  expect(cut.received[0]).toMatchObject({ status: 200, isDone: false, cost: undefined });
  expect(cut.received[0]?.problem).toBeTruthy();
});

test('a server that fails a hundred times is not asked for the rest', async () => {
  answer = 'refuse';
  const { received } = await drive(calls, 4);
  expect(received.length).toBeGreaterThanOrEqual(100);
  expect(received.length).toBeLessThan(110);
});
