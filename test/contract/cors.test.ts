import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changePlatform, createKey } from '../../src/tenants/index.ts';
import { openPlatform } from '../platforms.ts';
import { type RawAnswer, rawCall } from '../raw-call.ts';
import { type Serving, startServing, type TestCustomer } from '../serving.ts';
import { chat, eventually, platformOf, untilSold } from './market.ts';

const OURS = 'https://app.example.com';
const THEIRS = 'https://other.example.com';
const UNKNOWN = 'https://evil.example.com';

let serving: Serving;
let customer: TestCustomer;
let platformId: bigint;

beforeAll(async () => {
  serving = await startServing();
  platformId = await platformOf(serving);
  await serving.sellModel('one', { input: 10n, output: 20n });
  await untilSold(serving, 'one');
  customer = await serving.openCustomer(1_000_000_000n);
  const other = await openPlatform(serving.db);
  await serving.db.transaction(async (tx) => {
    await changePlatform(tx, platformId, { corsOrigins: [OURS] });
    await changePlatform(tx, other, { corsOrigins: [THEIRS] });
  });
  await eventually(async () => {
    expect((await preflight('/v1/models', THEIRS)).status).toBe(204);
  });
});
afterAll(() => serving?.close());

const preflight = (path: string, origin: string, asked = 'authorization,x-stainless-os') =>
  rawCall(serving.url, {
    method: 'OPTIONS',
    path,
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': asked,
    },
  });
const ask = (origin: string | undefined, key = customer.key, more: object = {}) =>
  rawCall(serving.url, {
    key,
    headers: origin === undefined ? {} : { origin },
    body: chat('one', {}, { max_tokens: 5, ...more }),
  });
const get = (path: string, origin: string, key = customer.key) =>
  rawCall(serving.url, { method: 'GET', path, key, headers: { origin } });
const allowed = ({ headers }: RawAnswer) => headers['access-control-allow-origin'];

describe('a browser that asks whether a page may call', () => {
  test.each(['/v1/chat/completions', '/api/v1/chat/completions', '/v1/models', '/manage/v1/keys'])(
    'is told yes for %s when a platform lists the page',
    async (path) => {
      for (const origin of [OURS, THEIRS]) {
        const answer = await preflight(path, origin);
        expect(answer.status).toBe(204);
        expect(answer.headers).toMatchObject({
          'access-control-allow-origin': origin,
          'access-control-allow-headers': 'authorization,x-stainless-os',
          'access-control-allow-methods': expect.stringContaining('POST'),
          vary: expect.stringContaining('origin'),
          'x-request-id': expect.stringMatching(/^req_/),
        });
      }
    },
  );

  test('is told nothing when none lists it, nor on other paths', async () => {
    for (const [path, origin] of [
      ['/v1/chat/completions', UNKNOWN],
      ['/v1/models', UNKNOWN],
      ['/manage/v1/keys', UNKNOWN],
      ['/auth/sign-in/email', OURS],
      ['/', OURS],
    ] as const) {
      const answer = await preflight(path, origin);
      expect(answer.status, path).toBeGreaterThanOrEqual(400);
      expect(allowed(answer), path).toBeUndefined();
    }
  });

  test('gets no header made of what it sent that is no list of names', async () => {
    const answer = await preflight('/v1/models', OURS, 'x-one; y');
    expect(answer.headers['access-control-allow-headers']).toBe('authorization, content-type');
  });

  test('is told of a change within a second', async () => {
    const origin = 'https://new.example.com';
    expect(allowed(await preflight('/v1/models', origin))).toBeUndefined();
    const set = (corsOrigins: string[]) =>
      serving.db.transaction((tx) => changePlatform(tx, platformId, { corsOrigins }));
    await set([OURS, origin]);
    const soon = { timeout: 1_000 };
    await expect
      .poll(async () => allowed(await preflight('/v1/models', origin)), soon)
      .toBe(origin);
    await set([OURS]);
    await expect
      .poll(async () => allowed(await preflight('/v1/models', origin)), soon)
      .toBeUndefined();
  });
});

describe('an answer', () => {
  test('may be read by a page that the platform of its key lists, with its figures', async () => {
    for (const answer of [
      await ask(OURS),
      await ask(OURS, customer.key, { stream: true }),
      await ask(OURS, customer.key, { model: 'no-such' }),
      await get('/v1/models', OURS),
      await get('/v1/models/no-such', OURS),
    ]) {
      expect(answer.headers).toMatchObject({
        'access-control-allow-origin': OURS,
        vary: 'origin',
      });
      const exposed = String(answer.headers['access-control-expose-headers']).split(', ');
      for (const name of ['x-request-id', 'x-farebox-cost', 'x-ratelimit-limit-requests']) {
        expect(exposed).toContain(name);
      }
      expect(exposed).toContain('ratelimit-policy');
    }
  });

  test('may not be read by a page that only another platform lists, or nobody', async () => {
    for (const origin of [THEIRS, UNKNOWN]) {
      for (const answer of [await ask(origin), await get('/v1/models', origin)]) {
        expect(answer.status).toBe(200);
        expect(allowed(answer)).toBeUndefined();
      }
    }
  });

  test('of the management API may be read by a page of the platform of the key', async () => {
    const made = {
      platformId,
      accountId: customer.accountId,
      name: 'r',
      scopes: ['read'] as const,
    };
    const { text } = await serving.db.transaction((tx) => createKey(tx, serving.instance, made));
    expect(allowed(await get('/manage/v1/keys', OURS, text))).toBe(OURS);
    expect(allowed(await get('/manage/v1/keys', THEIRS, text))).toBeUndefined();
    expect(allowed(await get('/manage/v1/keys', OURS, 'nonsense'))).toBeUndefined();
  });

  test('says nothing of pages when none asks', async () => {
    const { headers } = await ask(undefined);
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(headers.vary).toBeUndefined();
  });
});
