import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createClient,
  type ManageApi,
  openManageApi,
  type TestPlatform,
} from '../../../../test/manage-api.ts';
import { forgetOldActs } from '../idempotent-act.ts';

let api: ManageApi;
let shop: TestPlatform;
beforeAll(async () => {
  api = await openManageApi();
  shop = await api.openPlatform();
});
afterAll(() => api.close());

const clientOf = (token: string) => createClient(api.app, 'token', 'token', token);

test('a token works with its role until it is revoked, and is shown once', async () => {
  const made = await shop.admin.post('/tokens', { name: 'ci', role: 'support' });
  expect(made.status).toBe(201);
  const { token, ...rest } = made.body;
  expect(token).toMatch(/^fbt_/);
  const program = clientOf(token);
  expect((await program.post('/accounts', { external_id: 'by-token' })).status).toBe(201);
  expect((await program.get('/audit')).body.code).toBe('not_allowed');
  const listed = (await shop.admin.get('/tokens')).body;
  expect(listed.data).toEqual([{ ...rest, last_used_at: expect.stringMatching(/^20/) }]);
  expect(JSON.stringify(listed)).not.toContain(token.slice(12, -4));
  const [act] = (await shop.admin.get('/audit?action=account.create')).body.data;
  expect(act.actor).toEqual({ kind: 'token', id: rest.id, label: 'ci' });
  await shop.admin.call('DELETE', `/tokens/${rest.id}`);
  expect((await program.get('/accounts')).body.code).toBe('not_signed_in');
});

test('a token is not above who makes it, and ends when it says', async () => {
  const above = await shop.admin.post('/tokens', { name: 'up', role: 'owner' });
  expect([above.status, above.body.code]).toEqual([403, 'not_allowed']);
  const past = { name: 'late', role: 'viewer', expires_at: '2020-01-01T00:00:00Z' };
  const late = await shop.admin.post('/tokens', past);
  expect((await clientOf(late.body.token).get('/accounts')).status).toBe(401);
});

test('a token comes again for its Idempotency-Key, and is nowhere in clear', async () => {
  const headers = { 'idempotency-key': 'k' };
  const ask = () => shop.admin.post('/tokens', { name: 'once', role: 'viewer' }, headers);
  const { token } = (await ask()).body;
  expect((await ask()).body.token).toBe(token);
  for (const table of ['access_token', 'audit_entry', 'idempotent_act']) {
    const rows = await api.db.query<{ text: string }>(`select t::text as text from ${table} t`);
    const texts = rows.map(({ text }) => text).join();
    expect(texts).not.toContain(token.slice(12, -4));
    expect(texts).not.toContain(Buffer.from(token).toString('hex'));
  }
});

test('an Idempotency-Key is free again after a day, and what was kept goes', async () => {
  const headers = { 'idempotency-key': 'old' };
  const ask = (externalId: string) =>
    shop.admin.post('/accounts', { external_id: externalId }, headers);
  await ask('old-1');
  await api.db.query(`update idempotent_act set at = at - interval '25 hours'`);
  expect((await ask('old-2')).body.external_id).toBe('old-2');
  await api.db.query(`update idempotent_act set at = at - interval '25 hours'`);
  await forgetOldActs(api.db);
  expect(await api.db.query('select from idempotent_act')).toEqual([]);
});

test('of requests with one Idempotency-Key at once, one is done and the rest wait', async () => {
  const headers = { 'idempotency-key': 'at-once' };
  const ask = () => shop.admin.post('/accounts', { external_id: 'at-once' }, headers);
  const answers = await Promise.all([ask(), ask(), ask()]);
  for (const { status, body } of answers) {
    if (status === 409) expect(body.code).toBe('idempotency_key_in_use');
    else expect([status, body.external_id]).toEqual([201, 'at-once']);
  }
  expect((await ask()).body.external_id).toBe('at-once');
  const { data } = (await shop.viewer.get('/accounts?external_id=at-once')).body;
  expect(data).toHaveLength(1);
});
