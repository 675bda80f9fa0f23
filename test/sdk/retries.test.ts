import { describe, expect, test } from 'vitest';
import {
  ConnectionError,
  Farebox,
  FareboxError,
  RateLimitError,
  ServerError,
  TimeoutError,
} from '../../sdk/src/index.ts';

// How the SDK treats a server that is in trouble: its `fetch` is handed in, so every answer can be.

interface Asked {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
}

type Reply = () => Response | Promise<Response>;

const me = { object: 'me', memberships: [] };
const ok: Reply = () => Response.json(me);
const refusal =
  (status: number, headers: Record<string, string> = {}): Reply =>
  () =>
    Response.json({ code: 'trouble', detail: 'In trouble.' }, { status, headers });

/** A client whose server answers with these replies, one after another. */
function clientOf(replies: readonly Reply[], options: object = {}) {
  const asked: Asked[] = [];
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    asked.push({ url: request.url, method: request.method, headers: request.headers });
    const reply = replies[asked.length - 1];
    if (reply === undefined) throw new Error('asked once too often');
    return reply();
  };
  const baseUrl = 'https://farebox.example';
  return { asked, farebox: new Farebox({ baseUrl, token: 'fbt_x', fetch: send, ...options }) };
}

const soon = { 'retry-after-ms': '1' };

describe('a request that may pass', () => {
  test.each([408, 429, 500, 503])('is sent again after %i', async (status) => {
    const { asked, farebox } = clientOf([refusal(status, soon), ok]);
    expect(await farebox.me.get()).toEqual(me);
    expect(asked).toHaveLength(2);
  });

  test('is sent three times at most, and fails as it did last', async () => {
    const { asked, farebox } = clientOf([refusal(503, soon), refusal(503, soon), refusal(500)]);
    await expect(farebox.me.get()).rejects.toMatchObject({ name: 'ServerError', status: 500 });
    expect(asked).toHaveLength(3);
  });

  test('is sent again when the line breaks', async () => {
    const broken: Reply = () => Promise.reject(new TypeError('fetch failed'));
    const { asked, farebox } = clientOf([broken, ok]);
    expect(await farebox.me.get()).toEqual(me);
    expect(asked).toHaveLength(2);
  });

  test('keeps its Idempotency-Key, and another request has another', async () => {
    const answers = [refusal(503, soon), ok, ok];
    const { asked, farebox } = clientOf(answers);
    await farebox.accounts.create({ external_id: 'a' });
    await farebox.accounts.create({ external_id: 'a' });
    const keys = asked.map(({ headers }) => headers.get('idempotency-key'));
    expect(keys[0]).toMatch(/^sdk-[0-9a-f]{32}$/);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });
});

describe('a request that will not pass', () => {
  test.each([400, 401, 403, 404, 409, 422])('is sent once when refused with %i', async (status) => {
    const { asked, farebox } = clientOf([refusal(status), ok]);
    await expect(farebox.me.get()).rejects.toMatchObject({ status, code: 'trouble' });
    expect(asked).toHaveLength(1);
  });

  test('is sent once when the server says so, and again when it says that', async () => {
    const final = clientOf([refusal(429, { 'x-should-retry': 'false' }), ok]);
    await expect(final.farebox.me.get()).rejects.toBeInstanceOf(RateLimitError);
    expect(final.asked).toHaveLength(1);
    const passing = clientOf([refusal(400, { 'x-should-retry': 'true', ...soon }), ok]);
    expect(await passing.farebox.me.get()).toEqual(me);
  });

  test('is not waited for longer than a minute', async () => {
    const { asked, farebox } = clientOf([refusal(429, { 'retry-after': '3600' }), ok]);
    await expect(farebox.me.get()).rejects.toMatchObject({ status: 429 });
    expect(asked).toHaveLength(1);
  });

  test('is sent once by who wants no retries', async () => {
    const { asked, farebox } = clientOf([refusal(503, soon), ok], { maxRetries: 0 });
    await expect(farebox.me.get()).rejects.toBeInstanceOf(ServerError);
    expect(asked).toHaveLength(1);
  });
});

describe('a request that takes too long', () => {
  const never =
    (asked: { aborted: boolean }): typeof fetch =>
    (_input, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => {
          asked.aborted = true;
          reject(new Error('aborted'));
        });
      });

  test('fails with a TimeoutError, and lets go of the connection', async () => {
    const asked = { aborted: false };
    const { farebox } = clientOf([], { fetch: never(asked), timeoutMs: 20, maxRetries: 0 });
    await expect(farebox.me.get()).rejects.toBeInstanceOf(TimeoutError);
    await expect(farebox.me.get()).rejects.toBeInstanceOf(ConnectionError);
    expect(asked.aborted).toBe(true);
  });

  test('is ended by its signal, with the reason that it has', async () => {
    const asked = { aborted: false };
    const { farebox } = clientOf([], { fetch: never(asked) });
    const controller = new AbortController();
    const running = farebox.me.get({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    const late = farebox.me.get({ signal: AbortSignal.abort(new Error('never begun')) });
    await expect(late).rejects.toThrow('never begun');
  });

  test('is ended by its signal while it waits to be sent again', async () => {
    const { farebox } = clientOf([refusal(503, { 'retry-after': '30' })]);
    const controller = new AbortController();
    const running = farebox.me.get({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });
});

describe('what is sent', () => {
  test('has the token, the version, the platform and the account', async () => {
    const { asked, farebox } = clientOf([ok, ok], { platform: 'acme', account: 'acc_1' });
    await farebox.me.get();
    await farebox.me.get({ platform: 'other', headers: { 'x-mine': '1' } });
    const [first, second] = asked.map(({ headers }) => Object.fromEntries(headers));
    expect(first).toMatchObject({
      authorization: 'Bearer fbt_x',
      'farebox-version': '2026-11-20',
      'farebox-platform': 'acme',
      'farebox-account': 'acc_1',
    });
    expect(first).not.toHaveProperty('idempotency-key');
    expect(second).toMatchObject({ 'farebox-platform': 'other', 'x-mine': '1' });
  });

  test('has ids and queries escaped', async () => {
    const { asked, farebox } = clientOf([ok, ok]);
    await farebox.accounts.get('a/b?c');
    await farebox.accounts.list({ mail: 'a+b@c.example', limit: undefined }).page();
    expect(asked.map(({ url }) => new URL(url).pathname + new URL(url).search)).toEqual([
      '/manage/v1/accounts/a%2Fb%3Fc',
      '/manage/v1/accounts?mail=a%2Bb%40c.example',
    ]);
  });
});

test('an answer of something in between is an error all the same', async () => {
  const page: Reply = () => new Response('<h1>Bad gateway</h1>', { status: 502 });
  const { farebox } = clientOf([page], { maxRetries: 0 });
  await expect(farebox.me.get()).rejects.toMatchObject({
    status: 502,
    code: 'unknown',
    errors: [],
  });
});

test('a client without an address or a token is refused when it is made', () => {
  expect(() => new Farebox({ token: 'fbt_x' })).toThrow(FareboxError);
  expect(() => new Farebox({ baseUrl: 'farebox.example', token: 'x' })).toThrow('no address');
  expect(() => new Farebox({ baseUrl: 'https://farebox.example' })).toThrow('FAREBOX_TOKEN');
});
