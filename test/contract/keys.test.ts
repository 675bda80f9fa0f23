import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  changeKey,
  changePlatform,
  createKey,
  findKey,
  type NewKey,
  revokeKey,
  rotateKey,
} from '../../src/tenants/index.ts';
import { errorOf, jsonOf, type RawAnswer, rawCall } from '../raw-call.ts';
import { type Serving, startServing, type TestCustomer } from '../serving.ts';
import { callsOf, chat, platformOf, sellThrough, untilSold, walletOf } from './market.ts';

let serving: Serving;
let platformId: bigint;

beforeAll(async () => {
  serving = await startServing({ trustedProxies: 1 });
  platformId = await platformOf(serving);
  await serving.sellModel('one', { input: 10n, output: 20n });
  await serving.sellModel('two', { input: 10n, output: 20n });
  await sellThrough(serving, 'nowhere', { input: 10n, output: 20n }, []);
  await untilSold(serving, 'one', 'two');
});
afterAll(() => serving?.close());

const tx = <T>(work: Parameters<typeof serving.db.transaction<T>>[0]) =>
  serving.db.transaction(work);

/** One more key of a customer's account. */
async function keyOf(customer: TestCustomer, change: Partial<NewKey>) {
  const key = { platformId, accountId: customer.accountId, name: 'k', ...change };
  return tx((one) => createKey(one, serving.instance, key));
}

const ask = (key: string, model = 'one', headers: Record<string, string> = {}) =>
  rawCall(serving.url, { key, headers, body: chat(model, {}, { max_tokens: 5 }) });
const get = (key: string, path: string, headers: Record<string, string> = {}) =>
  rawCall(serving.url, { method: 'GET', path, key, headers });
const outcome = (answer: RawAnswer) =>
  answer.status === 200 ? 200 : `${answer.status} ${errorOf(answer).code}`;

describe('a key is refused', () => {
  test('without the scope call, and may still list the models', async () => {
    const customer = await serving.openCustomer(1_000_000n);
    const { text } = await keyOf(customer, { scopes: ['read'] });
    expect(outcome(await ask(text))).toBe('403 scope_missing');
    expect((await get(text, '/v1/models')).status).toBe(200);
    expect(await callsOf(serving, customer)).toEqual([]);
  });

  test('for every model but those that it is made for, and lists no other', async () => {
    const customer = await serving.openCustomer(1_000_000n);
    const { text, id } = await keyOf(customer, { models: ['one'] });
    expect(outcome(await ask(text, 'one'))).toBe(200);
    expect(outcome(await ask(text, 'two'))).toBe('403 model_not_allowed');
    expect(outcome(await ask(text, 'no-such'))).toBe('403 model_not_allowed');
    expect(jsonOf(await get(text, '/v1/models')).data).toMatchObject([{ id: 'one' }]);
    expect((await get(text, '/v1/models/one')).status).toBe(200);
    expect(outcome(await get(text, '/v1/models/two'))).toBe('403 model_not_allowed');
    await tx((one) => changeKey(one, platformId, id, { models: ['two'] }));
    await expect.poll(async () => outcome(await ask(text, 'two'))).toBe(200);
    expect(outcome(await ask(text, 'one'))).toBe('403 model_not_allowed');
  });

  test.each([
    ['10.1.2.3', 200],
    ['2001:db8::1:2', 200],
    ['11.1.2.3', '403 address_not_allowed'],
    ['2001:db9::1', '403 address_not_allowed'],
  ])('from an address that it is not made for: %s gets %s', async (address, expected) => {
    const customer = await serving.openCustomer(1_000_000n);
    const { text } = await keyOf(customer, { addresses: ['10.0.0.0/8', '2001:db8::/32'] });
    // What stands before the proxy's own entry is anybody's claim.
    const headers = { 'x-forwarded-for': `10.9.9.9, ${address}` };
    expect(outcome(await ask(text, 'one', headers))).toBe(expected);
    expect(outcome(await get(text, '/v1/models', headers))).toBe(expected);
  });

  test('on the management API too, where it only reads its own account', async () => {
    const customer = await serving.openCustomer(1_000_000n);
    const { text } = await keyOf(customer, { scopes: ['read'], addresses: ['10.0.0.0/8'] });
    const from = (address: string) => get(text, '/manage/v1/keys', { 'x-forwarded-for': address });
    expect(jsonOf(await from('10.0.0.1')).data).toHaveLength(2);
    expect(jsonOf(await from('11.0.0.1')).code).toBe('address_not_allowed');
  });
});

describe('a rotated key', () => {
  test('works under both texts for its grace, with one budget for both', async () => {
    const customer = await serving.openCustomer(1_000_000_000n);
    const first = await ask(customer.key);
    const cost = BigInt(Math.round(Number(first.headers['x-farebox-cost']) * 1e9));
    const { keyId } = customer;
    await tx((one) => changeKey(one, platformId, keyId, { limits: { budget_total: cost * 4n } }));
    const rotated = await tx((one) => rotateKey(one, serving.instance, platformId, keyId, 86_400));
    expect(rotated.id).toBe(keyId);
    const texts = [customer.key, rotated.text];
    const answers = [];
    for (let index = 0; index < 6; index += 1) {
      answers.push(outcome(await ask(texts[index % 2] ?? '')));
    }
    expect(answers).toContain(200);
    expect(answers.slice(3)).toEqual(Array(3).fill('402 budget_exceeded'));
    const calls = await callsOf(serving, customer);
    expect(calls.reduce((sum, { charge }) => sum + charge, 0n)).toBeLessThanOrEqual(cost * 4n);
  });

  test('without a grace works under its new text alone, within a second everywhere', async () => {
    const customer = await serving.openCustomer(1_000_000n);
    expect(outcome(await ask(customer.key))).toBe(200);
    const { text } = await tx((one) =>
      rotateKey(one, serving.instance, platformId, customer.keyId, 0),
    );
    await expect
      .poll(async () => outcome(await ask(customer.key)), { timeout: 1_000 })
      .toBe('401 INVALID_TOKEN');
    expect(outcome(await ask(text))).toBe(200);
  });

  test('does not work under an earlier text once its time is over', async () => {
    const customer = await serving.openCustomer(1_000_000n);
    const { text } = await tx((one) =>
      rotateKey(one, serving.instance, platformId, customer.keyId, 1),
    );
    expect(outcome(await ask(customer.key))).toBe(200);
    await expect
      .poll(async () => outcome(await ask(customer.key)), { timeout: 5_000 })
      .toBe('401 INVALID_TOKEN');
    expect(outcome(await ask(text))).toBe(200);
  });

  test('is revoked under all its texts', async () => {
    const customer = await serving.openCustomer(1_000_000n);
    const { keyId } = customer;
    const { text } = await tx((one) => rotateKey(one, serving.instance, platformId, keyId, 60));
    expect([outcome(await ask(customer.key)), outcome(await ask(text))]).toEqual([200, 200]);
    await revokeKey(serving.db, platformId, keyId);
    for (const one of [customer.key, text]) {
      await expect.poll(async () => outcome(await ask(one))).toBe('401 INVALID_TOKEN');
    }
  });
});

test('a call is when its key was last used, to the minute, without a row of its own', async () => {
  const customer = await serving.openCustomer(1_000_000n);
  const used = async () => (await findKey(serving.db, platformId, customer.keyId)).lastUsedAt;
  expect(await used()).toBeNull();
  await ask(customer.key);
  const ageMs = Date.now() - ((await used())?.getTime() ?? 0);
  expect(ageMs).toBeGreaterThanOrEqual(0);
  expect(ageMs).toBeLessThan(120_000);
});

describe('a test key', () => {
  test('is answered by the demo provider, free, also by who has nothing', async () => {
    const customer = await serving.openCustomer(0n);
    const { text } = await keyOf(customer, { isTest: true });
    const before = serving.provider.lastRequests().length;
    for (const model of ['one', 'nowhere']) {
      const answer = await ask(text, model);
      expect(outcome(answer), model).toBe(200);
      expect(answer.headers).toMatchObject({ 'x-farebox-cost': '0' });
      expect(jsonOf(answer).model).toBe(model);
    }
    expect(serving.provider.lastRequests().length).toBe(before);
    expect(await callsOf(serving, customer)).toMatchObject([
      { outcome: 'settled', price: 0n, charge: 0n, held: 0n, upstream_id: null },
      { outcome: 'settled', price: 0n, charge: 0n, held: 0n, upstream_id: null },
    ]);
    expect(await walletOf(serving, customer)).toEqual({ balance: 0n, held: 0n });
  });

  test('streams, and is bound by its limits as any other', async () => {
    const customer = await serving.openCustomer(0n);
    const { text } = await keyOf(customer, { isTest: true, limits: { requests_per_day: 1n } });
    const body = chat('one', {}, { stream: true });
    const streamed = await rawCall(serving.url, { key: text, body });
    expect(streamed.trailers['x-farebox-cost']).toBe('0');
    expect(streamed.body.toString()).toMatch(/data: \[DONE\]\n\n$/);
    expect(outcome(await ask(text))).toBe('429 quota_exceeded');
  });
});

describe('on a platform with the scheme bcrypt', () => {
  test('new keys are stored so and work; earlier ones stay as they are', async () => {
    const customer = await serving.openCustomer(1_000_000n);
    const { platform, key } = await tx(async (one) => {
      const changed = await changePlatform(one, platformId, { keyScheme: 'bcrypt' });
      const made = { platformId, accountId: customer.accountId, name: 'slow' };
      const slow = await createKey(one, serving.instance, made);
      await changePlatform(one, platformId, { keyScheme: 'sha256' });
      return { platform: changed, key: slow };
    });
    expect(platform.keyScheme).toBe('bcrypt');
    expect(key.scheme).toBe('bcrypt');
    const [row] = await serving.db.query<{ stored: string; whole: string }>(
      'select slow_hash as stored, k::text as whole from api_key k where id = $1',
      [key.id],
    );
    expect(row?.stored).toMatch(/^\$2b\$10\$/);
    expect(row?.whole).not.toContain(key.text.slice(12, -4));
    expect(outcome(await ask(key.text))).toBe(200);
    expect(outcome(await ask(customer.key))).toBe(200);
    // Back at the other scheme, its next text is stored in that.
    const rotated = await tx((one) => rotateKey(one, serving.instance, platformId, key.id, 60));
    expect(rotated.scheme).toBe('sha256');
    expect([outcome(await ask(key.text)), outcome(await ask(rotated.text))]).toEqual([200, 200]);
  });
});
