import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { give } from '../../../../test/books.ts';
import { type ManageApi, openManageApi, type TestPlatform } from '../../../../test/manage-api.ts';
import { openPlatformCalls, type PlatformCalls } from '../../../../test/platform-calls.ts';
import { parseCallId, systemClock } from '../../../kernel/index.ts';
import { verifyLedger } from '../../../ledger/index.ts';

let api: ManageApi;
let shop: TestPlatform;
let calls: PlatformCalls;
beforeAll(async () => {
  api = await openManageApi();
  shop = await api.openPlatform();
  calls = await openPlatformCalls(api, shop);
});
afterAll(async () => {
  expect(await verifyLedger(api.db)).toEqual([]);
  await api.close();
});

let made = 0;
const event = (more: object = {}) => {
  made += 1;
  return {
    specversion: '1.0',
    id: `e${made}`,
    source: '/meter/1',
    type: 'usage',
    subject: shop.account,
    data: { product: 'vendor/small', usage: { input: 1_000, output: 100 } },
    ...more,
  };
};
/** 1,000 tokens in and 100 out. */
const PRICE = '0.00035';

const report = (body: unknown, query = '', type = 'application/json') =>
  shop.support.post(`/usage-events${query}`, body, { 'content-type': type });

async function spent(): Promise<bigint> {
  const [wallet] = await api.db.query<{ spent: bigint }>(
    'select total_spent as spent from wallet where id = $1',
    [calls.walletId],
  );
  return wallet?.spent ?? 0n;
}

describe('an event', () => {
  test('is rated by the price and charged like a call, which tells of the event', async () => {
    const time = new Date(systemClock.nowMs() - 86_400_000).toISOString();
    const sent = event({ time });
    const answer = await report(sent, '', 'application/cloudevents+json');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      ...{ charged: 1, duplicates: 0, refused: 0 },
      data: [{ index: 0, id: sent.id, status: 201, cost_exact: PRICE, unit: 'USD', error: null }],
    });
    const call = await shop.viewer.get(`/calls/${answer.body.data[0].call}`);
    expect(call.body).toMatchObject({
      event: { source: '/meter/1', id: sent.id, time },
      usage: { input: 1_000, output: 100 },
      cost_exact: PRICE,
      key: null,
      lines: [{ component: 'input' }, { component: 'output' }],
    });
  });

  test('is charged once, however often it comes, and told again as it was', async () => {
    const sent = event();
    const before = await spent();
    const first = await report(sent);
    const again = await report([sent, sent], '', 'application/cloudevents-batch+json');
    expect(again.body).toMatchObject({ charged: 0, duplicates: 2, refused: 0 });
    for (const row of again.body.data) {
      expect(row).toMatchObject({ status: 200, call: first.body.data[0].call, cost_exact: PRICE });
    }
    expect((await spent()) - before).toBe(350_000n);
  });

  test('is charged once by many requests at once', async () => {
    const before = await spent();
    const batch = Array.from({ length: 20 }, () => event());
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, turn) => report(turn % 2 === 0 ? batch : batch.toReversed())),
    );
    const sum = (name: string) => answers.reduce((all, { body }) => all + body[name], 0);
    expect([sum('charged'), sum('refused')]).toEqual([20, 0]);
    expect(sum('duplicates')).toBe(100);
    expect((await spent()) - before).toBe(20n * 350_000n);
  });

  test('with the id of another one is refused, and the other stays as it was', async () => {
    const sent = event();
    await report(sent);
    const data = { product: 'vendor/small', usage: { input: 1 } };
    const answer = await report([{ ...sent, data }, event()]);
    expect(answer.status).toBe(207);
    expect(answer.body.data).toMatchObject([
      { status: 409, error: { code: 'usage_event_conflict' } },
      { status: 201 },
    ]);
  });

  const DAY = 86_400_000;
  const at = (ms: number) => new Date(systemClock.nowMs() + ms).toISOString();
  test.each([
    [() => ({ time: at(-36 * DAY) }), 422, 'usage_event_too_old'],
    [() => ({ time: at(DAY) }), 422, 'usage_event_in_future'],
    [() => ({ subject: 'nobody' }), 404, 'account_not_found'],
    [() => ({ data: { product: 'none', usage: {} } }), 404, 'product_not_found'],
    [() => ({ data: { product: 'vendor/small', usage: { image: 1 } } }), 422, 'no_price'],
    [
      () => ({ data: { product: 'vendor/small', usage: { smell: 1 } } }),
      400,
      'invalid_usage_event',
    ],
    [() => ({ id: '' }), 400, 'invalid_usage_event'],
  ])('that cannot be charged is refused by itself', async (more, status, code) => {
    const answer = await report([event(more()), event()]);
    expect(answer.status).toBe(207);
    expect(answer.body).toMatchObject({ charged: 1, refused: 1 });
    expect(answer.body.data[0]).toMatchObject({ status, error: { code }, call: null });
  });

  test('opens the account of its subject where that is asked for', async () => {
    const sent = event({ subject: 'new-user', data: { product: 'vendor/small', usage: {} } });
    const answer = await report(sent, '?create_accounts=true');
    expect(answer.body.data[0]).toMatchObject({ status: 201, cost_exact: '0' });
    const { data } = (await shop.viewer.get('/accounts?external_id=new-user')).body;
    expect(data).toHaveLength(1);
    const record = await shop.admin.get(`/audit?subject=${data[0].id}`);
    expect(record.body.data).toMatchObject([{ action: 'account.create' }]);
  });
});

test('an account that was merged into another pays by the other one', async () => {
  const { body: old } = await shop.support.post('/accounts', { external_id: 'was-alone' });
  const merged = await shop.admin.post(`/accounts/${shop.account}/merge`, { from: old.id });
  expect(merged.status).toBeLessThan(300);
  const answer = await report([event({ subject: 'was-alone' }), event({ subject: old.id })]);
  expect(answer.body).toMatchObject({ charged: 2 });
  for (const { call } of answer.body.data) {
    expect((await shop.viewer.get(`/calls/${call}`)).body.account).toBe(shop.account);
  }
});

describe('where there is too little', () => {
  async function poor(limits = {}) {
    const name = `poor${made}`;
    const { body } = await shop.support.post('/accounts', { external_id: name, limits });
    const [wallet] = await api.db.query<{ id: bigint; accountId: bigint }>(
      `select w.id, account_id as "accountId" from wallet w join account a on a.id = account_id
       where external_id = $1`,
      [name],
    );
    const { id: walletId = 0n, accountId = 0n } = wallet ?? {};
    await give(calls.books, { ...calls.books, walletId, accountId, keyId: 0n }, 400_000n);
    return { subject: name, id: body.id as string };
  }

  test('an event is refused, and can be sent again when there is more', async () => {
    const { subject } = await poor();
    const [one, two] = [event({ subject }), event({ subject })];
    const answer = await report([one, two]);
    expect(answer.body.data.map(({ status }: { status: number }) => status).sort()).toEqual([
      201, 402,
    ]);
    const [wallet] = await api.db.query<{ id: bigint; accountId: bigint }>(
      `select w.id, account_id as "accountId" from wallet w join account a on a.id = account_id
       where external_id = $1`,
      [subject],
    );
    const { id: walletId = 0n, accountId = 0n } = wallet ?? {};
    await give(calls.books, { ...calls.books, walletId, accountId, keyId: 0n }, 400_000n);
    expect((await report([one, two])).body).toMatchObject({ charged: 1, duplicates: 1 });
  });

  test('what is there is taken when that is asked for, and the rest is overrun', async () => {
    const { subject, id } = await poor();
    const answer = await report(
      [event({ subject }), event({ subject })],
      '?on_insufficient=overrun',
    );
    expect(answer.status).toBe(200);
    const costs = answer.body.data.map((row: { cost_exact: string }) => row.cost_exact).sort();
    expect(costs).toEqual(['0.00005', PRICE]);
    for (const row of answer.body.data) expect(row.price_exact).toBe(PRICE);
    expect((await shop.viewer.get(`/accounts/${id}`)).body.wallets).toMatchObject([{ balance: 0 }]);
  });

  test('the limits of the account go for it as for a call', async () => {
    const { subject } = await poor({ requests_per_day: 1 });
    const data = { product: 'vendor/small', usage: { input: 4 } };
    const answer = await report([event({ subject, data }), event({ subject, data })]);
    const refused = answer.body.data.find((row: { status: number }) => row.status !== 201);
    expect(refused).toMatchObject({ status: 429, error: { code: 'quota_exceeded' } });
  });
});

describe('after a process has died', () => {
  const stateOf = (id: string, set: string, values: unknown[] = []) =>
    api.db.query(`update usage_event set ${set} where id = $1`, [id, ...values]);

  test('an event that it had only claimed is charged by the next who sends it', async () => {
    const sent = event();
    const [row] = (await report(sent)).body.data;
    // As it was before anything was held: claimed by a call that never came.
    const never = '01890000-0000-7000-8000-000000000000';
    await stateOf(sent.id, 'settling_at = null, call_id = $2', [never]);
    expect((await report(sent)).body.data[0].error.code).toBe('usage_event_in_progress');
    await stateOf(sent.id, `claimed_at = now() - interval '1 minute'`);
    const again = (await report(sent)).body.data[0];
    expect(again.status).toBe(201);
    expect(again.call).not.toBe(row.call);
  });

  test('an event that it had begun to charge is free when its hold has expired', async () => {
    const sent = event();
    await report(sent);
    const callId = parseCallId((await report(sent)).body.data[0].call);
    const open = await calls.hold();
    await stateOf(sent.id, 'call_id = $2', [open.callId]);
    await stateOf(sent.id, `claimed_at = now() - interval '1 hour'`);
    expect((await report(sent)).body.data[0].error.code).toBe('usage_event_in_progress');
    await open.expire();
    expect((await report(sent)).body.data[0].status).toBe(201);
    expect(callId).toBeDefined();
  });
});

test('a report that is none is refused whole, and only staff may send one', async () => {
  for (const [body, status] of [
    [[], 400],
    [Array.from({ length: 1_001 }, () => event()), 400],
    ['text', 400],
  ] as const) {
    expect((await report(body)).status).toBe(status);
  }
  const customer = await shop.customer.post('/usage-events', event());
  expect(customer.status).toBe(403);
});
