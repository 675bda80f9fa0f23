import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Fault } from '../kernel/index.ts';
import { ClientGone, createBodyBudget, readBody } from './index.ts';

const MAX = 1_000_000;
let server: Server;
let port: number;
let outcomes: (string | Error)[];
/** Two bodies of the largest size. */
const budget = createBodyBudget(2 * MAX);

beforeEach(() => {
  outcomes = [];
});
beforeAll(async () => {
  server = createServer(async (request, response) => {
    response.once('close', () => budget.giveBack(request));
    const { later } = request.headers;
    if (later === 'in this turn') await undefined;
    if (later === 'in the next turn') await new Promise(setImmediate);
    readBody(request, { maxBytes: MAX, timeoutMs: 200, budget }).then(
      (body) => {
        outcomes.push(`${body.length} bytes`);
        response.end(body);
      },
      (error: Error) => {
        outcomes.push(error);
        response.statusCode = error instanceof Fault ? error.status : 500;
        response.end(error instanceof Fault ? error.code : error.name);
      },
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const post = (body: string | Uint8Array | ReadableStream | null, headers = {}) =>
  fetch(`http://127.0.0.1:${port}/`, {
    method: 'POST',
    body,
    headers,
    duplex: 'half',
  } as RequestInit);

function chunks(count: number, size: number): ReadableStream<Uint8Array> {
  let left = count;
  return new ReadableStream({
    pull(controller) {
      if (left === 0) controller.close();
      else controller.enqueue(new Uint8Array(size));
      left -= 1;
    },
  });
}

test('returns the bytes as they were sent', async () => {
  const bytes = Buffer.from('{"a":"ü\u0000€"}');
  expect(Buffer.from(await (await post(bytes)).arrayBuffer())).toEqual(bytes);
});

test('returns an empty buffer when there is no body', async () => {
  expect(await (await post(null)).text()).toBe('');
  expect(outcomes).toEqual(['0 bytes']);
});

test('takes a body of exactly the limit, sent in pieces', async () => {
  expect((await post(chunks(10, MAX / 10))).status).toBe(200);
  expect(outcomes).toEqual([`${MAX} bytes`]);
});

test('refuses a body for which there is no room beside the others, until one is gone', async () => {
  const [first, second] = [{}, {}];
  expect([budget.take(first, MAX), budget.take(second, MAX)]).toEqual([true, true]);
  const answer = await post(Buffer.alloc(MAX));
  expect([answer.status, await answer.text()]).toEqual([503, 'overloaded']);
  budget.giveBack(first);
  expect((await post(Buffer.alloc(MAX))).status).toBe(200);
  budget.giveBack(second);
});

describe.each(['in this turn', 'in the next turn'])(
  'asked for %s, a body sent at once',
  (later) => {
    const headers = `host: a\r\nlater: ${later}\r\ncontent-length: 5`;
    const request = `POST / HTTP/1.1\r\n${headers}\r\n\r\nhello`;

    test('is returned, and the connection goes on', async () => {
      const socket = connect(port, '127.0.0.1');
      for (const _ of [1, 2, 3]) {
        socket.write(request);
        const [answer] = await once(socket, 'data');
        expect(String(answer)).toMatch(/^HTTP\/1.1 200 [\s\S]*hello$/);
      }
      expect(outcomes).toEqual(['5 bytes', '5 bytes', '5 bytes']);
      socket.destroy();
    });

    test('is refused where there is no room for it beside the others', async () => {
      const others = {};
      budget.take(others, 2 * MAX);
      const socket = connect(port, '127.0.0.1');
      socket.write(request);
      const [answer] = await once(socket, 'data');
      expect(String(answer)).toMatch(/^HTTP\/1.1 503 [\s\S]*overloaded$/);
      budget.giveBack(others);
      socket.destroy();
    });
  },
);

test('refuses one byte more when content-length says so, and the client sees it', async () => {
  const answer = await post(Buffer.alloc(MAX + 1));
  expect([answer.status, await answer.text()]).toEqual([413, 'request_too_large']);
});

test('refuses 20 MB with an answer that the client sees', async () => {
  const answer = await post(Buffer.alloc(20_000_000));
  expect([answer.status, await answer.text()]).toEqual([413, 'request_too_large']);
});

test('refuses a body that grows beyond the limit without having said so', async () => {
  const answer = await post(chunks(30, MAX / 10));
  expect([answer.status, await answer.text()]).toEqual([413, 'request_too_large']);
});

test('refuses a compressed body, which could grow beyond any limit', async () => {
  const answer = await post(Buffer.alloc(10), { 'content-encoding': 'gzip' });
  expect([answer.status, await answer.text()]).toEqual([415, 'unsupported_content_encoding']);
  expect((await post('a', { 'content-encoding': 'Identity' })).status).toBe(200);
});

test('refuses a body that does not arrive in time', async () => {
  const socket = connect(port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc');
  const answer = await new Promise<string>((resolve) => {
    socket.once('data', (chunk) => resolve(chunk.toString()));
  });
  expect(answer).toMatch(/^HTTP\/1.1 408 [\s\S]*request_timeout/);
  socket.destroy();
});

test('tells a client that went away from one that sent too little', async () => {
  const socket = connect(port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc', () =>
    socket.destroy(),
  );
  await expect.poll(() => outcomes[0]).toBeInstanceOf(ClientGone);
});
