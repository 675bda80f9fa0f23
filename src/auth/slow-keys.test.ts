import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import type { Queryable } from '../db/index.ts';
import { createIds, systemClock, systemRandom } from '../kernel/index.ts';
import {
  changePlatform,
  createAccount,
  createKey,
  createPlatform,
  createSlowHash,
  hashKey,
  makeKey,
  revokeKey,
  rotateKey,
  type SlowHash,
} from '../tenants/index.ts';
import { type Authenticator, createAuthenticator } from './index.ts';
import { createSlowKeys } from './slow-keys.ts';

const ids = createIds(systemClock, systemRandom);
const made = { ids, random: systemRandom };
let database: TestDatabase;
let auth: Authenticator;
let queries: number;
let count = 0;
const BASE_62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(async () => {
  await auth.close();
  await database.close();
});
beforeEach(async () => {
  await auth?.close();
  queries = 0;
  const db: Queryable = {
    query: (text, values) => {
      queries += 1;
      return database.db.query(text, values);
    },
  };
  auth = createAuthenticator({ db, clock: systemClock });
  auth.setTold(true);
});

async function openKey() {
  count += 1;
  const { db } = database;
  const platform = await createPlatform(db, ids, {
    slug: `slow-${count}`,
    name: 'P',
    keyPrefix: 'pp_live-',
    units: [{ code: 'USD', scale: 9 }],
  });
  const platformId = platform.id;
  await changePlatform(db, platformId, { keyScheme: 'bcrypt' });
  const account = await db.transaction((tx) =>
    createAccount(tx, ids, { platformId, mail: 'a@b.c' }),
  );
  const owner = { platformId, accountId: account.id, name: 'k' };
  return { platformId, ...(await db.transaction((tx) => createKey(tx, made, owner))) };
}

const call = async (text: string) => auth.authenticate({ 'x-api-key': text });
const refusal = (text: string) =>
  call(text).then(
    () => 'admitted',
    (error) => `${error.status} ${error.code}`,
  );

/** Another text with the same prefix and public id, and a checksum that is right. */
function forged(text: string): string {
  const publicBytes = [...text.slice('pp_live-'.length, 'pp_live-'.length + 8)].map((character) =>
    BASE_62.indexOf(character),
  );
  return makeKey('pp_live-', (length) => {
    const bytes = Uint8Array.from(systemRandom(length));
    bytes.set(publicBytes);
    return Buffer.from(bytes.map((byte, place) => (place < 8 ? byte : byte % 248)));
  });
}

describe('a key with a slow hash', () => {
  test('is recognised by its public part and then by its whole text', async () => {
    const key = await openKey();
    expect(await call(key.text)).toMatchObject({ keyId: key.id });
    expect(await refusal(forged(key.text))).toBe('401 INVALID_TOKEN');
    expect(await refusal(makeKey('pp_live-', systemRandom))).toBe('401 INVALID_TOKEN');
  });

  test('is hashed once: what is asked for again is found in memory', async () => {
    const key = await openKey();
    await call(key.text);
    auth.forgetAll();
    const startMs = performance.now();
    await call(key.text);
    // A look-up, and far less than the tenth of a second that bcrypt takes.
    expect(performance.now() - startMs).toBeLessThan(1_000);
    expect(queries).toBe(2);
  });

  test('has its earlier text for a grace, and neither once it is revoked', async () => {
    const key = await openKey();
    const { id, platformId } = key;
    await call(key.text);
    const { text } = await database.db.transaction((tx) => rotateKey(tx, made, platformId, id, 60));
    auth.forget(id);
    expect([await refusal(text), await refusal(key.text)]).toEqual(['admitted', 'admitted']);
    await revokeKey(database.db, platformId, id);
    auth.forget(id);
    expect(await refusal(text)).toBe('401 INVALID_TOKEN');
    expect(await refusal(key.text)).toBe('401 INVALID_TOKEN');
  });
});

describe('texts that are compared', () => {
  /** Counts what is compared, and how much of it at once. */
  function counting() {
    const state = { compared: 0, open: [] as (() => void)[] };
    const slowHash: SlowHash = {
      hash: async () => '',
      matches: (text, stored) =>
        new Promise((resolve) => {
          state.compared += 1;
          state.open.push(() => resolve(text === stored));
        }),
      close: async () => undefined,
    };
    let nowMs = 0;
    const waits: { readonly atMs: number; readonly run: () => void }[] = [];
    const clock = {
      ...systemClock,
      after: (ms: number, run: () => void) => {
        waits.push({ atMs: nowMs + ms, run });
        return () => undefined;
      },
    };
    const pass = async (ms: number) => {
      await expect.poll(() => waits.length).toBeGreaterThan(0);
      nowMs += ms;
      const due = waits.filter(({ atMs }) => atMs <= nowMs);
      waits.splice(0, waits.length, ...waits.filter(({ atMs }) => atMs > nowMs));
      for (const { run } of due) run();
    };
    return { state, pass, slow: createSlowKeys({ slowHash, clock }) };
  }
  const of = (text: string) => ({ text, hash: hashKey(text) });

  test('are compared once each, right or wrong', async () => {
    const { state, slow } = counting();
    for (const [text, isRight] of [
      ['good', true],
      ['wrong', false],
    ] as const) {
      const first = slow.matches(of(text), 'good');
      await expect.poll(() => state.open.length).toBe(1);
      state.open.pop()?.();
      expect(await first).toBe(isRight);
      expect(await slow.matches(of(text), 'good')).toBe(isRight);
    }
    expect(state.compared).toBe(2);
  });

  test('of one key wait in a short line, a second after each wrong one', async () => {
    const { state, pass, slow } = counting();
    const asked = Array.from({ length: 4 }, (_, n) => slow.matches(of(`wrong ${n}`), 'good'));
    await expect(slow.matches(of('wrong 5'), 'good')).rejects.toMatchObject({
      code: 'overloaded',
      status: 503,
    });
    // The line of another key is open.
    const other = slow.matches(of('other'), 'other');
    await expect.poll(() => state.compared).toBe(2);
    for (const open of state.open.splice(0)) open();
    expect([await asked[0], await other]).toEqual([false, true]);
    expect(state.compared).toBe(2);
    await pass(999);
    expect(state.compared).toBe(2);
    await pass(1);
    await expect.poll(() => state.compared).toBe(3);
  });

  test('of all keys together are 64 at most', async () => {
    const { slow } = counting();
    const asked = Array.from({ length: 64 }, (_, n) => slow.matches(of('text'), `stored ${n}`));
    await expect(slow.matches(of('text'), 'one more')).rejects.toMatchObject({
      code: 'overloaded',
    });
    expect(asked).toHaveLength(64);
  });
});

test('the thread hashes as bcrypt does, and what waits is rejected when it ends', async () => {
  const slowHash = createSlowHash();
  const stored = await slowHash.hash('text', systemRandom(16));
  expect(stored).toMatch(/^\$2b\$10\$[./0-9A-Za-z]{53}$/);
  expect(await slowHash.matches('text', stored)).toBe(true);
  expect(await slowHash.matches('Text', stored)).toBe(false);
  const last = slowHash.matches('text', stored);
  const settled = expect(last).rejects.toThrow('was ended');
  await slowHash.close();
  await settled;
});
