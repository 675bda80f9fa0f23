import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type IdentityProvider,
  startIdentityProvider,
} from '../../../../test/identity-provider.ts';
import {
  createClient,
  type ManageApi,
  openManageApi,
  type TestPlatform,
} from '../../../../test/manage-api.ts';
import { systemClock } from '../../../kernel/index.ts';

let provider: IdentityProvider;
let api: ManageApi;
let shop: TestPlatform;
beforeAll(async () => {
  provider = await startIdentityProvider();
  api = await openManageApi({ allowedHosts: [provider.host] });
  shop = await api.openPlatform();
});
afterAll(async () => {
  await api.close();
  await provider.close();
});

const issuer = () => ({ issuer: provider.url, jwks_url: provider.jwksUrl, audience: 'shop' });
const tokenOf = (claims: object) => {
  const exp = Math.floor(systemClock.nowMs() / 1_000) + 300;
  return provider.token({ iss: provider.url, aud: 'shop', exp, ...claims });
};
const bearer = (claims: object) => createClient(api.app, 'x', 'x', tokenOf(claims));

test('whom its own provider knows is a customer of the platform at first sight', async () => {
  const early = await bearer({ sub: 'user_1' }).get('/accounts/acc_x');
  expect([early.status, early.body.code]).toEqual([401, 'token_issuer_unknown']);
  const made = await shop.admin.post('/issuers', issuer());
  expect(made).toMatchObject({ status: 201, body: { audience: 'shop', is_shared: false } });
  await bearer({ sub: 'user_1' }).get('/accounts/acc_x');
  const [account] = (await shop.viewer.get('/accounts?external_id=user_1')).body.data;
  const own = await bearer({ sub: 'user_1' }).get(`/accounts/${account.id}`);
  expect(own.body).toEqual(account);
  const other = await bearer({ sub: 'user_2' }).get(`/accounts/${account.id}`);
  expect(other.status).toBe(404);
  expect((await bearer({ sub: 'user_1' }).get('/audit')).body.code).toBe('not_allowed');
  await shop.support.post(`/accounts/${account.id}/suspend`);
  const late = await bearer({ sub: 'user_1' }).get(`/accounts/${account.id}`);
  expect(late.body.code).toBe('account_suspended');
});

test('a token is tried before anybody has to sign in with it', async () => {
  const there = await api.openPlatform();
  await there.admin.post('/issuers', issuer());
  const ask = (claims: object) => there.admin.post('/issuers/try', { token: tokenOf(claims) });
  expect((await ask({ sub: 'user_9' })).body).toMatchObject({ user: 'user_9', plan: null });
  expect((await ask({ sub: 'u', aud: 'other' })).body.code).toBe('token_audience_wrong');
});

test('an issuer is listed, believed by one registration a platform, and removed', async () => {
  const there = await api.openPlatform();
  const { id } = (await there.admin.post('/issuers', issuer())).body;
  expect((await there.admin.post('/issuers', issuer())).body.code).toBe('issuer_exists');
  expect((await there.admin.get('/issuers')).body.data).toHaveLength(1);
  expect((await there.admin.call('DELETE', `/issuers/${id}`)).body.id).toBe(id);
  const gone = await there.admin.post('/issuers/try', { token: tokenOf({ sub: 'u' }) });
  expect(gone.body.code).toBe('token_issuer_unknown');
});

test('keys are not fetched from addresses that only this machine reaches', async () => {
  for (const jwks_url of ['http://127.0.0.1:1/keys', 'https://10.0.0.1/keys']) {
    const refused = await shop.admin.post('/issuers', { ...issuer(), issuer: 'i', jwks_url });
    expect([refused.status, refused.body.code]).toEqual([422, 'address_refused']);
  }
});

test('one that the operator shares speaks for the platform that its tokens name', async () => {
  const operator = await api.openOperator();
  const shared = { ...issuer(), platform_claim: 'shop' };
  expect((await operator.post('/instance/issuers', issuer())).body.code).toBe('issuer_unbound');
  expect((await operator.post('/instance/issuers', shared)).body.is_shared).toBe(true);
  const [one, two] = [await api.openPlatform(), await api.openPlatform()];
  const client = bearer({ sub: 'shared', shop: one.slug });
  await client.get('/accounts/acc_x');
  expect((await one.viewer.get('/accounts?external_id=shared')).body.data).toHaveLength(1);
  expect((await two.viewer.get('/accounts?external_id=shared')).body.data).toHaveLength(0);
  const wrong = await client.get('/accounts/acc_x', { 'farebox-platform': two.slug });
  expect(wrong.status).toBe(401);
});
