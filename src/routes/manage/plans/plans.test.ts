import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ManageApi, openManageApi, type TestPlatform } from '../../../../test/manage-api.ts';

let api: ManageApi;
let shop: TestPlatform;
beforeAll(async () => {
  api = await openManageApi();
  shop = await api.openPlatform();
});
afterAll(() => api.close());

const premium = {
  slug: 'premium',
  name: 'Premium',
  allowances: [{ unit: 'credit', per: 'day', amount: '2.5' }],
  limits: { requests_per_minute: 60, budget_per_day: '3' },
  features: ['search', 'analytics'],
  key_count: 10,
  prices: { USD: 1900, INR: 49900 },
  trial_days: 14,
  grace_days: 3,
  sort_order: 2,
};

describe('a plan', () => {
  test('is made with all its terms, found by slug and id, and on record', async () => {
    const made = await shop.admin.post('/plans', premium);
    expect(made.status).toBe(201);
    const allowances = [{ unit: 'credit', per: 'day', amount: 2.5, amount_exact: '2.5' }];
    const shown = { ...premium, object: 'plan', active: true, is_default: false, allowances };
    expect(made.body).toMatchObject(shown);
    const { id } = made.body;
    expect((await shop.viewer.get(`/plans/${id}`)).body).toEqual(made.body);
    expect((await shop.customer.get('/plans/premium')).body).toEqual(made.body);
    const record = (await shop.admin.get(`/audit?subject=${id}`)).body;
    expect(record.data).toMatchObject([{ action: 'plan.create', after: { id } }]);
  });

  test('keeps what a change does not name, and shows both states on record', async () => {
    await shop.admin.post('/plans', { ...premium, slug: 'changed' });
    const changed = await shop.admin.call('PATCH', '/plans/changed', {
      ...{ prices: { USD: 100 }, key_count: null, limits: { budget_per_day: null } },
    });
    expect(changed.body).toMatchObject({ name: 'Premium', prices: { USD: 100 }, key_count: null });
    expect(changed.body.limits).toEqual({ requests_per_minute: 60 });
    const [entry] = (await shop.admin.get('/audit?action=plan.update')).body.data;
    expect(entry).toMatchObject({ before: { key_count: 10 }, after: { key_count: null } });
  });

  test('that is not offered any more is seen by staff, and not listed to customers', async () => {
    await shop.admin.post('/plans', { slug: 'old', name: 'Old', active: false });
    const slugs = async (who: 'viewer' | 'customer') =>
      (await shop[who].get('/plans')).body.data.map(({ slug }: { slug: string }) => slug);
    expect(await slugs('viewer')).toContain('old');
    expect(await slugs('customer')).not.toContain('old');
  });

  test.each([
    [{ slug: 'premium', name: 'Again' }, 409, 'plan_exists'],
    [{ slug: 'X', name: 'Bad' }, 400, 'invalid_request'],
    [{ slug: 'bad', name: 'Bad', prices: { usd: 1 } }, 400, 'invalid_request'],
    [{ slug: 'bad', name: 'Bad', prices: { USD: 1.5 } }, 400, 'invalid_request'],
    [
      { slug: 'bad', name: 'Bad', allowances: [{ unit: 'EUR', per: 'day', amount: 1 }] },
      ...([422, 'unit_unknown'] as const),
    ],
    [
      { slug: 'bad', name: 'Bad', allowances: [{ unit: 'USD', per: 'day', amount: '-1' }] },
      ...([422, 'invalid_allowance'] as const),
    ],
  ])('given as %j is refused', async (body, status, code) => {
    await shop.admin.post('/plans', { slug: 'premium', name: 'Premium' });
    const answer = await shop.admin.post('/plans', body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test('is made by administrators only', async () => {
    for (const who of ['customer', 'viewer', 'support'] as const) {
      expect((await shop[who].post('/plans', { slug: 'mine', name: 'Mine' })).status).toBe(403);
    }
  });
});

describe('a package', () => {
  const basic = {
    slug: 'basic',
    name: 'Basic',
    unit: 'credit',
    amount: 5000,
    prices: { USD: 900 },
  };

  test('is offered with its bonus, and seen by customers while it is offered', async () => {
    const made = await shop.admin.post('/packages', { ...basic, bonus: '0.125' });
    expect(made.body).toMatchObject({ ...basic, amount_exact: '5000', bonus: 0.125, active: true });
    expect((await shop.customer.get('/packages/basic')).body).toEqual(made.body);
    const changed = await shop.admin.call('PATCH', `/packages/${made.body.id}`, { bonus: 1 });
    expect(changed.body).toEqual({ ...made.body, bonus: 1, bonus_exact: '1' });
    await shop.admin.call('PATCH', '/packages/basic', { active: false });
    expect((await shop.customer.get('/packages')).body.data).toEqual([]);
    expect((await shop.viewer.get('/packages')).body.data).toHaveLength(1);
    const record = (await shop.admin.get(`/audit?subject=${made.body.id}`)).body.data;
    expect(record.map(({ action }: { action: string }) => action)).toEqual([
      'package.update',
      'package.update',
      'package.create',
    ]);
  });

  test('is refused in a unit that is not there, and when it is not there itself', async () => {
    const odd = await shop.admin.post('/packages', { ...basic, slug: 'odd', unit: 'EUR' });
    expect([odd.status, odd.body.code]).toEqual([422, 'unit_unknown']);
    const none = await shop.admin.get('/packages/none');
    expect([none.status, none.body.code]).toEqual([404, 'package_not_found']);
  });
});
