import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ManageApi, openManageApi } from '../../../../test/manage-api.ts';

let api: ManageApi;
beforeAll(async () => {
  api = await openManageApi();
});
afterAll(() => api.close());

test('an invitation becomes a membership when its owner is seen, known before or not', async () => {
  const shop = await api.openPlatform();
  const known = await api.openUser();
  const invited = [known.mail, 'newcomer@person.example'];
  for (const mail of invited) {
    const answer = await shop.owner.post('/members', { mail, role: 'support' });
    expect(answer.body).toMatchObject({ mail, is_invited: true, name: null });
  }
  const newcomer = await api.openUser('newcomer@person.example');
  for (const person of [known, newcomer]) {
    expect((await person.get('/me')).body.memberships).toMatchObject([
      { platform: shop.slug, role: 'support', account: null },
    ]);
    expect((await person.get('/accounts')).status).toBe(200);
  }
});

test('a role is changed at once, and ends with the membership', async () => {
  const shop = await api.openPlatform();
  await shop.owner.post('/members', { mail: shop.viewer.mail, role: 'admin' });
  expect((await shop.viewer.get('/audit')).status).toBe(200);
  await shop.owner.call('DELETE', `/members/${shop.viewer.mail}`);
  expect((await shop.viewer.get('/members')).body.code).toBe('platform_required');
  const named = await shop.viewer.get('/members', { 'farebox-platform': shop.slug });
  expect(named.body.code).toBe('platform_not_found');
});

test('a platform keeps an owner, also when its last two leave at the same time', async () => {
  const shop = await api.openPlatform();
  const leave = (mail: string) => shop.owner.call('DELETE', `/members/${mail}`);
  expect((await leave(shop.owner.mail)).body.code).toBe('last_owner');
  await shop.owner.post('/members', { mail: shop.admin.mail, role: 'owner' });
  const left = await Promise.all([
    leave(shop.owner.mail),
    shop.admin.call('DELETE', `/members/${shop.admin.mail}`),
  ]);
  expect(left.filter(({ status }) => status === 200)).toHaveLength(1);
});

test('an account has members, who see it and each other', async () => {
  const shop = await api.openPlatform();
  const colleague = await api.openUser();
  const path = `/accounts/${shop.account}/members`;
  const added = await shop.support.post(path, { mail: colleague.mail });
  expect(added.body).toMatchObject({ role: 'customer', is_invited: true });
  const seen = (await colleague.get(path)).body.data;
  expect(seen).toMatchObject([
    { mail: shop.customer.mail, is_invited: false },
    { mail: colleague.mail, is_invited: false },
  ]);
  await shop.support.call('DELETE', `${path}/${colleague.mail}`);
  expect((await colleague.get(path, { 'farebox-platform': shop.slug })).status).toBe(404);
});

test('who belongs to several platforms or accounts says which is meant', async () => {
  const [one, two] = [await api.openPlatform(), await api.openPlatform()];
  await two.owner.post('/members', { mail: one.customer.mail, role: 'viewer' });
  expect((await one.customer.get('/me')).body.memberships).toHaveLength(2);
  expect((await one.customer.get('/accounts')).body.code).toBe('platform_required');
  const as = (slug: string) =>
    one.customer.get(`/accounts/${one.account}`, { 'farebox-platform': slug });
  expect((await as(one.slug)).status).toBe(200);
  expect((await as(two.slug)).status).toBe(404);
  const { id } = (await one.support.post('/accounts', { external_id: 'second' })).body;
  await one.support.post(`/accounts/${id}/members`, { mail: one.customer.mail });
  await one.customer.get('/me');
  const second = await one.customer.get(`/accounts/${id}`, {
    'farebox-platform': one.slug,
    'farebox-account': id,
  });
  expect(second.body.external_id).toBe('second');
});
