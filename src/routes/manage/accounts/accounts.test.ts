import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ManageApi, openManageApi, type TestPlatform } from '../../../../test/manage-api.ts';

let api: ManageApi;
let shop: TestPlatform;
beforeAll(async () => {
  api = await openManageApi();
  shop = await api.openPlatform();
});
afterAll(() => api.close());

describe('an account', () => {
  test('is opened with an empty wallet, found again, and on record', async () => {
    const made = await shop.support.post('/accounts', {
      mail: 'Ann@Example.com',
      external_id: 'u1',
      limits: { requests_per_minute: 60, budget_total: '12.50' },
    });
    expect(made).toMatchObject({
      status: 201,
      body: {
        object: 'account',
        mail: 'ann@example.com',
        name: 'ann@example.com',
        limits: { requests_per_minute: 60, budget_total: '12.5' },
        wallets: [{ unit: 'USD', balance: 0, available_exact: '0' }],
      },
    });
    const { id } = made.body;
    expect((await shop.viewer.get(`/accounts/${id}`)).body).toEqual(made.body);
    expect((await shop.viewer.get('/accounts?mail=ann@example.com')).body.data).toEqual([
      made.body,
    ]);
    const record = await shop.admin.get(`/audit?subject=${id}`);
    expect(record.body.data).toMatchObject([
      { action: 'account.create', actor: { label: shop.support.mail }, after: { id } },
    ]);
  });

  test('keeps what a change does not name, and shows both states on record', async () => {
    const { id } = (await shop.support.post('/accounts', { external_id: 'u2', name: 'Two' })).body;
    const changed = await shop.support.call('PATCH', `/accounts/${id}`, {
      mail: 'two@example.com',
      limits: { tokens_per_day: 5 },
    });
    expect(changed.body).toMatchObject({
      mail: 'two@example.com',
      external_id: 'u2',
      name: 'Two',
      limits: { tokens_per_day: 5 },
    });
    const [entry] = (await shop.admin.get('/audit?action=account.update')).body.data;
    expect(entry).toMatchObject({ before: { mail: null }, after: { mail: 'two@example.com' } });
  });

  test('is suspended with a reason and let go on', async () => {
    const { id } = (await shop.support.post('/accounts', { external_id: 'u3' })).body;
    const suspended = await shop.support.post(`/accounts/${id}/suspend`, { reason: 'fraud' });
    expect(suspended.body.status).toBe('suspended');
    expect((await shop.support.post(`/accounts/${id}/resume`)).body.status).toBe('active');
    const { data } = (await shop.admin.get(`/audit?subject=${id}`)).body;
    expect(data.map((one: { action: string }) => one.action)).toEqual([
      'account.resume',
      'account.suspend',
      'account.create',
    ]);
    expect(data[1].reason).toBe('fraud');
  });

  test.each([
    [{}, 422, 'invalid_account'],
    [{ mail: 'nobody' }, 400, 'invalid_request'],
    [{ mail: 'a@b.c', surprise: 1 }, 400, 'invalid_request'],
    [{ external_id: 'x', limits: { requests_per_day: 0 } }, 400, 'invalid_request'],
    [{ external_id: 'x', limits: { budget_total: '1.0000000001' } }, 422, 'invalid_amount'],
  ])('with %j is refused', async (body, status, code) => {
    const answer = await shop.support.post('/accounts', body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  test('is opened once for one Idempotency-Key, and the answer comes again', async () => {
    const headers = { 'idempotency-key': 'open-u4' };
    const first = await shop.support.post('/accounts', { external_id: 'u4' }, headers);
    const again = await shop.support.post('/accounts', { external_id: 'u4' }, headers);
    expect(again.body).toEqual(first.body);
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const other = await shop.support.post('/accounts', { external_id: 'u5' }, headers);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key_reused']);
    const theirs = await shop.admin.post('/accounts', { external_id: 'u5' }, headers);
    expect(theirs.status).toBe(201);
  });

  test('lists page by page, oldest first', async () => {
    const other = await api.openPlatform();
    for (const externalId of ['a', 'b']) {
      await other.support.post('/accounts', { external_id: externalId });
    }
    const first = (await other.viewer.get('/accounts?limit=2')).body;
    expect(first).toMatchObject({ object: 'list', has_more: true });
    const rest = (await other.viewer.get(`/accounts?limit=2&after=${first.last_id}`)).body;
    expect(rest).toMatchObject({ has_more: false, data: [{ external_id: 'b' }] });
  });
});

describe('a customer', () => {
  test('sees its own account and no other', async () => {
    const { id } = (await shop.support.post('/accounts', { external_id: 'neighbour' })).body;
    expect((await shop.customer.get(`/accounts/${shop.account}`)).body.id).toBe(shop.account);
    const theirs = await shop.customer.get(`/accounts/${id}`);
    expect([theirs.status, theirs.body.code]).toEqual([404, 'account_not_found']);
    for (const path of ['/accounts', '/audit', '/members', '/tokens']) {
      expect((await shop.customer.get(path)).status, path).toBe(403);
    }
  });
});
