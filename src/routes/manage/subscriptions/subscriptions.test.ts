import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Client,
  type ManageApi,
  openManageApi,
  type TestPlatform,
} from '../../../../test/manage-api.ts';

let api: ManageApi;
let shop: TestPlatform;
beforeAll(async () => {
  api = await openManageApi();
});
afterAll(() => api.close());

/** A platform with a default plan, another that costs nothing, and two that have a price. */
async function openShop(): Promise<TestPlatform> {
  shop = await api.openPlatform();
  const allowances = [{ unit: 'credit', per: 'month', amount: 5 }];
  await shop.admin.post('/plans', { slug: 'free', name: 'Free', allowances, is_default: true });
  await shop.admin.post('/plans', { slug: 'hobby', name: 'Hobby' });
  const paid = { prices: { USD: 2000 }, trial_days: 7, grace_days: 2 };
  await shop.admin.post('/plans', { slug: 'pro', name: 'Pro', ...paid });
  await shop.admin.post('/plans', { slug: 'team', name: 'Team', ...paid, active: false });
  return shop;
}

const path = (verb = '') => `/accounts/${shop.account}/subscription${verb}`;
const put = (who: Client, body: object) => who.post(path(), body);
const inAMonth = () => new Date(Date.now() + 30 * 86_400_000).toISOString();

describe('a subscription', () => {
  test('is of the default plan from the start, with what it gives', async () => {
    await openShop();
    const found = await shop.customer.get(path());
    expect(found.body).toMatchObject({ status: 'none', plan: 'free', until: null, next: null });
    const { wallets } = (await shop.customer.get(`/accounts/${shop.account}`)).body;
    expect(wallets).toMatchObject([{ unit: 'USD' }, { unit: 'credit', available_exact: '5' }]);
  });

  test('is changed by the seller, with the reason on record', async () => {
    await openShop();
    const until = inAMonth();
    const given = { plan: 'pro', until, currency: 'USD', reason: 'invoice 7' };
    const body = { status: 'active', plan: 'pro', period_end: until, currency: 'USD' };
    expect((await put(shop.support, given)).body).toMatchObject(body);
    const account = (await shop.viewer.get(`/accounts/${shop.account}`)).body;
    expect(account.plan).toBe('pro');
    const [entry] = (await shop.admin.get('/audit?action=subscription.change')).body.data;
    expect(entry).toMatchObject({
      ...{ subject: shop.account, reason: 'invoice 7' },
      ...{ before: { plan: 'free' }, after: { plan: 'pro' } },
    });
  });

  test('is cancelled and taken up again by its customer, and ended by the seller', async () => {
    await openShop();
    await put(shop.support, { plan: 'pro', until: inAMonth() });
    expect((await shop.customer.post(path('/cancel'))).body.status).toBe('canceling');
    expect((await shop.customer.post(path('/resume'))).body.status).toBe('active');
    expect((await shop.customer.post(path('/end'))).status).toBe(403);
    const ended = await shop.support.post(path('/end'), { reason: 'fraud' });
    expect(ended.body).toMatchObject({ status: 'expired', plan: 'free' });
    const again = await shop.customer.post(path('/cancel'));
    expect([again.status, again.body.code]).toEqual([409, 'subscription_state']);
  });

  test('that the seller renews goes on for a month', async () => {
    await openShop();
    await shop.admin.post(path('/renew'));
    const { period_end: first } = (await shop.admin.get(path())).body;
    const { period_end: second } = (await shop.admin.post(path('/renew'))).body;
    expect(Date.parse(second)).toBeGreaterThan(Date.parse(first) + 27 * 86_400_000);
  });
});

describe('a customer', () => {
  test('takes a plan that costs nothing, at the end of a period that is paid', async () => {
    await openShop();
    expect((await put(shop.customer, { plan: 'hobby' })).body.plan).toBe('hobby');
    const until = inAMonth();
    await put(shop.support, { plan: 'pro', until });
    const planned = await put(shop.customer, { plan: 'free' });
    expect(planned.body).toMatchObject({ plan: 'pro', next: { plan: 'free', at: until } });
  });

  test('tries a plan for its days, once', async () => {
    await openShop();
    const tried = await put(shop.customer, { plan: 'pro', trial: true });
    expect(tried.body).toMatchObject({ status: 'trialing', plan: 'pro' });
    await shop.support.post(path('/end'));
    const again = await put(shop.customer, { plan: 'pro', trial: true });
    expect([again.status, again.body.code]).toEqual([409, 'trial_used']);
  });

  test.each([
    [{ plan: 'pro' }, 402, 'plan_needs_payment'],
    [{ plan: 'pro', when: 'period_end' }, 402, 'plan_needs_payment'],
    [{ plan: 'team', trial: true }, 404, 'plan_not_found'],
    [{ plan: 'none' }, 404, 'plan_not_found'],
    [{ plan: 'free' }, 409, 'plan_in_force'],
    [{ plan: 'hobby', until: '2030-01-01T00:00:00Z' }, 403, 'not_allowed'],
    [{ plan: 'hobby', at: '2030-01-01T00:00:00Z' }, 403, 'not_allowed'],
    [{ plan: 'hobby', trial: true }, 422, 'no_trial'],
    [{ plan: 'hobby', surprise: 1 }, 400, 'invalid_request'],
  ])('asking for %j is refused', async (body, status, code) => {
    await openShop();
    const answer = await put(shop.customer, body);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test('sees and changes no subscription but its own', async () => {
    await openShop();
    const { id } = (await shop.support.post('/accounts', { external_id: 'neighbour' })).body;
    for (const answer of [
      await shop.customer.get(`/accounts/${id}/subscription`),
      await shop.customer.post(`/accounts/${id}/subscription`, { plan: 'hobby' }),
      await shop.customer.post(`/accounts/${id}/subscription/cancel`),
    ]) {
      expect([answer.status, answer.body.code]).toEqual([404, 'account_not_found']);
    }
  });
});
