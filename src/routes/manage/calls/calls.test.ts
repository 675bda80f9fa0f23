import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Json,
  type ManageApi,
  openManageApi,
  type TestPlatform,
} from '../../../../test/manage-api.ts';
import { openPlatformCalls, type PlatformCalls } from '../../../../test/platform-calls.ts';
import { formatAmount, formatCallId, formatRowId, parseAmount } from '../../../kernel/index.ts';

let api: ManageApi;
let shop: TestPlatform;
let calls: PlatformCalls;
const ids: string[] = [];
beforeAll(async () => {
  api = await openManageApi();
  shop = await api.openPlatform();
  calls = await openPlatformCalls(api, shop);
  const leg = { input: 40n, output: 9n, other: { reasoning: 1n } };
  for (const price of [20_000n, 20_001n, 20_002n]) {
    ids.unshift(formatCallId(await calls.call(price, { leg, streamed: price === 20_001n })));
  }
  const failed = { outcome: 'released', status: 502, errorCode: 'upstream_failed' } as const;
  ids.unshift(formatCallId(await calls.call(0n, failed)));
});
afterAll(() => api.close());

const idsOf = (answer: { readonly body: Json }) => answer.body.data.map(({ id }: Json) => id);

describe('the list of calls', () => {
  test('shows the newest first, page by page, to seller and customer alike', async () => {
    for (const client of [shop.viewer, shop.customer]) {
      const first = await client.get('/calls?limit=3');
      expect(idsOf(first)).toEqual(ids.slice(0, 3));
      expect(first.body).toMatchObject({ has_more: true, first_id: ids[0], last_id: ids[2] });
      const rest = await client.get(`/calls?limit=3&after=${first.body.last_id}`);
      expect(idsOf(rest)).toEqual(ids.slice(3));
      expect(rest.body.has_more).toBe(false);
    }
  });

  test('has the figures of the call, exact', async () => {
    const [, line] = (await shop.viewer.get('/calls')).body.data;
    expect(line).toMatchObject({
      account: shop.account,
      account_name: shop.customer.mail,
      key: formatRowId('key', calls.keyId),
      model: 'vendor/small',
      status: 'settled',
      usage: { input: 40, output: 9, reasoning: 1 },
      cost: 0.000020002,
      cost_exact: '0.000020002',
      unit: 'USD',
    });
  });

  test.each([
    ['status=released', [0]],
    ['http_status=502', [0]],
    ['http_status=200', [1, 2, 3]],
    ['streamed=true', [2]],
    ['estimated=true', []],
    ['product=vendor/small', [0, 1, 2, 3]],
    ['to=2020-01-01T00:00:00Z', []],
    ['from=2020-01-01T00:00:00Z', [0, 1, 2, 3]],
  ])('with %s shows only those', async (query, places) => {
    const answer = await shop.viewer.get(`/calls?${query}`);
    expect(idsOf(answer)).toEqual(places.map((place) => ids[place]));
    const mine = `account=${shop.account}&key=${formatRowId('key', calls.keyId)}`;
    expect(idsOf(await shop.viewer.get(`/calls?${query}&${mine}`))).toEqual(idsOf(answer));
  });

  test.each([
    ['account=acc_0000000000001', 404, 'account_not_found'],
    ['key=key_0000000000001', 404, 'key_not_found'],
    ['product=none', 404, 'product_not_found'],
    ['after=x', 400, 'invalid_id'],
    ['streamed=maybe', 400, 'invalid_request'],
  ])('with %s is refused', async (query, status, code) => {
    const answer = await shop.viewer.get(`/calls?${query}`);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });
});

describe('one call', () => {
  test('is told line by line, and to the seller whose it is', async () => {
    const call = await shop.viewer.get(`/calls/${ids[1]}`);
    expect(call.body).toMatchObject({
      id: ids[1],
      account: shop.account,
      upstream: null,
      event: null,
      cost_exact: '0.000020002',
      lines: [
        { component: 'input', quantity: 40, amount: '0.25', per: 1_000_000 },
        { component: 'output', quantity: 9, amount: '1' },
        { component: 'reasoning', quantity: 1, priced_as: 'output' },
      ],
    });
    expect((await shop.customer.get(`/calls/${ids[1]}`)).body).toEqual(call.body);
  });

  test('is not there for another platform, nor by what is no id', async () => {
    const other = await api.openPlatform();
    for (const id of [ids[1], 'req_x']) {
      const answer = await other.owner.get(`/calls/${id}`);
      expect([answer.status, answer.body.code]).toEqual([404, 'call_not_found']);
    }
    expect((await other.owner.get('/calls')).body.data).toEqual([]);
  });
});

const parseCsv = (text: string) =>
  text
    .split('\r\n')
    .slice(0, -1)
    .map((line) => line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/));

describe('an export', () => {
  test('comes to the sums of usage and of the ledger, to the last nano-dollar', async () => {
    const csv = await shop.customer.get('/calls/export');
    expect(csv.headers.get('content-type')).toMatch(/^text\/csv/);
    const [head = [], ...lines] = parseCsv(csv.body);
    const costs = lines.map((line) => parseAmount(line[head.indexOf('cost')] ?? '', 9) ?? 0n);
    const sum = costs.reduce((all, one) => all + one, 0n);
    const [usage] = (await shop.viewer.get('/usage')).body.total;
    expect(usage.calls).toBe(lines.length);
    expect(usage.cost_exact).toBe(formatAmount(sum, 9));
    const [wallet] = await api.db.query<{ spent: bigint }>(
      'select total_spent as spent from wallet where id = $1',
      [calls.walletId],
    );
    expect(wallet?.spent).toBe(sum);
    const ndjson = (await shop.viewer.get('/calls/export?format=ndjson')).body.trim().split('\n');
    expect(ndjson.map((line: string) => JSON.parse(line).id)).toEqual(ids);
  });
});

describe('sums of usage', () => {
  test('are divided by any of the parts, with one line for each unit', async () => {
    const { body } = await shop.viewer.get('/usage?group_by=product,status');
    expect(body).toMatchObject({
      time_zone: 'UTC',
      data: [
        { product: 'vendor/small', status: 'released', calls: 1, cost_exact: '0' },
        { product: 'vendor/small', status: 'settled', calls: 3, input: 120, other_tokens: 3 },
      ],
      total: [{ calls: 4, unit: 'USD', cost_exact: '0.000060003' }],
      has_more: false,
    });
    const key = formatRowId('key', calls.keyId);
    const all = await shop.customer.get('/usage?group_by=day,hour,key,account');
    expect(all.body.data).toMatchObject([{ key, account: shop.account, calls: 4 }]);
    const csv = await shop.viewer.get('/usage?group_by=account&format=csv');
    expect(csv.body).toContain(`${shop.account},${shop.customer.mail},4,`);
  });

  test.each(['hour', 'day', 'product', 'key', 'account'])(
    'go on after the last group of a page of %s',
    async (group) => {
      const { data } = (await shop.viewer.get(`/usage?group_by=${group},status&limit=1`)).body;
      const after = `/usage?group_by=${group},status&limit=1&after=${data[0].id}`;
      expect((await shop.viewer.get(after)).body.data).toMatchObject([{ status: 'settled' }]);
    },
  );

  test('come page by page in both orders, and the total is that of all pages', async () => {
    for (const sort of ['group', 'cost']) {
      const first = (await shop.viewer.get(`/usage?group_by=status&limit=1&sort=${sort}`)).body;
      const then = `/usage?group_by=status&limit=1&sort=${sort}&after=${first.last_id}`;
      const second = (await shop.viewer.get(then)).body;
      const statuses = [...first.data, ...second.data].map(({ status }) => status);
      const order = sort === 'cost' ? ['settled', 'released'] : ['released', 'settled'];
      expect(statuses).toEqual(order);
      expect([first.has_more, second.has_more]).toEqual([true, false]);
      expect(second.total).toEqual(first.total);
    }
  });

  const cursor = (...keys: string[]) => Buffer.from(JSON.stringify(keys)).toString('base64url');
  test.each([
    'group_by=colour',
    'group_by=day,day',
    'after=x',
    `group_by=account&after=${cursor('x', 'USD')}`,
    `group_by=account&after=${cursor('9999999999999999999', 'USD')}`,
    `group_by=day&after=${cursor('2026-02-31 00:00:00+00', 'USD')}`,
    `group_by=day&after=${cursor('2026-02-01 00:00:00+00')}`,
  ])('with %s are refused', async (query) => {
    const answer = await shop.viewer.get(`/usage?${query}`);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
  });
});
