import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, startApp } from '../../src/app.ts';
import { changePlanLimits, createPlan, createProduct } from '../../src/catalog/index.ts';

import { changeAccountLimits, changeKey, setAccountPlan } from '../../src/tenants/index.ts';
import { rawCall } from '../raw-call.ts';
import { type Serving, startServing } from '../serving.ts';
import { changePrices, chat, platformOf, untilSold } from './market.ts';

// Below the ten seconds for which a key is believed by a process that heard nothing.
const SOON = { timeout: 6_000 };

let serving: Serving;
let second: App;
let urls: string[];

beforeAll(async () => {
  serving = await startServing();
  second = await startApp(
    { ...serving.instance, isSoleServer: false },
    { host: '127.0.0.1', port: 0, maxBodyBytes: 1_000_000, version: 'test' },
  );
  urls = [serving.url, `http://127.0.0.1:${second.port}`];
  await serving.sellModel('steady', { input: 10n, output: 20n });
  await untilSold(serving, 'steady');
});

afterAll(async () => {
  await second?.close(2_000);
  await serving?.close();
});

const askBoth = (key: string, path: string) =>
  Promise.all(
    urls.map((url) => fetch(`${url}${path}`, { headers: { authorization: `Bearer ${key}` } })),
  );

async function statuses(key: string): Promise<number[]> {
  return (await askBoth(key, '/v1/models')).map(({ status }) => status);
}

async function killListeners(): Promise<number> {
  const killed = await serving.db.query(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity
     where datname = current_database() and query = 'listen farebox_change'`,
  );
  return killed.length;
}

test('a key revoked by hand in the database is refused by both processes', async () => {
  const { key, keyId } = await serving.openCustomer(0n);
  expect(await statuses(key)).toEqual([200, 200]);
  await serving.db.query(`update api_key set status = 'revoked' where id = $1`, [keyId]);
  await expect.poll(() => statuses(key), SOON).toEqual([401, 401]);
});

test('a new model and a new price are seen by both processes', async () => {
  const { key } = await serving.openCustomer(0n);
  const platformId = await platformOf(serving);
  await createProduct(serving.db, serving.instance.ids, {
    platformId,
    slug: 'newest',
    kind: 'chat',
  });
  const found = async () => (await askBoth(key, '/v1/models/newest')).map(({ status }) => status);
  await expect.poll(found, SOON).toEqual([200, 200]);
  const bodies = async () => {
    const answers = await askBoth(key, '/v1/models/steady');
    return Promise.all(answers.map((answer) => answer.text()));
  };
  const [before] = await bodies();
  await changePrices(serving, 'steady', { input: 30n, output: 40n });
  const changed = async () => (await bodies()).map((body) => body !== before);
  await expect.poll(changed, SOON).toEqual([true, true]);
});

test('processes whose listeners were ended learn what changed meanwhile', async () => {
  const { key, keyId } = await serving.openCustomer(0n);
  expect(await statuses(key)).toEqual([200, 200]);
  await expect.poll(killListeners, SOON).toBe(2);
  await serving.db.query(`update api_key set status = 'revoked' where id = $1`, [keyId]);
  await expect.poll(() => statuses(key), SOON).toEqual([401, 401]);
});

test('limits of a key, an account and a plan are seen by both processes', async () => {
  const { db, instance } = serving;
  const platformId = await platformOf(serving);
  const { key, keyId, accountId } = await serving.openCustomer(1_000_000_000n);
  const stranger = await serving.openCustomer(1_000_000_000n);
  const plan = await createPlan(db, instance.ids, { platformId, slug: 'pro', name: 'Pro' });
  const limitsOf = (text: string) =>
    Promise.all(
      urls.map(async (url) => {
        const { headers } = await rawCall(url, { key: text, body: chat('steady') });
        return headers['x-ratelimit-limit-requests'];
      }),
    );
  const seen = (limit: string | undefined) =>
    expect.poll(() => limitsOf(key), SOON).toEqual([limit, limit]);
  await seen(undefined);
  await changeKey(db, platformId, keyId, { limits: { requests_per_day: 900n } });
  await seen('900');
  await changeKey(db, platformId, keyId, { limits: { requests_per_day: null } });
  await changeAccountLimits(db, platformId, accountId, { requests_per_day: 800n });
  await seen('800');
  await setAccountPlan(db, platformId, accountId, plan.id);
  await seen('800');
  await changePlanLimits(db, platformId, plan.id, { requests_per_day: 700n });
  await seen('700');
  await setAccountPlan(db, platformId, accountId, null);
  await seen('800');
  expect(await limitsOf(stranger.key)).toEqual([undefined, undefined]);
});

test('calls tell nobody anything: the counters of a key are no change of it', async () => {
  const { key, keyId } = await serving.openCustomer(1_000_000_000n, {
    requests_per_minute: 1_000n,
  });
  const ear = await serving.db.connection();
  const heard: string[] = [];
  ear.onNotification((payload) => heard.push(payload));
  await ear.query('listen farebox_change');
  const body = chat('steady', { completion_tokens: 3 });
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, i) => rawCall(urls[i % 2] ?? '', { key, body })),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
  const [row] = await serving.db.query<{ n: bigint }>(
    'select total_spent as n from api_key where id = $1',
    [keyId],
  );
  expect(row?.n).toBeGreaterThan(0n);
  await serving.db.query(
    `update api_key set limits = '{"requests_per_minute": "999"}' where id = $1`,
    [keyId],
  );
  await expect.poll(() => heard, SOON).toContain(`key ${keyId}`);
  expect(heard).toEqual([`key ${keyId}`]);
  await ear.close();
});
