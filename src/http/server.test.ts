import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  createIds,
  createLog,
  Fault,
  parseCallId,
  systemClock,
  systemRandom,
} from '../kernel/index.ts';
import {
  createHttpServer,
  createManagedApp,
  type HttpServer,
  type RawRoute,
  readBody,
} from './index.ts';

const ids = createIds(systemClock, systemRandom);
const lines: string[] = [];
const log = createLog('debug', { write: (line: string) => lines.push(line) });
const errorShapeOf = (path: string) => (path.startsWith('/v1/') ? 'openai' : 'problem');
let server: HttpServer | undefined;

afterEach(async () => {
  await server?.close(0);
  server = undefined;
  lines.length = 0;
});

async function start(rawRoutes: RawRoute[], limits = {}): Promise<string> {
  const parts = { ids, clock: systemClock, log, errorShapeOf } as const;
  const app = createManagedApp({
    ...parts,
    maxBodyBytes: 1_000,
    info: { title: 'Test', version: '1' },
  });
  app.get('/hello', (c) => c.text(c.get('request').requestId));
  app.get('/explode', () => {
    throw new Error('the secret cause');
  });
  server = createHttpServer({ ...parts, rawRoutes, app, limits });
  const { port } = await server.listen(0, '127.0.0.1');
  return `http://127.0.0.1:${port}`;
}

/** Sends bytes as they are and resolves with everything that came back until the end. */
function raw(base: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(base).port), '127.0.0.1', () => socket.write(bytes));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('utf8');
    });
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}

const echo: RawRoute = {
  method: 'POST',
  path: '/v1/echo',
  handle: async (request, response) => {
    const body = await readBody(request, { maxBytes: 1_000_000, timeoutMs: 300 });
    response.writeHead(200, { 'content-type': 'text/plain' }).end(body);
  },
};
const failing = (error: unknown): RawRoute => ({
  method: 'GET',
  path: '/v1/failing',
  handle: () => {
    throw error;
  },
});

describe('every answer', () => {
  test('carries an id of ours and the security headers, whatever the client claims', async () => {
    const base = await start([echo]);
    const answers = await Promise.all([
      fetch(`${base}/hello`, { headers: { 'x-request-id': 'mine' } }),
      fetch(`${base}/v1/echo`, { method: 'POST', body: 'a', headers: { 'x-request-id': 'mine' } }),
      fetch(`${base}/nowhere`),
      fetch(`${base}/v1/echo`, { method: 'DELETE' }),
      fetch(`${base}/explode`),
      fetch(`${base}/openapi.json`),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 405, 500, 200]);
    const requestIds = answers.map(({ headers }) => headers.get('x-request-id') ?? '');
    expect(requestIds.every((id) => parseCallId(id) !== undefined)).toBe(true);
    expect(new Set(requestIds).size).toBe(answers.length);
    for (const { headers } of answers) {
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    }
    expect(await answers[0]?.text()).toBe(requestIds[0]);
  });

  test('has what it was told to carry, once, and a header of its own instead', async () => {
    const handle: RawRoute['handle'] = (_request, response) => {
      response.carry({ 'x-carried': 'a', 'x-replaced': 'b' });
      response.setHeader('x-set', 'c');
      response.writeHead(200, { 'x-replaced': 'own', 'cache-control': 'max-age=1' }).end();
    };
    const base = await start([{ method: 'GET', path: '/v1/own', handle }]);
    const { headers } = await fetch(`${base}/v1/own`);
    const names = ['x-carried', 'x-replaced', 'x-set', 'cache-control', 'x-frame-options'];
    const values = names.map((name) => headers.get(name));
    expect(values).toEqual(['a', 'own', 'c', 'max-age=1', 'DENY']);
  });

  test.each([
    ['an unreadable request line', 'NONSENSE\r\n\r\n', 400, 'bad_request'],
    ['no host', 'GET /hello HTTP/1.1\r\n\r\n', 400, 'missing_host'],
    ['a host that is none', 'GET /hello HTTP/1.1\r\nhost: a b\r\n\r\n', 400, 'missing_host'],
    [
      'headers beyond 16 kB',
      `GET /hello HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(17_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
    [
      'a smuggled second length',
      'POST /v1/echo HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n' +
        'transfer-encoding: chunked\r\n\r\n',
      400,
      'bad_request',
    ],
  ])('to %s is an error with an id', async (_what, bytes, status, code) => {
    const answer = await raw(
      await start([echo]),
      bytes.replace('\r\n\r\n', '\r\nconnection: close\r\n\r\n'),
    );
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toMatch(/\r\nx-request-id: req_/);
    expect(answer).toMatch(/\r\nx-content-type-options: nosniff\r\n/);
    expect(answer).toContain(`"code":"${code}"`);
  });

  test('to headers that never end is 408', async () => {
    const base = await start([], { headersTimeout: 50, connectionsCheckingInterval: 20 });
    const answer = await raw(base, 'GET /hello HTTP/1.1\r\nhost: a\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 408 /);
    expect(answer).toMatch(/x-request-id: req_/);
  });
});

describe('an error', () => {
  test("has OpenAI's shape on its paths and RFC 9457's elsewhere", async () => {
    const base = await start([]);
    const openAi = await fetch(`${base}/v1/nowhere`);
    expect(openAi.headers.get('content-type')).toBe('application/json');
    expect(await openAi.json()).toEqual({
      error: {
        message: expect.any(String),
        type: 'not_found_error',
        param: null,
        code: 'not_found',
      },
    });
    const problem = await fetch(`${base}/nowhere`);
    expect(problem.headers.get('content-type')).toBe('application/problem+json');
    expect(await problem.json()).toEqual({
      type: '/docs/errors/not_found',
      title: 'Not found',
      status: 404,
      detail: expect.any(String),
      code: 'not_found',
      request_id: problem.headers.get('x-request-id'),
      errors: [],
    });
  });

  test('that nobody foresaw tells the caller nothing and the log everything', async () => {
    const base = await start([failing(new Error('the secret cause'))]);
    for (const path of ['/explode', '/v1/failing']) {
      const answer = await fetch(base + path);
      const body = await answer.text();
      expect(answer.status).toBe(500);
      expect(body).toContain('internal_error');
      expect(body).not.toContain('secret cause');
      const line = lines.find((l) => l.includes(answer.headers.get('x-request-id') ?? '?'));
      expect(line).toContain('the secret cause');
      expect(line).toContain('server.test.ts');
    }
  });

  test("keeps a fault's internal text in the log", async () => {
    const fault = new Fault({ code: 'c', status: 403, message: 'No.', internal: 'why it is so' });
    const base = await start([failing(fault)]);
    expect(await (await fetch(`${base}/v1/failing`)).text()).not.toContain('why it is so');
    expect(lines.join()).toContain('why it is so');
  });

  test('after the first byte cuts the connection instead of looking complete', async () => {
    const base = await start([
      {
        method: 'GET',
        path: '/v1/half',
        handle: (_request, response) => {
          response.writeHead(200, { 'content-type': 'text/plain' });
          response.write('half');
          throw new Error('too late');
        },
      },
    ]);
    const answer = fetch(`${base}/v1/half`).then((r) => r.text());
    await expect(answer).rejects.toThrow();
  });

  test('names the methods that the path does take', async () => {
    const base = await start([echo]);
    const answer = async (path: string) => {
      const { status, headers } = await fetch(base + path, { method: 'PUT' });
      return [status, headers.get('allow')];
    };
    expect(await answer('/v1/echo')).toEqual([405, 'POST']);
    expect(await answer('/hello')).toEqual([405, 'GET']);
  });
});

describe('closing', () => {
  const gate = () => {
    let open = () => {};
    let reached = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const arrived = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const route: RawRoute = {
      method: 'GET',
      path: '/v1/slow',
      handle: async (_request, response) => {
        reached();
        await opened;
        response.end('done');
      },
    };
    return { route, open, arrived };
  };

  test('lets a running answer end, tells it to close, and takes no new connection', async () => {
    const { route, open, arrived } = gate();
    const base = await start([route]);
    const running = fetch(`${base}/v1/slow`);
    await arrived;
    expect(server?.inFlight()).toBe(1);
    server?.stopAccepting();
    await expect(raw(base, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n')).rejects.toThrow(/ECONNREFUSED/);
    const closed = server?.close(5_000);
    open();
    const answer = await running;
    expect(await answer.text()).toBe('done');
    expect(answer.headers.get('connection')).toBe('close');
    expect(await closed).toBe(0);
    expect(server?.inFlight()).toBe(0);
  });

  test('cuts what has not ended in time and says how many', async () => {
    const { route, arrived } = gate();
    const base = await start([route]);
    const running = fetch(`${base}/v1/slow`);
    const outcome = expect(running).rejects.toThrow();
    await arrived;
    expect(await server?.close(10)).toBe(1);
    await outcome;
  });

  test('closes idle kept-alive connections at once', async () => {
    const base = await start([]);
    const socket = connect(Number(new URL(base).port), '127.0.0.1');
    const ended = new Promise((resolve) => socket.once('close', resolve));
    const answered = new Promise((resolve) => socket.once('data', resolve));
    socket.write('GET /hello HTTP/1.1\r\nhost: a\r\n\r\n');
    await answered;
    expect(await server?.close(5_000)).toBe(0);
    await ended;
  });

  test('forgets a pipelined answer whose connection went away before its turn', async () => {
    const { route, arrived } = gate();
    const base = await start([route]);
    const socket = connect(Number(new URL(base).port), '127.0.0.1');
    const request = 'GET /v1/slow HTTP/1.1\r\nhost: a\r\n\r\n';
    socket.write(request + request);
    await arrived;
    await expect.poll(() => server?.inFlight()).toBe(2);
    socket.destroy();
    await expect.poll(() => server?.inFlight()).toBe(0);
  });
});
