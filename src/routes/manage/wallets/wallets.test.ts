import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ManageApi, openManageApi, type TestPlatform } from '../../../../test/manage-api.ts';
import { verifyLedger } from '../../../ledger/index.ts';

let api: ManageApi;
let shop: TestPlatform;
beforeAll(async () => {
  api = await openManageApi();
  shop = await api.openPlatform();
});
afterEach(async () => {
  expect(await verifyLedger(api.db)).toEqual([]);
});
afterAll(() => api.close());

let opened = 0;
async function openAccount(): Promise<string> {
  opened += 1;
  return (await shop.support.post('/accounts', { external_id: `user-${opened}` })).body.id;
}
const given = { amount: '10.5', unit: 'USD', source: 'bonus', reason: 'welcome' };

describe('a wallet', () => {
  test('is opened in a unit of the platform, once, and listed by who may see it', async () => {
    const path = `/accounts/${shop.account}/wallets`;
    const made = await shop.support.post(path, { unit: 'credit' });
    expect(made).toMatchObject({ status: 201, body: { object: 'wallet', unit: 'credit' } });
    expect((await shop.support.post(path, { unit: 'credit' })).body.id).toBe(made.body.id);
    const units = (await shop.customer.get(path)).body.data.map(
      (one: { unit: string }) => one.unit,
    );
    expect(units).toEqual(['USD', 'credit']);
    const unknown = await shop.support.post(path, { unit: 'INR' });
    expect([unknown.status, unknown.body.code]).toEqual([422, 'unit_unknown']);
    expect((await shop.customer.post(path, { unit: 'credit' })).status).toBe(403);
  });
});

describe('a grant', () => {
  test('is given with a reason, seen by its customer, and on record', async () => {
    const path = `/accounts/${shop.account}/grants`;
    const expires = '2100-01-01T00:00:00.000Z';
    const made = await shop.admin.post(path, { ...given, expires_at: expires, priority: -1 });
    expect(made).toMatchObject({
      status: 201,
      body: {
        granted: 10.5,
        remaining_exact: '10.5',
        status: 'open',
        expires_at: expires,
        priority: -1,
      },
    });
    const { data } = (await shop.customer.get(path)).body;
    expect(data).toEqual([made.body]);
    expect((await shop.customer.post(path, given)).status).toBe(403);
    const [entry] = (await shop.admin.get('/audit?action=grant.create')).body.data;
    expect(entry).toMatchObject({ subject: shop.account, reason: 'welcome', after: made.body });
  });

  test('is given once for one reference', async () => {
    const path = `/accounts/${await openAccount()}/grants`;
    const first = await shop.admin.post(path, { ...given, reference: 'order 7' });
    const again = await shop.admin.post(path, { ...given, reference: 'order 7' });
    expect(again.body).toEqual(first.body);
    const other = await shop.admin.post(path, { ...given, amount: 1, reference: 'order 7' });
    expect([other.status, other.body.code]).toEqual([409, 'reference_conflict']);
  });

  test('is ended now with a reason, and not twice', async () => {
    const account = await openAccount();
    const { id } = (await shop.admin.post(`/accounts/${account}/grants`, given)).body;
    const ended = await shop.admin.post(`/grants/${id}/expire`, { reason: 'by mistake' });
    expect(ended.body).toMatchObject({ status: 'expired', remaining: 0 });
    expect(ended.body.ended_at).not.toBeNull();
    const again = await shop.admin.post(`/grants/${id}/expire`, { reason: 'by mistake' });
    expect([again.status, again.body.code]).toEqual([409, 'grant_over']);
    const [wallet] = (await shop.viewer.get(`/accounts/${account}/wallets`)).body.data;
    expect(wallet.balance).toBe(0);
    const [entry] = (await shop.admin.get('/audit?action=grant.expire')).body.data;
    expect(entry).toMatchObject({ reason: 'by mistake', before: { remaining: 10.5 } });
  });

  test.each([
    [{ ...given, amount: 0 }, 422, 'invalid_amount'],
    [{ ...given, amount: '-1' }, 422, 'invalid_amount'],
    [{ ...given, amount: '1e3' }, 400, 'invalid_request'],
    [{ ...given, amount: '9223372036.9' }, 422, 'invalid_amount'],
    [{ ...given, expires_at: '2020-01-01T00:00:00Z' }, 422, 'already_expired'],
    [{ ...given, source: 'theft' }, 400, 'invalid_request'],
    [{ ...given, reason: ' ' }, 400, 'invalid_request'],
  ])('with %j is refused', async (body, status, code) => {
    const answer = await shop.admin.post(`/accounts/${shop.account}/grants`, body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });
});

describe('an adjustment', () => {
  const of = (amount: number | string, more: object = {}) => {
    return { amount, unit: 'USD', reason: 'a correction', ...more };
  };

  test('gives or takes back, and answers with before and after', async () => {
    const path = `/accounts/${await openAccount()}/adjustments`;
    const up = await shop.admin.post(path, of(5));
    expect(up.body).toMatchObject({ created: true, balance_before: 0, balance_after: 5 });
    expect(up.body.grant).toMatch(/^grt_/);
    const down = await shop.admin.post(path, of('-1.000000001'));
    expect(down.body).toMatchObject({
      amount_exact: '-1.000000001',
      balance_before_exact: '5',
      balance_after_exact: '3.999999999',
      grant: null,
    });
    const more = await shop.admin.post(path, of(-4));
    expect([more.status, more.body.code]).toEqual([422, 'insufficient_available']);
    const [entry] = (await shop.admin.get('/audit?action=balance.adjust')).body.data;
    expect(entry).toMatchObject({ before: { balance: '5' }, after: { balance: '3.999999999' } });
  });

  test('is made once for an Idempotency-Key, and once for a reference', async () => {
    const account = await openAccount();
    const path = `/accounts/${account}/adjustments`;
    const key = { 'idempotency-key': 'adjust-1' };
    const first = await shop.admin.post(path, of(5), key);
    expect((await shop.admin.post(path, of(5), key)).body).toEqual(first.body);
    await shop.admin.post(path, of(-2, { reference: 'case 9' }));
    const again = await shop.admin.post(path, of(-2, { reference: 'case 9' }));
    expect(again.body).toMatchObject({ created: false, amount: 0, balance_after: 3 });
    const [wallet] = (await shop.viewer.get(`/accounts/${account}/wallets`)).body.data;
    expect(wallet.balance).toBe(3);
  });

  test('sets a balance by the difference', async () => {
    const path = `/accounts/${await openAccount()}/balance`;
    const set = (balance: number) =>
      shop.admin.post(path, { balance, unit: 'credit', reason: 'as agreed' });
    expect((await set(7.5)).body).toMatchObject({ amount: 7.5, balance_after: 7.5 });
    expect((await set(2)).body).toMatchObject({ amount: -5.5, balance_after: 2 });
    expect((await set(2)).body).toMatchObject({ created: false, amount: 0 });
    expect((await set(-1)).status).toBe(422);
  });

  test('is not for who may only support', async () => {
    const path = `/accounts/${shop.account}/adjustments`;
    expect((await shop.support.post(path, of(1))).status).toBe(403);
    expect((await shop.customer.post(path, of(1))).status).toBe(403);
  });
});

describe('transactions', () => {
  test('tell the balance before and after each, newest first, page by page', async () => {
    const account = await openAccount();
    const { id } = (await shop.admin.post(`/accounts/${account}/grants`, given)).body;
    for (const amount of [-1, 2, -3]) {
      const body = { amount, unit: 'USD', reason: 'x' };
      await shop.admin.post(`/accounts/${account}/adjustments`, body);
    }
    const path = `/accounts/${account}/transactions`;
    const { data } = (await shop.viewer.get(path)).body;
    const told = data.map((one: Record<string, unknown>) => [
      one.kind,
      one.amount,
      one.balance_before,
      one.balance_after,
    ]);
    expect(told).toEqual([
      ['adjustment', -3, 11.5, 8.5],
      ['grant', 2, 9.5, 11.5],
      ['adjustment', -1, 10.5, 9.5],
      ['grant', 10.5, 0, 10.5],
    ]);
    expect(data[3]).toMatchObject({ grant: id, source: 'bonus', reason: 'welcome' });
    const first = (await shop.viewer.get(`${path}?limit=3`)).body;
    const rest = (await shop.viewer.get(`${path}?limit=3&after=${first.last_id}`)).body;
    expect([...first.data, ...rest.data]).toEqual(data);
    expect([first.has_more, rest.has_more]).toEqual([true, false]);
    const forged = first.last_id
      .replace('-11500000000-', '-99500000000-')
      .replace('txn_2', 'txn_9');
    expect((await shop.viewer.get(`${path}?after=${forged}`)).body.code).toBe('invalid_id');
    expect((await shop.viewer.get(`${path}?unit=credit`)).body.data).toEqual([]);
  });

  test("are a customer's own only", async () => {
    const theirs = await openAccount();
    expect((await shop.customer.get(`/accounts/${shop.account}/transactions`)).status).toBe(200);
    for (const list of ['transactions', 'grants', 'wallets']) {
      expect((await shop.customer.get(`/accounts/${theirs}/${list}`)).status).toBe(404);
    }
  });
});
