import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ManageApi, openManageApi, type TestPlatform } from '../../../../test/manage-api.ts';
import { mongoUsers } from '../../../../test/mongo-users.ts';
import { verifyLedger } from '../../../ledger/index.ts';

let api: ManageApi;
beforeAll(async () => {
  api = await openManageApi();
});
afterAll(async () => {
  expect(await verifyLedger(api.db)).toEqual([]);
  await api.close();
});

interface Sent {
  readonly query?: string;
  readonly type?: string;
  readonly accept?: string;
}

async function open(): Promise<{ shop: TestPlatform; token: string }> {
  const shop = await api.openPlatform();
  const made = await shop.owner.post('/tokens', { name: 'import', role: 'admin' });
  return { shop, token: made.body.token };
}

async function send(token: string, file: string, sent: Sent = {}) {
  const { query = '', type = 'application/x-ndjson', accept = 'application/json' } = sent;
  const answer = await api.app.request(`/manage/v1/imports${query}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': type, accept },
    body: file,
  });
  const text = await answer.text();
  const lines = text.trim().split('\n');
  return { status: answer.status, body: JSON.parse(lines.at(-1) ?? ''), lines };
}

const json = (...rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n');

describe('an import', () => {
  test('of 448 users opens 448 accounts with balances, and again changes nothing', async () => {
    const { shop, token } = await open();
    const file = mongoUsers(448);
    const query = '?unit=credit';
    const counts = { rows: 448, created: 448, updated: 0, unchanged: 0, refused: 0 };
    const tried = await send(token, file, { query: `${query}&dry_run=true` });
    expect(tried.body).toMatchObject({ ...counts, dry_run: true });
    const { data: before } = (await shop.viewer.get('/accounts')).body;
    expect(before).toHaveLength(1);
    expect((await send(token, file, { query })).body).toMatchObject(counts);
    const again = { ...counts, created: 0, unchanged: 448 };
    expect((await send(token, file, { query })).body).toMatchObject(again);
    const { data } = (await shop.viewer.get('/accounts?mail=user7@people.example')).body;
    expect(data).toMatchObject([
      {
        external_id: '00000000000000000000000065a00007'.slice(-24),
        name: 'User 7',
        created_at: '2025-03-01T10:00:00.000Z',
        wallets: [
          { unit: 'USD', balance: 0 },
          { unit: 'credit', balance: 70 },
        ],
      },
    ]);
    const { data: acts } = (await shop.admin.get('/audit?action=account.import')).body;
    expect(acts).toMatchObject([{ after: { unchanged: 448 } }, { after: { created: 448 } }]);
  });

  test('leaves out rows that do not fit, and says where and why', async () => {
    const { token } = await open();
    const file = [
      json({ mail: 'good@x.example', balance: 1 }),
      'no json',
      json({ name: 'nobody' }),
      json({ mail: 'nomail' }),
      json({ mail: 'a@x.example', balance: -1 }),
      json({ mail: 'b@x.example', balance: '0.0000000001' }),
      json({ mail: 'c@x.example', plan: 'gold' }),
      json({ mail: 'd@x.example', created_at: 'yesterday' }),
      json({ mail: 'GOOD@x.example' }),
      json({ mail: 'e@x.example', name: { first: 'E' } }),
      '[]',
    ].join('\n');
    const { body } = await send(token, file);
    expect(body).toMatchObject({ rows: 11, created: 1, refused: 10 });
    const told = body.refused_rows.map((one: Record<string, unknown>) => [
      one.line,
      one.field,
      one.code,
    ]);
    expect(told).toEqual([
      [2, null, 'unreadable'],
      [3, null, 'nameless'],
      [4, 'mail', 'invalid_mail'],
      [5, 'balance', 'invalid_balance'],
      [6, 'balance', 'invalid_balance'],
      [7, 'plan', 'plan_unknown'],
      [8, 'created_at', 'invalid_created_at'],
      [9, 'mail', 'repeated'],
      [10, 'name', 'not_a_text'],
      [11, null, 'unreadable'],
    ]);
  });

  test('changes what the file has otherwise, and gives a balance once', async () => {
    const { shop, token } = await open();
    const first = json({ mail: 'a@x.example', name: 'A', balance: '1.5' }, { external_id: 'b' });
    await send(token, first);
    const second = json(
      { mail: 'a@x.example', external_id: 'a', name: 'Ann', balance: '1.50' },
      { external_id: 'b', balance: 2 },
    );
    expect((await send(token, second)).body).toMatchObject({ updated: 2, refused: 0 });
    expect((await send(token, second)).body).toMatchObject({ unchanged: 2 });
    const third = json(
      { external_id: 'a', balance: 3 },
      { external_id: 'c', mail: 'a@x.example' },
      { external_id: 'b', mail: shop.customer.mail },
    );
    const codes = (await send(token, third)).body.refused_rows.map(
      (one: { code: string }) => one.code,
    );
    expect(codes).toEqual(['balance_imported', 'other_external_id', 'two_accounts']);
    const { data } = (await shop.viewer.get('/accounts?external_id=a')).body;
    expect(data).toMatchObject([{ name: 'Ann', wallets: [{ balance: 1.5 }] }]);
  });

  test('gives nothing again to who was merged since', async () => {
    const { shop, token } = await open();
    const file = json({ external_id: 'old', name: 'Old', balance: 5 });
    await send(token, file);
    const { data } = (await shop.viewer.get('/accounts?external_id=old')).body;
    await shop.admin.post(`/accounts/${shop.account}/merge`, { from: data[0].id });
    expect((await send(token, file)).body).toMatchObject({ unchanged: 1 });
    const [wallet] = (await shop.viewer.get(`/accounts/${shop.account}/wallets`)).body.data;
    expect(wallet.balance).toBe(5);
  });

  test('reads CSV with quotes, and fields from where the mapping says', async () => {
    const { shop, token } = await open();
    const file = [
      '\ufeffcontact.mail,who,points',
      '"a@x.example","A ""B"", C",12.25',
      'b@x.example,"x\ny",',
      'short\r\n',
    ].join('\r\n');
    const sent = { type: 'text/csv', query: '?map=mail:contact.mail,name:who,balance:points' };
    const { body } = await send(token, file, sent);
    expect(body).toMatchObject({ rows: 3, created: 2, refused: 1, refused_rows: [{ line: 5 }] });
    const { data } = (await shop.viewer.get('/accounts?q=a')).body;
    expect(data).toMatchObject([{ name: 'A "B", C', wallets: [{ balance: 12.25 }] }]);
  });

  test('tells every refused row and how far it has come, line by line', async () => {
    const { token } = await open();
    const rows = Array.from({ length: 2_150 }, (_, n) =>
      n % 10 === 0 ? '{}' : JSON.stringify({ external_id: `n${n}` }),
    );
    const { lines, body } = await send(token, rows.join('\n'), { accept: 'application/x-ndjson' });
    const objects = lines.map((line) => JSON.parse(line));
    const of = (object: string) => objects.filter((one) => one.object === object);
    expect(of('refused_row')).toHaveLength(215);
    expect(of('import_progress').map(({ rows: done }) => done)).toEqual([1_000, 2_000, 2_150]);
    expect(body).toMatchObject({ object: 'import', created: 1_935, refused: 215 });
  });

  test.each([
    ['?map=colour:x', 'application/x-ndjson', 400, 'invalid_mapping'],
    ['?unit=INR', 'application/x-ndjson', 422, 'unit_unknown'],
    ['', 'text/plain', 415, 'unsupported_media_type'],
  ])('with %s as %s is refused', async (query, type, status, code) => {
    const { token } = await open();
    const answer = await send(token, '{}', { query, type });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test('is not for who may only support', async () => {
    const { shop } = await open();
    const made = await shop.owner.post('/tokens', { name: 's', role: 'support' });
    expect((await send(made.body.token, '{}')).status).toBe(403);
  });
});
