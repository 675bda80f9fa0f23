import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Farebox } from '../../sdk/src/index.ts';
import { signUp } from '../person.ts';
import { openServedManage, type ServedManage } from '../served-manage.ts';

// From an empty platform to a seller who sees what was earned: every step by the SDK, as a seller's
// own program would take it, and the calls by a client that knows nothing of us.

let api: ServedManage;
beforeAll(async () => {
  api = await openServedManage();
});
afterAll(() => api.close());

const PLATFORM = 'story-shop';
const MODEL = 'story-model';

/** Somebody who signs up, shows that the address is theirs and signs in. */
async function clientOf(mail: string): Promise<Farebox> {
  const { cookies } = await signUp(api.serving, mail, 'a long password');
  const token = cookies.get('farebox.session_token') ?? '';
  return new Farebox({ baseUrl: api.url, token, platform: PLATFORM });
}

/** What the seller sells: a model at a price, a plan to begin with, and one with more. */
async function setUpShop(seller: Farebox): Promise<void> {
  const upstream = await seller.upstreams.create({ name: 'demo', base_url: 'demo:' });
  const product = await seller.products.create({ slug: MODEL, kind: 'chat', name: 'Story' });
  await seller.products.putRoute(product.id, upstream.id, { upstream_model: 'demo-small' });
  const draft = await seller.priceDrafts.create({
    product: MODEL,
    components: [
      { component: 'input', amount: '1', per: 1_000_000 },
      { component: 'output', amount: '4', per: 1_000_000 },
    ],
  });
  await seller.priceDrafts.publish(draft.id, {});
  await seller.plans.create({
    slug: 'free',
    name: 'Free',
    is_default: true,
    limits: { requests_per_day: 2 },
    allowances: [{ unit: 'USD', per: 'month', amount: '1' }],
  });
  await seller.plans.create({ slug: 'pro', name: 'Pro', limits: { requests_per_day: 100 } });
  await seller.packages.create({
    slug: 'starter',
    name: 'Starter',
    unit: 'USD',
    amount: '5',
    bonus: '0.50',
    prices: { USD: 500 },
  });
}

test('a seller opens shop, a customer is limited and upgraded, and all figures agree', async () => {
  const operator = await api.openOperator();
  const opened = await operator.post('/platforms', { slug: PLATFORM, name: 'Story shop' });
  expect(opened.status).toBe(201);
  const named = { 'farebox-platform': PLATFORM };
  const invited = { mail: 'seller@story.example', role: 'owner' };
  expect((await operator.post('/members', invited, named)).status).toBe(200);
  const seller = await clientOf('seller@story.example');
  await setUpShop(seller);

  const account = await seller.accounts.create({ mail: 'customer@story.example' });
  await seller.accounts.addMember(account.id, { mail: 'customer@story.example' });
  const customer = await clientOf('customer@story.example');
  expect((await customer.me.get()).memberships).toMatchObject([
    { platform: PLATFORM, role: 'customer', account: account.id },
  ]);
  expect((await customer.subscriptions.get(account.id)).plan).toBe('free');
  const { key } = await customer.keys.create({ name: 'laptop' });

  const openai = new OpenAI({ baseURL: `${api.url}/v1`, apiKey: key, maxRetries: 0 });
  const costs: string[] = [];
  const call = async () => {
    const messages = [{ role: 'user' as const, content: 'Say hello' }];
    const { data, response } = await openai.chat.completions
      .create({ model: MODEL, messages })
      .withResponse();
    costs.push(response.headers.get('x-farebox-cost') ?? '');
    return data.choices[0]?.message.content;
  };
  expect(await call()).toBeTruthy();
  expect(await call()).toBeTruthy();
  await expect(call()).rejects.toMatchObject({ status: 429, code: 'quota_exceeded' });

  await seller.subscriptions.change(account.id, { plan: 'pro' });
  const grant = await seller.grants.create(account.id, {
    amount: '2',
    unit: 'USD',
    reason: 'welcome to Pro',
  });
  expect(grant.granted_exact).toBe('2');
  // Within a second every process knows of the new plan.
  await expect.poll(() => call().catch((error) => error.code), { timeout: 5_000 }).toBeTruthy();
  expect(costs).toHaveLength(3);

  const nanos = (exact: string) => {
    const [whole = '0', decimals = ''] = exact.split('.');
    return BigInt(whole) * 1_000_000_000n + BigInt(decimals.padEnd(9, '0'));
  };
  const paid = costs.map(nanos).reduce((sum, each) => sum + each, 0n);
  expect(paid).toBeGreaterThan(0n);
  const sold = await seller.usage.list({ group_by: 'product' }).toArray();
  expect(sold.map(({ calls, cost_exact }) => [calls, nanos(cost_exact)])).toEqual([[3, paid]]);
  const log = (await seller.calls.list({ account: account.id }).toArray()).map(
    ({ cost_exact }) => cost_exact,
  );
  expect(log.map(nanos).reduce((sum, each) => sum + each, 0n)).toBe(paid);
  expect(await customer.usage.list({ group_by: 'product' }).toArray()).toEqual(sold);
  const [wallet] = (await customer.accounts.get(account.id)).wallets;
  const given = (await seller.grants.list(account.id).toArray())
    .filter(({ ended_at }) => ended_at === null)
    .map(({ remaining_exact }) => nanos(remaining_exact));
  expect(nanos(wallet?.balance_exact ?? '0')).toBe(given.reduce((sum, each) => sum + each, 0n));
});
