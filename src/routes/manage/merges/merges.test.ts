import { afterAll, beforeAll, expect, test } from 'vitest';
import { testIds } from '../../../../test/books.ts';
import { type ManageApi, openManageApi, type TestPlatform } from '../../../../test/manage-api.ts';
import { parseRowId, systemRandom } from '../../../kernel/index.ts';
import { verifyLedger } from '../../../ledger/index.ts';
import { createKey, listKeys } from '../../../tenants/index.ts';

let api: ManageApi;
let shop: TestPlatform;
beforeAll(async () => {
  api = await openManageApi();
  shop = await api.openPlatform();
});
afterAll(() => api.close());

const accountId = (text: string) => parseRowId('acc', text) ?? 0n;

async function openAccount(name: string): Promise<string> {
  const mail = `${name}@example.com`;
  const made = await shop.support.post('/accounts', { external_id: name, mail });
  const path = `/accounts/${made.body.id}/grants`;
  for (const unit of ['USD', 'credit']) {
    await shop.admin.post(path, { amount: 3, unit, reason: name, source: 'bonus' });
  }
  const { platformId } = shop;
  const key = { platformId, accountId: accountId(made.body.id), name };
  await createKey(api.db, { ids: testIds, random: systemRandom }, key);
  return made.body.id;
}

test("a merge moves money, keys and members; the source's names lead to the target", async () => {
  const [into, from] = [await openAccount('into'), await openAccount('from')];
  await shop.admin.post(`/accounts/${from}/members`, { mail: 'guest@example.com' });
  const reason = 'the same person';
  const merged = await shop.admin.post(`/accounts/${into}/merge`, { from, reason });
  expect(merged).toMatchObject({
    status: 200,
    body: {
      from,
      account: { id: into, wallets: [{ balance: 6 }, { balance: 6 }] },
      moved: {
        keys: 1,
        value: [
          { unit: 'USD', amount: 3, grants: 1 },
          { unit: 'credit', amount_exact: '3', grants: 1 },
        ],
      },
    },
  });
  expect((await shop.viewer.get(`/accounts/${from}`)).body).toMatchObject({
    status: 'suspended',
    merged_into: into,
    wallets: [{ balance: 0 }, { balance: 0 }],
  });
  for (const query of ['external_id=from', 'mail=from@example.com', 'q=from']) {
    const { data } = (await shop.viewer.get(`/accounts?${query}`)).body;
    expect(
      data.map(({ id }: { id: string }) => id),
      query,
    ).toEqual([into]);
  }
  expect(await listKeys(api.db, shop.platformId, { accountId: accountId(into) })).toHaveLength(2);
  const { data } = (await shop.viewer.get(`/accounts/${into}/members`)).body;
  expect(data).toMatchObject([{ mail: 'guest@example.com' }]);
  const [entry] = (await shop.admin.get(`/audit?subject=${from}&action=account.merge`)).body.data;
  expect(entry).toMatchObject({ reason, after: { from } });
  expect(await verifyLedger(api.db)).toEqual([]);
});

test('what was merged is closed for good: no money, no resuming, no second merge', async () => {
  const [into, from] = [await openAccount('open'), await openAccount('closed')];
  await shop.admin.post(`/accounts/${into}/merge`, { from });
  const body = { amount: 1, unit: 'USD', reason: 'x' };
  for (const answer of [
    await shop.admin.post(`/accounts/${from}/adjustments`, body),
    await shop.admin.post(`/accounts/${from}/grants`, body),
    await shop.support.post(`/accounts/${from}/resume`, {}),
    await shop.admin.post(`/accounts/${into}/merge`, { from }),
    await shop.admin.post(`/accounts/${from}/merge`, { from: into }),
  ]) {
    expect([answer.status, answer.body.code]).toEqual([409, 'account_merged']);
  }
  const self = await shop.admin.post(`/accounts/${into}/merge`, { from: into });
  expect([self.status, self.body.code]).toEqual([422, 'invalid_merge']);
});

test('a merge that ends in a merge leads through to the last', async () => {
  const [a, b, c] = [await openAccount('a1'), await openAccount('b1'), await openAccount('c1')];
  await shop.admin.post(`/accounts/${b}/merge`, { from: a });
  await shop.admin.post(`/accounts/${c}/merge`, { from: b });
  const { data } = (await shop.viewer.get('/accounts?external_id=a1')).body;
  expect(data).toMatchObject([{ id: c, wallets: [{ balance: 9 }, { balance: 9 }] }]);
});

test('an account is found by what a customer quotes of it', async () => {
  const id = await openAccount('Quoted_person');
  const [key] = await listKeys(api.db, shop.platformId, { accountId: accountId(id) });
  for (const text of ['Quoted_p', 'quoted_person@', id, key?.preview ?? '']) {
    const { data } = (await shop.viewer.get(`/accounts?q=${encodeURIComponent(text)}`)).body;
    expect(
      data.map((one: { id: string }) => one.id),
      text,
    ).toEqual([id]);
  }
  for (const text of ['quoted%', 'erson', 'Quotedxp']) {
    const { data } = (await shop.viewer.get(`/accounts?q=${encodeURIComponent(text)}`)).body;
    expect(data, text).toEqual([]);
  }
});
