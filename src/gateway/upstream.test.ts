import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { createUpstreams, type UpstreamOptions } from './upstream.ts';
import type { UpstreamCall, UpstreamOutcome, UpstreamRequest } from './upstream-call.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.useRealTimers();
  for (const close of closers.splice(0)) await close();
});

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = (listener: RequestListener) => listen(createServer(listener));

/** A server of raw bytes: answers every request with them and closes when told. */
const serveBytes = (bytes: string, close: boolean) =>
  listen(
    createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => (close ? socket.end(bytes) : socket.write(bytes)));
    }),
  );

function open(options?: UpstreamOptions) {
  const upstreams = createUpstreams(options);
  closers.push(() => upstreams.close());
  return upstreams;
}

interface Seen {
  call: UpstreamCall;
  body: () => string;
  status: () => number | undefined;
}

function start(baseUrl: string, more: Partial<UpstreamRequest> = {}, upstreams = open()): Seen {
  const chunks: Buffer[] = [];
  let status: number | undefined;
  const call = upstreams.call({
    route: { baseUrl, credential: 'sk-seller' },
    path: '/chat/completions',
    body: Buffer.from('{"model":"m"}'),
    timeouts: { firstByteTimeoutMs: 5000, idleTimeoutMs: 5000 },
    onHeaders: (code) => {
      status = code;
    },
    onData: (chunk) => chunks.push(chunk),
    ...more,
  });
  return { call, body: () => Buffer.concat(chunks).toString(), status: () => status };
}

const failure = async (seen: Seen) => {
  const outcome: UpstreamOutcome = await seen.call.done;
  if (outcome.kind === 'complete') throw new Error('the call was expected to fail');
  return outcome;
};

test('a call sends the body and only the headers of the gateway itself', async () => {
  const requests: unknown[] = [];
  const url = await serve((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      requests.push({ url: request.url, headers: request.headers, body });
      response.end('fine');
    });
  });
  const seen = start(`${url}/v1/?api-version=2`);
  expect(await seen.call.done).toEqual({ kind: 'complete', bodyBytes: 4 });
  expect(seen.body()).toBe('fine');
  expect(seen.status()).toBe(200);
  expect(requests).toEqual([
    {
      url: '/v1/chat/completions?api-version=2',
      body: '{"model":"m"}',
      headers: {
        host: url.slice('http://'.length),
        connection: 'keep-alive',
        authorization: 'Bearer sk-seller',
        'content-type': 'application/json',
        'content-length': '13',
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': 'farebox',
      },
    },
  ]);
});

test('connections are used again, and no more than allowed are open at once', async () => {
  const sockets = new Set<unknown>();
  const url = await serve((request, response) => {
    sockets.add(request.socket);
    request.resume().on('end', () => response.end('ok'));
  });
  const upstreams = open({ maxConnectionsPerOrigin: 2 });
  await start(url, {}, upstreams).call.done;
  const calls = Array.from({ length: 10 }, () => start(url, {}, upstreams));
  const outcomes = await Promise.all(calls.map((seen) => seen.call.done));
  expect(outcomes.every((outcome) => outcome.kind === 'complete')).toBe(true);
  expect(sockets.size).toBeLessThanOrEqual(2);
});

test('nobody listening is refused and an unknown name is dns', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = (server.address() as AddressInfo).port;
  await new Promise((resolve) => server.close(resolve));
  expect((await failure(start(`http://127.0.0.1:${port}`))).kind).toBe('refused');
  expect((await failure(start('http://nobody.invalid'))).kind).toBe('dns');
});

test('a silent upstream ends the call before the first byte', async () => {
  const url = await serve(() => {});
  const timeouts = { firstByteTimeoutMs: 50, idleTimeoutMs: 5000 };
  expect(await failure(start(url, { timeouts }))).toMatchObject({
    kind: 'timeout_first_byte',
    bodyBytes: 0,
  });
});

test('headers without a body are still before the first byte', async () => {
  const url = await serve((_request, response) => response.flushHeaders());
  const timeouts = { firstByteTimeoutMs: 50, idleTimeoutMs: 5000 };
  expect((await failure(start(url, { timeouts }))).kind).toBe('timeout_first_byte');
});

test('waiting for a free connection counts as waiting for the first byte', async () => {
  const url = await serve(() => {});
  const upstreams = open({ maxConnectionsPerOrigin: 1 });
  const first = start(url, {}, upstreams);
  const timeouts = { firstByteTimeoutMs: 50, idleTimeoutMs: 5000 };
  expect((await failure(start(url, { timeouts }, upstreams))).kind).toBe('timeout_first_byte');
  first.call.abort();
});

test('a pause in the body beyond the idle time ends the call', async () => {
  const url = await serve((_request, response) => response.write('half'));
  const timeouts = { firstByteTimeoutMs: 5000, idleTimeoutMs: 50 };
  const seen = start(url, { timeouts });
  expect(await failure(seen)).toMatchObject({ kind: 'timeout_idle', bodyBytes: 4 });
  expect(seen.body()).toBe('half');
});

test('a body that ends too early is cut, counted or in chunks', async () => {
  const counted = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf';
  expect(await failure(start(await serveBytes(counted, true)))).toMatchObject({
    kind: 'cut',
    bodyBytes: 4,
  });
  const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n';
  expect(await failure(start(await serveBytes(chunked, true)))).toMatchObject({
    kind: 'cut',
    bodyBytes: 4,
  });
  expect((await failure(start(await serveBytes('', true)))).kind).toBe('cut');
});

test('no HTTP, huge headers and an unasked encoding are protocol failures', async () => {
  expect((await failure(start(await serveBytes('nonsense\r\n\r\n', false)))).kind).toBe('protocol');
  const huge = `HTTP/1.1 200 OK\r\nx-long: ${'x'.repeat(40_000)}\r\n\r\n`;
  expect((await failure(start(await serveBytes(huge, false)))).kind).toBe('protocol');
  const packed = 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\nx';
  const seen = start(await serveBytes(packed, false));
  expect((await failure(seen)).kind).toBe('protocol');
  expect(seen.status()).toBeUndefined();
});

test('an answer other than 2xx is a failure with its status, headers and body', async () => {
  const url = await serve((_request, response) => {
    response.writeHead(429, { 'retry-after': '7' }).end('{"error":{"message":"slow"}}');
  });
  const seen = start(url);
  const { kind, answer, bodyBytes } = await failure(seen);
  expect({ kind, bodyBytes, status: answer?.status }).toEqual({
    kind: 'status',
    bodyBytes: 0,
    status: 429,
  });
  expect(answer?.headers['retry-after']).toBe('7');
  expect(answer?.body.toString()).toBe('{"error":{"message":"slow"}}');
  expect([seen.body(), seen.status()]).toEqual(['', undefined]);
});

test('an error body is kept up to one megabyte and not waited for beyond that', async () => {
  const url = await serve((_request, response) => {
    response.writeHead(500).write(Buffer.alloc(3 * 1024 * 1024, 120));
  });
  const { kind, answer } = await failure(start(url));
  expect([kind, answer?.status, answer?.body.length]).toEqual(['status', 500, 1024 * 1024]);
});

test('aborting closes the connection, so that the upstream may stop', async () => {
  let closed = () => {};
  const isClosed = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const url = await serve((_request, response) => {
    response.on('close', () => closed());
    response.write('a');
  });
  const seen: Seen = start(url, { onData: () => seen.call.abort() });
  expect((await failure(seen)).kind).toBe('aborted');
  await isClosed;
});

test('a call that was aborted while it waited for a connection is never sent', async () => {
  const paths: (string | undefined)[] = [];
  const url = await serve((request, response) => {
    paths.push(request.url);
    response.end('ok');
  });
  const upstreams = open({ maxConnectionsPerOrigin: 1 });
  const first = start(url, { path: '/1' }, upstreams);
  const second = start(url, { path: '/2' }, upstreams);
  second.call.abort();
  expect((await failure(second)).kind).toBe('aborted');
  await first.call.done;
  await start(url, { path: '/3' }, upstreams).call.done;
  expect(paths).toEqual(['/1', '/3']);
});

test('while paused nothing is delivered and the idle time does not run', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const part = Buffer.alloc(256 * 1024, 97);
  const url = await serve((_request, response) => {
    for (let count = 0; count < 8; count += 1) response.write(part);
    response.end();
  });
  let received = 0;
  let paused = () => {};
  const isPaused = new Promise<void>((resolve) => {
    paused = resolve;
  });
  const seen: Seen = start(url, {
    onData: (chunk) => {
      if (received === 0) {
        seen.call.pause();
        paused();
      }
      received += chunk.length;
    },
  });
  await isPaused;
  const atPause = received;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(received).toBe(atPause);
  seen.call.resume();
  expect(await seen.call.done).toEqual({ kind: 'complete', bodyBytes: 8 * part.length });
});

test('a callback that throws ends the call and its error is handed back', async () => {
  const url = await serve((_request, response) => response.write('x'));
  const error = new Error('cannot read this');
  const seen = start(url, {
    onData: () => {
      throw error;
    },
  });
  expect(await failure(seen)).toMatchObject({ kind: 'consumer', error });
});

test('a credential or an address that cannot be sent never leaves the process', async () => {
  let requests = 0;
  const url = await serve((_request, response) => {
    requests += 1;
    response.end();
  });
  const route = { baseUrl: url, credential: 'key\r\nx-injected: 1' };
  const outcome = await failure(start(url, { route }));
  expect(outcome.kind).toBe('protocol');
  expect(outcome.detail).not.toContain('injected');
  expect((await failure(start('not a url'))).kind).toBe('protocol');
  expect(requests).toBe(0);
});

test('closing ends the calls under way as aborted', async () => {
  const url = await serve(() => {});
  const upstreams = open();
  const seen = start(url, {}, upstreams);
  await upstreams.close();
  expect((await failure(seen)).kind).toBe('aborted');
});
