import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLog } from '../../src/kernel/index.ts';
import { errorOf, jsonOf, type RawAnswer, rawCall } from '../raw-call.ts';
import { type Serving, startServing, type TestCustomer } from '../serving.ts';
import { callRow, callsOf, untilSold, walletOf } from './market.ts';

const BALANCE = 1_000_000_000n;
/** Stands in every prompt of this file: it may never be logged. */
const SECRET = 'the-prompt-nobody-may-log';
const MAX_BODY_BYTES = 10 * 1024 * 1024;

let serving: Serving;
let customer: TestCustomer;
const logged: string[] = [];

beforeAll(async () => {
  const log = createLog('trace', { write: (line) => void logged.push(line) });
  serving = await startServing({ log, maxBodyBytes: MAX_BODY_BYTES });
  await serving.sellModel('m', { input: 10n, output: 20n });
  await untilSold(serving, 'm');
  customer = await serving.openCustomer(BALANCE);
});

afterAll(async () => {
  await serving?.close();
  expect(logged.filter((line) => line.includes(SECRET))).toEqual([]);
  expect(logged.filter((line) => line.includes(customer.key))).toEqual([]);
});

const messages = [{ role: 'user', content: SECRET }];
const good = { model: 'm', messages };
const post = (body: unknown, headers: Record<string, string> = {}) =>
  rawCall(serving.url, { key: customer.key, body, headers });

/** The answer is a clear refusal in OpenAI's shape, and nothing came of it. */
async function expectRefused(
  answer: RawAnswer,
  status: number,
  code: string,
  param = '',
): Promise<void> {
  expect([answer.status, errorOf(answer)]).toEqual([
    status,
    {
      message: expect.stringMatching(/^.{20,300}$/s),
      type: status === 404 ? 'not_found_error' : 'invalid_request_error',
      param: param === '' ? null : param,
      code,
    },
  ]);
  expect(answer.headers['content-type']).toBe('application/json');
  expect(answer.headers['x-request-id']).toMatch(/^req_/);
  expect(answer.headers['x-should-retry']).toBe('false');
  expect(answer.body.toString()).not.toContain(SECRET);
  expect(await callsOf(serving, customer)).toEqual([]);
  expect(await walletOf(serving, customer)).toEqual({ balance: BALANCE, held: 0n });
}

describe('a body that is not one JSON object in UTF-8 is refused', () => {
  const text = JSON.stringify(good);
  const bodies: [string, string | Buffer][] = [
    ['nothing', ''],
    ['white space', ' \n'],
    ['a cut object', text.slice(0, -5)],
    ['two objects', text + text],
    ['a trailing comma', `${text.slice(0, -1)},}`],
    ['single quotes', "{'model':'m'}"],
    ['a comment', `/* a */${text}`],
    ['NaN', `${text.slice(0, -1)},"temperature":NaN}`],
    ['a leading zero', `${text.slice(0, -1)},"n":01}`],
    ['an array', `[${text}]`],
    ['a string', '"m"'],
    ['null', 'null'],
    ['a number', '1'],
    ['a bare NUL', `${text}\0`],
    ['a raw line feed in a text', '{"model":"m\n"}'],
    ['form fields', 'model=m&messages=a'],
    ['UTF-16', Buffer.from(text, 'utf16le')],
    ['a broken byte', Buffer.concat([Buffer.from('{"model":"m\xff', 'latin1'), Buffer.from('"}')])],
    ['an overlong form', Buffer.from([...Buffer.from('{"model":"'), 0xc0, 0xaf, 0x22, 0x7d])],
    ['a surrogate in bytes', Buffer.from([...Buffer.from('{"a":"'), 0xed, 0xa0, 0x80, 0x22, 0x7d])],
    ['unclosed depth', '['.repeat(100_000)],
    ['unclosed objects', '{"a":'.repeat(100_000)],
  ];
  test.each(bodies)('%s', async (_, body) => {
    await expectRefused(await post(body), 400, 'invalid_json');
  });
});

describe('a member of the wrong type or size is named', () => {
  const members: [string, object, string][] = [
    ['messages as a text', { messages: 'hi' }, 'messages'],
    ['no messages', { messages: [] }, 'messages'],
    ['messages null', { messages: null }, 'messages'],
    ['a message that is a text', { messages: ['hi'] }, 'messages.0'],
    ['a message without a role', { messages: [{ content: 'a' }] }, 'messages.0.role'],
    ['a role that is a number', { messages: [...messages, { role: 1 }] }, 'messages.1.role'],
    ['stream as a text', { stream: 'true' }, 'stream'],
    ['stream as a number', { stream: 1 }, 'stream'],
    ['stream_options as a text', { stream_options: 'x' }, 'stream_options'],
    ['n as a text', { n: '1' }, 'n'],
    ['n of zero', { n: 0 }, 'n'],
    ['n of a million', { n: 1_000_000 }, 'n'],
    ['a broken n', { n: 1.5 }, 'n'],
    ...['max_tokens', 'max_completion_tokens'].flatMap((name): [string, object, string][] => [
      [`${name} of zero`, { [name]: 0 }, name],
      [`${name} below zero`, { [name]: -5 }, name],
      [`a broken ${name}`, { [name]: 1.5 }, name],
      [`an absurd ${name}`, { [name]: 1e15 }, name],
      [`an infinite ${name}`, { [name]: 1e308 }, name],
      [`${name} as a text`, { [name]: '5' }, name],
      [`${name} as a list`, { [name]: [5] }, name],
    ]),
  ];
  test.each(members)('%s', async (_, members, param) => {
    await expectRefused(await post({ ...good, ...members }), 400, 'invalid_request', param);
  });

  const names: [string, unknown][] = [
    ['missing', undefined],
    ['null', null],
    ['empty', ''],
    ['a number', 5],
    ['a list', ['m']],
    ['an object', { id: 'm' }],
    ['of 100,000 characters', 'm'.repeat(100_000)],
  ];
  test.each(names)('a model that is %s', async (_, model) => {
    await expectRefused(await post({ ...good, model }), 400, 'MISSING_MODEL', 'model');
  });
});

describe('a model of a strange name is only unknown', () => {
  const names = [
    'm\r\nx-injected: 1',
    'm\0',
    '\ud800',
    '__proto__',
    'constructor',
    'toString',
    "'; drop table call; --",
    '../../etc/passwd',
    ' m',
    'M',
    '\u202em',
    'm'.repeat(200),
  ];
  test.each(names)('%j', async (model) => {
    const answer = await post({ ...good, model });
    await expectRefused(answer, 404, 'model_not_found', 'model');
    expect(answer.headers['x-injected']).toBeUndefined();
  });
});

describe('a body is refused for its size or encoding', () => {
  test('20 MB, with and without a content-length', async () => {
    const body = Buffer.alloc(20 * 1024 * 1024, 'x');
    await expectRefused(await post(body), 413, 'request_too_large');
    const chunked = await post(body, { 'transfer-encoding': 'chunked' });
    await expectRefused(chunked, 413, 'request_too_large');
  });

  test.each(['gzip', 'br', 'gzip, identity'])('content-encoding %s', async (encoding) => {
    const answer = await post(good, { 'content-encoding': encoding });
    await expectRefused(answer, 415, 'unsupported_content_encoding');
  });
});

describe('keys and headers that try to break out', () => {
  /** Sends bytes as they are and returns all that comes back. */
  const sendRaw = (bytes: string) =>
    new Promise<string>((resolve, reject) => {
      const { hostname, port } = new URL(serving.url);
      let received = '';
      const socket = connect(Number(port), hostname, () => socket.end(bytes, 'latin1'));
      socket.setEncoding('latin1');
      socket.on('data', (text: string) => {
        received += text;
      });
      socket.on('close', () => resolve(received)).on('error', reject);
    });

  test.each([
    ['a NUL', 'Bearer ptr_a\0b'],
    ['a bare CR', 'Bearer ptr_a\rx-injected: 1'],
  ])('%s in a key is no HTTP', async (_, value) => {
    const request = `POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nauthorization: ${value}\r\n`;
    const answer = await sendRaw(`${request}content-length: 2\r\n\r\n{}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"code":"bad_request"');
    expect(answer).not.toContain('x-injected');
  });

  test.each(['ptr_\u00e9\u00ff', '%0d%0ax', 'x'.repeat(5_000), '__proto__', 'ptr_ ptr_'])(
    'the key %.20j is only not valid',
    async (key) => {
      const answer = await rawCall(serving.url, { key, body: good });
      expect([answer.status, errorOf(answer).code]).toEqual([401, 'INVALID_TOKEN']);
    },
  );
});

describe('what looks strange but is allowed is answered, charged once, and passed on', () => {
  const text = JSON.stringify(good).slice(0, -1);
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  const bodies: [string, string][] = [
    ['unknown members', `${text},"unknown":{"a":[1]},"x-y":null}`],
    ['nulls', `${text},"stream":null,"n":null,"max_tokens":null,"stream_options":null}`],
    ['members of prototypes', `${text},"__proto__":{"model":"x"},"constructor":{"prototype":{}}}`],
    ['NUL in texts', `${text},"user":"a\\u0000b","metadata":{"\\u0000":"\\u0000"}}`],
    ['lone surrogates', `${text},"user":"\\ud800 \\udfff"}`],
    ['a model that stands twice', `{"model":"none",${text.slice(1)}}`],
    ['a name in escapes', `${text.replace('"model"', '"mod\\u0065l"')}}`],
    ['100,000 levels', `${text},"deep":${deep}}`],
  ];
  test.each(bodies)('%s', async (_, body) => {
    const own = await serving.openCustomer(BALANCE);
    const answer = await rawCall(serving.url, { key: own.key, body });
    expect([answer.status, jsonOf(answer).object]).toEqual([200, 'chat.completion']);
    const row = await callRow(serving, answer.headers['x-request-id']);
    expect(row.outcome).toBe('settled');
    expect(await walletOf(serving, own)).toEqual({ balance: BALANCE - row.charge, held: 0n });
    const sent = serving.provider.lastRequests().at(-1)?.body.toString() ?? '';
    expect(sent).not.toContain('"none"');
    expect((JSON.parse(sent) as { model: string }).model).toBe('m');
    expect(Object.hasOwn(Object.prototype, 'model')).toBe(false);
  });

  test.each(['text/plain', 'application/json; charset=utf-8', ''])(
    'a content-type of %j',
    async (type) => {
      const own = await serving.openCustomer(BALANCE);
      const headers = { 'content-type': type };
      const answer = await rawCall(serving.url, { key: own.key, body: good, headers });
      expect(answer.status).toBe(200);
    },
  );
});

test('after all of this the server answers as before, and was never at fault', async () => {
  const own = await serving.openCustomer(BALANCE);
  expect((await rawCall(serving.url, { key: own.key, body: good })).status).toBe(200);
  const health = await rawCall(serving.url, { method: 'GET', path: '/readyz' });
  expect(health.status).toBe(200);
  const errors = logged.map((line) => JSON.parse(line) as { level: number; msg: string });
  expect(errors.filter(({ level }) => level >= 50)).toEqual([]);
});

test('a refusal by the provider is logged by its request id, without the prompt', async () => {
  const demo = { error_before_first_byte: { status: 400 } };
  const { headers } = await post({ ...good, demo });
  const lines = logged.filter((line) => line.includes(String(headers['x-request-id'])));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('status 400');
});
