import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testIds } from '../../../../test/books.ts';
import {
  createClient,
  type ManageApi,
  openManageApi,
  type TestPlatform,
} from '../../../../test/manage-api.ts';
import { createProduct } from '../../../catalog/index.ts';

let api: ManageApi;
let shop: TestPlatform;
beforeAll(async () => {
  api = await openManageApi();
  shop = await api.openPlatform();
  const { platformId } = shop;
  await createProduct(api.db, testIds, { platformId, slug: 'small', kind: 'chat' });
});
afterAll(() => api.close());

const made = async (body: object = {}) =>
  (await shop.support.post('/keys', { account: shop.account, name: 'k', ...body })).body;

describe('a key', () => {
  test('is made with all that is set on it, shown once, on record without its text', async () => {
    const given = {
      name: 'ci',
      scopes: ['read', 'call'],
      models: ['small'],
      addresses: ['10.1.2.3/8', '2001:db8::7'],
      expires_at: '2031-01-01T00:00:00.000Z',
      limits: { requests_per_minute: 60, budget_total: '2.50' },
    };
    const answer = await shop.support.post('/keys', { account: shop.account, ...given });
    const { key, ...shown } = answer.body;
    expect(answer.status).toBe(201);
    expect(key).toMatch(/^sk-shop-[0-9A-Za-z]{40}$/);
    expect(shown).toMatchObject({
      ...given,
      object: 'key',
      account: shop.account,
      status: 'active',
      test: false,
      scheme: 'sha256',
      scopes: ['call', 'read'],
      addresses: ['10.0.0.0/8', '2001:db8::7/128'],
      limits: { requests_per_minute: 60, budget_total: '2.5' },
      last_used_at: null,
      retiring: [],
    });
    expect((await shop.viewer.get(`/keys/${shown.id}`)).body).toEqual(shown);
    const [entry] = (await shop.admin.get(`/audit?subject=${shown.id}`)).body.data;
    expect(entry).toMatchObject({ action: 'key.create', after: shown });
    expect(JSON.stringify(entry)).not.toContain(key.slice(12, -4));
  });

  test('keeps what a change does not name', async () => {
    const { id } = await made({ models: ['small'], limits: { requests_per_day: 5 } });
    const changed = await shop.support.call('PATCH', `/keys/${id}`, {
      scopes: ['read'],
      models: null,
      limits: { tokens_per_day: 7 },
    });
    expect(changed.body).toMatchObject({
      name: 'k',
      scopes: ['read'],
      models: null,
      limits: { requests_per_day: 5, tokens_per_day: 7 },
    });
    const [entry] = (await shop.admin.get('/audit?action=key.update')).body.data;
    expect(entry).toMatchObject({ before: { models: ['small'] }, after: { models: null } });
  });

  test('stays the same key under another text, and tells when the earlier one ends', async () => {
    const { key, ...before } = await made({ limits: { budget_total: '1' } });
    const answer = await shop.support.post(`/keys/${before.id}/rotate`, { grace_seconds: 3_600 });
    expect(answer.status).toBe(200);
    const { key: text, ...after } = answer.body;
    expect(text).not.toBe(key);
    expect(after).toMatchObject({
      ...before,
      preview: expect.not.stringMatching(before.preview),
      rotated_at: expect.any(String),
      retiring: [{ preview: before.preview, ends_at: expect.any(String) }],
    });
    const graceMs = Date.parse(after.retiring[0].ends_at) - Date.parse(after.rotated_at);
    expect(graceMs).toBe(3_600_000);
    const cut = await shop.support.post(`/keys/${before.id}/rotate`);
    expect(cut.body.retiring).toEqual([]);
  });

  test('is revoked for good, once and again, and gets no other text then', async () => {
    const { id } = await made();
    for (let time = 1; time <= 2; time += 1) {
      const answer = await shop.support.call('DELETE', `/keys/${id}`);
      expect([answer.status, answer.body.status]).toEqual([200, 'revoked']);
    }
    const rotated = await shop.support.post(`/keys/${id}/rotate`, {});
    expect([rotated.status, rotated.body.code]).toEqual([409, 'key_not_active']);
  });

  test('is shown once for one Idempotency-Key', async () => {
    const headers = { 'idempotency-key': 'make-key' };
    const body = { account: shop.account, name: 'once' };
    const first = await shop.support.post('/keys', body, headers);
    const again = await shop.support.post('/keys', body, headers);
    expect(again.body.key).toBe(first.body.key);
  });

  test.each([
    [{ scopes: [] }, 400, 'invalid_request'],
    [{ scopes: ['write'] }, 400, 'invalid_request'],
    [{ addresses: ['example.com'] }, 400, 'invalid_request'],
    [{ addresses: ['10.0.0.0/33'] }, 422, 'invalid_key'],
    [{ addresses: ['1.2.3'] }, 422, 'invalid_key'],
    [{ models: ['small', 'large'] }, 422, 'models_unknown'],
    [{ models: [] }, 400, 'invalid_request'],
    [{ account: undefined }, 422, 'invalid_key'],
    [{ account: 'acc_0000000000001' }, 404, 'account_not_found'],
    [{ surprise: 1 }, 400, 'invalid_request'],
  ])('with %j is refused', async (change, status, code) => {
    const body = { account: shop.account, name: 'k', ...change };
    const answer = await shop.support.post('/keys', body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test.each([-1, 30 * 86_400 + 1])('is not rotated with a grace of %d seconds', async (grace) => {
    const { id } = await made();
    const answer = await shop.support.post(`/keys/${id}/rotate`, { grace_seconds: grace });
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
  });
});

describe('keys', () => {
  test('are listed newest first, by account and by status, page by page', async () => {
    const other = await api.openPlatform();
    const account = (await other.support.post('/accounts', { external_id: 'a' })).body.id;
    const ids: string[] = [];
    for (const owner of [other.account, account, account]) {
      ids.unshift((await other.support.post('/keys', { account: owner, name: 'k' })).body.id);
    }
    await other.support.call('DELETE', `/keys/${ids[0]}`);
    await other.support.call('PATCH', `/keys/${ids[1]}`, { expires_at: '2020-01-01T00:00:00Z' });
    const idsOf = async (query: string) =>
      (await other.viewer.get(`/keys${query}`)).body.data.map(({ id }: { id: string }) => id);
    expect(await idsOf('')).toEqual(ids);
    expect(await idsOf(`?account=${account}`)).toEqual(ids.slice(0, 2));
    expect(await idsOf('?status=revoked')).toEqual([ids[0]]);
    expect(await idsOf('?status=expired')).toEqual([ids[1]]);
    expect(await idsOf('?status=active')).toEqual([ids[2]]);
    expect(await idsOf(`?limit=1&after=${ids[0]}`)).toEqual([ids[1]]);
    expect((await other.viewer.get('/keys?limit=1')).body.has_more).toBe(true);
  });

  test('of an account are a thousand live ones at most', async () => {
    const account = (await shop.support.post('/accounts', { external_id: 'many' })).body.id;
    const body = { account, name: 'k' };
    const { id } = (await shop.support.post('/keys', body)).body;
    await api.db.query(
      `insert into api_key (id, platform_id, account_id, hash, preview, name)
       select -n, k.platform_id, k.account_id, sha256(n::text::bytea), 'x', 'x'
       from api_key k, generate_series(1, 999) n where k.id = (select max(id) from api_key)`,
    );
    const refused = await shop.support.post('/keys', body);
    expect([refused.status, refused.body.code]).toEqual([409, 'too_many_keys']);
    await shop.support.call('DELETE', `/keys/${id}`);
    expect((await shop.support.post('/keys', body)).status).toBe(201);
  });

  test('of an account are as many as its plan has, and more on another', async () => {
    const there = await api.openPlatform();
    const plan = { slug: 'one', name: 'One', key_count: 1, is_default: true };
    await there.admin.post('/plans', plan);
    await there.admin.post('/plans', { slug: 'many', name: 'Many', key_count: 3 });
    const make = () => there.customer.post('/keys', { name: 'k' });
    const both = await Promise.all([make(), make()]);
    expect(both.map(({ status }) => status).sort()).toEqual([201, 409]);
    await there.support.post(`/accounts/${there.account}/subscription`, { plan: 'many' });
    expect((await make()).status).toBe(201);
  });

  test('of the whole platform are changed by its support and not by a viewer', async () => {
    const { id } = await made();
    const body = { account: shop.account, name: 'k' };
    expect((await shop.viewer.post('/keys', body)).body.code).toBe('not_allowed');
    expect((await shop.viewer.call('PATCH', `/keys/${id}`, {})).body.code).toBe('not_allowed');
    expect((await shop.viewer.post(`/keys/${id}/rotate`)).body.code).toBe('not_allowed');
    expect((await shop.viewer.call('DELETE', `/keys/${id}`)).body.code).toBe('not_allowed');
  });
});

describe('a customer', () => {
  test('makes, changes, rotates and revokes keys of its own account', async () => {
    const { customer } = shop;
    const { id, account } = (await customer.post('/keys', { name: 'mine', test: true })).body;
    expect(account).toBe(shop.account);
    const changed = await customer.call('PATCH', `/keys/${id}`, { models: ['small'] });
    expect(changed.body).toMatchObject({ models: ['small'], test: true });
    const rotated = await customer.post(`/keys/${id}/rotate`, { grace_seconds: 60 });
    expect(rotated.body.retiring).toHaveLength(1);
    expect((await customer.call('DELETE', `/keys/${id}`)).body.status).toBe('revoked');
  });

  test('neither sees nor makes keys of another account', async () => {
    const account = (await shop.support.post('/accounts', { external_id: 'next' })).body.id;
    const { id } = (await shop.support.post('/keys', { account, name: 'theirs' })).body;
    for (const [method, path] of [
      ['GET', `/keys/${id}`],
      ['PATCH', `/keys/${id}`],
      ['POST', `/keys/${id}/rotate`],
      ['DELETE', `/keys/${id}`],
    ] as const) {
      const answer = await shop.customer.call(method, path, method === 'GET' ? undefined : {});
      expect([answer.status, answer.body.code], method).toEqual([404, 'key_not_found']);
    }
    const made = await shop.customer.post('/keys', { account, name: 'mine' });
    expect(made.body.code).toBe('account_not_found');
    const listed = JSON.stringify((await shop.customer.get('/keys')).body);
    expect(listed).not.toContain(id);
  });
});

describe('a key with the scope read', () => {
  const clientOf = (key: string) => createClient(api.app, 'key', 'key', key);

  test('reads its own account, and nothing of others', async () => {
    const { key, id } = await made({ scopes: ['read'] });
    const account = (await shop.support.post('/accounts', { external_id: 'other' })).body.id;
    const client = clientOf(key);
    const own = await client.get(`/accounts/${shop.account}`);
    expect(own.body).toMatchObject({ id: shop.account, wallets: [{ unit: 'USD' }] });
    expect((await client.get(`/accounts/${account}`)).body.code).toBe('account_not_found');
    expect((await client.get('/accounts')).body.code).toBe('not_allowed');
    expect((await client.call('HEAD', `/accounts/${shop.account}`)).status).toBe(200);
    const used = (await client.get(`/keys/${id}`)).body.last_used_at;
    expect(Date.now() - Date.parse(used)).toBeLessThan(60_000);
  });

  test('changes nothing', async () => {
    const { key, id } = await made({ scopes: ['read', 'call'] });
    const client = clientOf(key);
    for (const [method, path] of [
      ['POST', '/keys'],
      ['PATCH', `/keys/${id}`],
      ['POST', `/keys/${id}/rotate`],
      ['DELETE', `/keys/${id}`],
    ] as const) {
      const given = path === '/keys' ? { name: 'k' } : {};
      const { status, body } = await client.call(method, path, given);
      expect([status, body.code], `${method} ${path}`).toEqual([403, 'not_allowed']);
    }
    expect((await client.get(`/keys/${id}`)).body.status).toBe('active');
  });

  test('is needed: a key for calls alone reads nothing here', async () => {
    const { key } = await made();
    const answer = await clientOf(key).get(`/accounts/${shop.account}`);
    expect([answer.status, answer.body.code]).toEqual([403, 'scope_missing']);
  });

  test('is not known on another platform, and to nobody once it is revoked', async () => {
    const { key, id } = await made({ scopes: ['read'] });
    const other = await api.openPlatform();
    const headers = { 'farebox-platform': other.slug };
    const answer = await clientOf(key).get(`/accounts/${shop.account}`, headers);
    expect([answer.status, answer.body.code]).toEqual([404, 'platform_not_found']);
    await shop.support.call('DELETE', `/keys/${id}`);
    const client = clientOf(key);
    await expect
      .poll(async () => (await client.get(`/accounts/${shop.account}`)).body.code)
      .toBe('INVALID_TOKEN');
  });
});
