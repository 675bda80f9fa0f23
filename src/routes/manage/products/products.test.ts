import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ManageApi, openManageApi, type TestPlatform } from '../../../../test/manage-api.ts';
import { startScriptedUpstream } from '../../../../test/scripted-upstream.ts';

let api: ManageApi;
let shop: TestPlatform;
beforeAll(async () => {
  api = await openManageApi({ allowedHosts: ['provider.internal'] });
  shop = await api.openPlatform();
});
afterAll(() => api.close());

describe('a product', () => {
  test('is found by its id and by its slug, slashes and all, and is on record', async () => {
    const made = await shop.admin.post('/products', {
      ...{ slug: 'maker/model:1', owned_by: 'maker', estimate_factor: 1.25 },
      max_output_tokens: 8_192,
    });
    expect(made).toMatchObject({
      status: 201,
      body: {
        ...{ object: 'product', slug: 'maker/model:1', kind: 'chat', name: 'maker/model:1' },
        ...{ owned_by: 'maker', active: true, context_tokens: null, max_output_tokens: 8_192 },
        ...{ estimate_factor: 1.25, resale_account: null },
      },
    });
    const { id } = made.body;
    for (const name of [id, encodeURIComponent('maker/model:1')]) {
      expect((await shop.viewer.get(`/products/${name}`)).body).toEqual(made.body);
    }
    const record = await shop.admin.get(`/audit?subject=${id}`);
    expect(record.body.data).toMatchObject([{ action: 'product.create', after: { id } }]);
  });

  test('keeps what a change does not name, and sells no more once deactivated', async () => {
    const { id } = (await shop.admin.post('/products', { slug: 'old', name: 'Old' })).body;
    const changed = await shop.admin.call('PATCH', `/products/${id}`, { context_tokens: 9 });
    expect(changed.body).toMatchObject({ name: 'Old', context_tokens: 9 });
    const ended = await shop.admin.post(`/products/${id}/deactivate`);
    expect(ended.body.active).toBe(false);
    const listed = (await shop.viewer.get('/products?active=false')).body.data;
    expect(listed).toEqual([ended.body]);
    expect((await shop.admin.post(`/products/${id}/activate`)).body.active).toBe(true);
  });

  test.each([
    [{ slug: '' }, 400, 'invalid_request'],
    [{ slug: 'a b' }, 400, 'invalid_request'],
    [{ slug: 'x', kind: 'poem' }, 400, 'invalid_request'],
    [{ slug: 'x', surprise: 1 }, 400, 'invalid_request'],
    [{ slug: 'twice' }, 409, 'product_exists'],
    [
      { slug: 'mine', resale_of: { account: 'acc_0000000000000', product: 'm' } },
      422,
      'resale_not_possible',
    ],
  ])('with %j is refused', async (body, status, code) => {
    await shop.admin.post('/products', { slug: 'twice' });
    const answer = await shop.admin.post('/products', body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test('is answered by the upstreams that it is routed to, in the order of priority', async () => {
    const { id } = (await shop.admin.post('/products', { slug: 'routed' })).body;
    const upstreams = ['one', 'two'].map((name) =>
      shop.admin.post('/upstreams', { name, base_url: 'demo:' }),
    );
    const [one, two] = (await Promise.all(upstreams)).map(({ body }) => body.id);
    const path = `/products/${id}/routes`;
    await shop.admin.call('PUT', `${path}/${one}`, { upstream_model: 'a', priority: 5 });
    const put = await shop.admin.call('PUT', `${path}/${two}`, {});
    expect(put.body).toMatchObject({ upstream: two, upstream_model: 'routed', priority: 0 });
    const order = async () => {
      const { data } = (await shop.viewer.get(path)).body;
      return data.map((route: { upstream: string }) => route.upstream);
    };
    expect(await order()).toEqual([two, one]);
    await shop.admin.call('PUT', `${path}/${one}`, { upstream_model: 'a', priority: -1 });
    expect(await order()).toEqual([one, two]);
    expect((await shop.admin.call('DELETE', `${path}/${one}`)).status).toBe(204);
    const again = await shop.admin.call('DELETE', `${path}/${one}`);
    expect([again.status, again.body.code]).toEqual([404, 'product_route_not_found']);
    expect(await order()).toEqual([two]);
  });
});

describe('an upstream', () => {
  const provider = { name: 'provider', base_url: 'https://api.provider.example/v1/' };

  test('keeps its credential, which no answer and no record ever shows', async () => {
    const credential = 'sk-secret-of-the-provider';
    const made = await shop.admin.post('/upstreams', { ...provider, credential });
    expect(made).toMatchObject({
      status: 201,
      body: { base_url: 'https://api.provider.example/v1', has_credential: true, set_by: 'seller' },
    });
    const shown = [
      made,
      await shop.admin.get('/upstreams'),
      await shop.admin.get(`/audit?subject=${made.body.id}`),
    ];
    expect(JSON.stringify(shown.map(({ body }) => body))).not.toContain('secret');
  });

  test('does not take its credential along to another host', async () => {
    const given = { name: 'moving', base_url: 'https://one.example/v1', credential: 'k-1' };
    const { id } = (await shop.admin.post('/upstreams', given)).body;
    const move = (more: object) =>
      shop.admin.call('PATCH', `/upstreams/${id}`, { base_url: 'https://two.example/v1', ...more });
    const refused = await move({});
    expect([refused.status, refused.body.code]).toEqual([422, 'credential_needed']);
    expect((await move({ credential: null })).body).toMatchObject({ has_credential: false });
    const path = { base_url: 'https://two.example/v2', credential: 'k-2' };
    await shop.admin.call('PATCH', `/upstreams/${id}`, path);
    const same = await shop.admin.call('PATCH', `/upstreams/${id}`, {
      base_url: 'https://two.example/v3',
    });
    expect(same.body).toMatchObject({ base_url: 'https://two.example/v3', has_credential: true });
  });

  test.each([
    'http://api.provider.example/v1',
    'https://127.0.0.1/v1',
    'https://[::1]/v1',
    'https://169.254.169.254/latest',
    'https://2130706433/v1',
  ])('of a seller does not lead to %s', async (base_url) => {
    const refused = await shop.admin.post('/upstreams', { name: 'inside', base_url });
    expect([refused.status, refused.body.code]).toEqual([422, 'address_refused']);
  });

  test('holds no transaction open while it is tried out and keeps silent', async () => {
    const upstream = await startScriptedUpstream();
    let open: unknown;
    upstream.script = async (response) => {
      open = await api.db.query(
        `select query from pg_stat_activity
         where datname = current_database() and state = 'idle in transaction'`,
      );
      response.end(JSON.stringify({ data: [{ id: 'm' }] }));
    };
    const operator = await api.openOperator();
    const header = { 'farebox-platform': shop.slug };
    const slow = { name: 'slow', base_url: upstream.url };
    const { id } = (await operator.post('/upstreams', slow, header)).body;
    const tried = await operator.post(`/upstreams/${id}/test`, undefined, header);
    await upstream.close();
    expect(tried.body).toMatchObject({ ok: true, models: ['m'] });
    expect(open).toEqual([]);
  });

  test('leads inside where the operator allows the host, or sets it', async () => {
    const allowed = { name: 'allowed', base_url: 'http://provider.internal/v1' };
    expect((await shop.admin.post('/upstreams', allowed)).body.set_by).toBe('seller');
    const operator = await api.openOperator();
    const header = { 'farebox-platform': shop.slug };
    const inside = { name: 'inside', base_url: 'http://127.0.0.1:11434/v1' };
    const set = await operator.post('/upstreams', inside, header);
    expect([set.status, set.body.set_by]).toEqual([201, 'operator']);
    const moved = await shop.admin.call('PATCH', `/upstreams/${set.body.id}`, {
      base_url: 'http://127.0.0.1:11435/v1',
    });
    expect(moved.body.code).toBe('address_refused');
  });

  test('that is tested tells whether it answers', async () => {
    const operator = await api.openOperator();
    const header = { 'farebox-platform': shop.slug };
    const dead = { name: 'dead', base_url: 'http://127.0.0.1:1/v1' };
    const { id } = (await operator.post('/upstreams', dead, header)).body;
    const tested = await shop.admin.post(`/upstreams/${id}/test`);
    expect(tested).toMatchObject({
      status: 200,
      body: { object: 'upstream_test', ok: false, status: null, problem: 'refused', models: null },
    });
  });
});
