import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Client,
  type ManageApi,
  openManageApi,
  type TestPlatform,
} from '../../../../test/manage-api.ts';

let api: ManageApi;
let operator: Client;
let shop: TestPlatform;
beforeAll(async () => {
  api = await openManageApi();
  operator = await api.openOperator();
  shop = await api.openPlatform();
});
afterAll(() => api.close());

const change = (client: Client, body: object, slug = shop.slug) =>
  client.call('PATCH', `/platforms/${slug}`, body);

describe('a platform', () => {
  test('is opened by the operator, who is its first owner, and is on record', async () => {
    const made = await operator.post('/platforms', {
      slug: 'new-shop',
      name: 'New shop',
      key_prefix: 'ns_live_',
      units: [{ code: 'credit', scale: 3 }],
      time_zone: 'Asia/Kolkata',
    });
    expect(made).toMatchObject({
      status: 201,
      body: { slug: 'new-shop', default_unit: 'credit', opened_by: null, opens_platforms: false },
    });
    const headers = { 'farebox-platform': 'new-shop' };
    const members = (await operator.get('/members', headers)).body.data;
    expect(members).toMatchObject([{ mail: operator.mail, role: 'owner', is_invited: false }]);
    const record = (await operator.get('/audit', headers)).body.data;
    expect(record).toMatchObject([{ action: 'platform.create', subject: made.body.id }]);
    const again = await operator.post('/platforms', { slug: 'new-shop', name: 'Other' });
    expect([again.status, again.body.code]).toEqual([409, 'platform_exists']);
  });

  test('is opened by a customer only where the operator lets customers do that', async () => {
    const ask = () => shop.customer.post('/platforms', { slug: 'sub-shop', name: 'Sub' });
    expect((await ask()).body.code).toBe('may_not_open_platforms');
    await operator.post(`/platforms/${shop.slug}/allow-platforms`);
    expect(await ask()).toMatchObject({ status: 201, body: { opened_by: shop.account } });
    const own = (await shop.customer.get('/platforms')).body.data;
    expect(own.map((one: { slug: string }) => one.slug)).toEqual(['sub-shop']);
    await operator.post(`/platforms/${shop.slug}/refuse-platforms`);
    const refused = await shop.customer.post('/platforms', { slug: 'third', name: 'Third' });
    expect(refused.status).toBe(403);
  });

  test('is shown to the operator among all, and to others with what they work for', async () => {
    const first = (await operator.get('/platforms?limit=1')).body;
    expect(first.has_more).toBe(true);
    const next = (await operator.get(`/platforms?limit=1&after=${first.last_id}`)).body;
    expect(next.data[0].id).not.toBe(first.data[0].id);
    const theirs = (await shop.viewer.get('/platforms')).body.data;
    expect(theirs.map((one: { slug: string }) => one.slug)).toEqual([shop.slug]);
  });

  test('is changed by an admin, keeps what is not named, and is on record', async () => {
    const changed = await change(shop.admin, {
      name: 'Renamed',
      key_scheme: 'bcrypt',
      default_unit: 'credit',
      currencies: ['USD', 'INR'],
      hold_policy: { min_output_tokens: 16 },
      cors_origins: ['https://app.example.com'],
      branding: { accent_color: '#336699' },
      logging: { bodies: 'errors', redact: ['password'] },
    });
    expect(changed).toMatchObject({
      status: 200,
      body: {
        name: 'Renamed',
        time_zone: 'UTC',
        hold_policy: { default_output_tokens: 4096, min_output_tokens: 16 },
        logging: { bodies: 'errors', redact: ['password'], keep_days: 30 },
      },
    });
    expect((await shop.viewer.get(`/platforms/${shop.slug}`)).body).toEqual(changed.body);
    const [entry] = (await shop.admin.get('/audit?action=platform.update')).body.data;
    expect(entry).toMatchObject({ before: { name: 'Shop' }, after: { name: 'Renamed' } });
    expect((await change(shop.support, { name: 'No' })).body.code).toBe('not_allowed');
  });

  test.each([
    [{ time_zone: '+02:00' }, 422],
    [{ default_unit: 'EUR' }, 422],
    [{ cors_origins: ['https://a.example/path'] }, 400],
    [{ currencies: [] }, 400],
    [{ slug: 'other' }, 400],
  ])('is not changed by %j', async (body, status) => {
    expect((await change(shop.admin, body)).status).toBe(status);
  });

  test('counts one more unit, whose scale never changes', async () => {
    const add = (scale: number) =>
      shop.admin.post(`/platforms/${shop.slug}/units`, { code: 'INR', scale });
    expect((await add(9)).body.units).toContainEqual({ code: 'INR', scale: 9 });
    expect((await add(2)).body.code).toBe('unit_exists');
  });

  test('is suspended and let go on by the operator alone', async () => {
    const path = `/platforms/${shop.slug}/suspend`;
    expect((await shop.owner.post(path)).status).toBe(404);
    expect((await operator.post(path)).body.status).toBe('suspended');
    expect((await operator.post(`/platforms/${shop.slug}/resume`)).body.status).toBe('active');
  });
});

describe('a domain', () => {
  test("is the platform's own once the DNS says so, and not before", async () => {
    const set = await change(shop.admin, { domain: 'api.shop.example' });
    const { record, proof } = set.body.domain;
    expect(record).toBe('_farebox.api.shop.example');
    const verify = () => shop.admin.post(`/platforms/${shop.slug}/verify-domain`);
    expect((await verify()).body.code).toBe('domain_not_proven');
    api.dns.set(record, ['something else', proof]);
    expect((await verify()).body.domain.verified_at).toMatch(/^20/);
  });

  test('says which platform is meant by who belongs to several', async () => {
    const second = await api.openPlatform();
    await second.owner.post('/members', { mail: shop.viewer.mail, role: 'viewer' });
    const ask = (host: string) => shop.viewer.get('/members', { host });
    expect((await ask('farebox.example')).body.code).toBe('platform_required');
    const there = (await ask('API.shop.example:8443')).body.data;
    expect(there.map(({ mail }: { mail: string }) => mail)).toContain(shop.owner.mail);
  });

  test('that another has proven cannot be claimed; one only claimed can', async () => {
    const rival = await api.openPlatform();
    const taken = await change(rival.admin, { domain: 'api.shop.example' }, rival.slug);
    expect([taken.status, taken.body.code]).toEqual([409, 'domain_taken']);
    await change(rival.admin, { domain: 'free.example' }, rival.slug);
    expect((await change(shop.admin, { domain: 'free.example' })).status).toBe(200);
    expect((await change(shop.admin, { domain: null })).body.domain).toBeNull();
  });
});
