import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ManageApi, openManageApi, type TestPlatform } from '../../../../test/manage-api.ts';

let api: ManageApi;
let shop: TestPlatform;
beforeAll(async () => {
  api = await openManageApi();
  shop = await api.openPlatform();
});
afterAll(() => api.close());

const redeem = (code: string, headers = {}) =>
  shop.customer.post(`/accounts/${shop.account}/redemptions`, { code }, headers);

test('a code is made by the seller, redeemed by a customer, and both are on record', async () => {
  const made = await shop.admin.post('/codes', { unit: 'credit', amount: '2.5', prefix: 'may' });
  expect(made.status).toBe(201);
  const [{ code, ...shown }] = made.body.data;
  expect(shown).toMatchObject({ amount_exact: '2.5', uses: 0, status: 'active', package: null });
  const redeemed = await redeem(code);
  expect(redeemed).toMatchObject({
    status: 201,
    body: { code: shown.id, unit: 'credit', amount: 2.5, balance_exact: '2.5' },
  });
  const { data } = (await shop.support.get('/codes')).body;
  expect(data).toMatchObject([{ id: shown.id, uses: 1 }]);
  const record = JSON.stringify((await shop.admin.get('/audit')).body);
  expect(record).toContain('"code.create"');
  expect(record).toContain('"code.redeem"');
  expect(record).not.toContain(code);
});

test('codes of a package give what it has with its bonus', async () => {
  const basic = { slug: 'basic', name: 'Basic', unit: 'credit', amount: 10, bonus: 2 };
  await shop.admin.post('/packages', basic);
  const made = await shop.admin.post('/codes', { package: 'basic', count: 3 });
  expect(made.body.data).toHaveLength(3);
  expect(made.body.data[0]).toMatchObject({ package: 'basic', amount: 12 });
});

test('a revoked code is unknown to who tries it', async () => {
  const made = await shop.admin.post('/codes', { unit: 'credit', amount: 1 });
  const [{ id, code }] = made.body.data;
  const revoked = await shop.admin.call('DELETE', `/codes/${id}`);
  expect(revoked.body).toMatchObject({ id, status: 'revoked' });
  const answer = await redeem(code);
  expect([answer.status, answer.body.code]).toEqual([404, 'code_unknown']);
});

test('a wrong code is counted also with an Idempotency-Key, and no more than ten are', async () => {
  const other = await api.openPlatform();
  const tries = Array.from({ length: 11 }, (_, n) => n);
  const answers = [];
  for (const n of tries) {
    const body = { code: `WRONG-${n}` };
    const headers = { 'idempotency-key': `try-${n}` };
    const path = `/accounts/${other.account}/redemptions`;
    answers.push(await other.customer.post(path, body, headers));
  }
  const last = answers.pop();
  expect(new Set(answers.map(({ body }) => body.code))).toEqual(new Set(['code_unknown']));
  expect([last?.status, last?.body.code]).toEqual([429, 'too_many_wrong_codes']);
  expect(last?.headers.get('retry-after')).toBe('3600');
});

test('what a code gives is said in one way', async () => {
  for (const body of [{}, { amount: 1 }, { package: 'basic', amount: 1, unit: 'credit' }]) {
    const answer = await shop.admin.post('/codes', body);
    expect([answer.status, answer.body.code]).toEqual([422, 'invalid_code']);
  }
});
