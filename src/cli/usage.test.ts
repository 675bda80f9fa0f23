import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type Books,
  type Customer,
  holdOf,
  legOf,
  openLedger,
  seedBooks,
  seedCustomer,
  settlementOf,
} from '../../test/books.ts';
import { type CommandLine, openCommandLine } from '../../test/command-line.ts';
import { formatCallId, formatRowId } from '../kernel/index.ts';

let cli: CommandLine;
let books: Books;
let customer: Customer;
let on: string[];
const ids: string[] = [];
beforeAll(async () => {
  cli = await openCommandLine();
  const ledger = await openLedger(cli.db);
  books = await seedBooks(cli.db, 'Asia/Tokyo');
  customer = await seedCustomer(books, 1_000_000_000n);
  for (const price of [100n, 20n, 3n]) {
    const request = holdOf(legOf(books, customer, 1_000n));
    await ledger.hold(request);
    await ledger.settle(settlementOf(request, price, { leg: { input: 5n, output: 1n } }));
    ids.unshift(formatCallId(request.callId));
  }
  await ledger.close();
  on = ['--platform', `test-${books.platformId}`];
});
afterAll(() => cli.close());

it('calls list shows the newest first, page by page', async () => {
  const first = await cli.json<{ data: { id: string }[]; next: string | null }>(
    ...['calls', 'list', ...on, '--limit', '2'],
  );
  expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  expect(first.data[0]).toMatchObject({
    account: `${customer.accountId}@customer.example`,
    key: formatRowId('key', customer.keyId),
    model: 'm',
    status: 'settled',
    charge: '0.000000003',
    unit: 'USD',
  });
  expect(first.next).toBe(ids[1]);
  const last = ['calls', 'list', ...on, '--limit', '2', '--before', String(first.next)];
  expect(await cli.json(...last)).toMatchObject({ data: [{ id: ids[2] }], next: null });
  const { out } = await cli.run('calls', 'list', ...on, '--limit', '1');
  expect(out).toMatch(/^CALL .*\nreq_.* settled 200 .*0\.000000003 USD\nMore: --before req_/);
});

it('calls list and usage take the same filters', async () => {
  const account = `${customer.accountId}@customer.example`;
  const key = formatRowId('key', customer.keyId);
  const matching = ['--account', account, '--key', key, '--model', 'm', '--status', 'settled'];
  const time = ['--from', '2020-01-01', '--until', '2100-01-01'];
  const list = await cli.json<{ data: object[] }>('calls', 'list', ...on, ...matching, ...time);
  expect(list.data).toHaveLength(3);
  const sums = { calls: 3, input: 15, output: 3, charge: '0.000000123', unit: 'USD' };
  const usage = ['usage', ...on, ...matching, ...time];
  expect(await cli.json(...usage, '--by', 'key')).toMatchObject({ data: [{ key, ...sums }] });
  const byDay = await cli.json<{ data: { day: string }[] }>(...usage, '--by', 'day');
  expect(byDay).toMatchObject({ time_zone: 'Asia/Tokyo', total: [sums] });
  expect(byDay.data[0]?.day).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect((await cli.run('usage', ...on, '--status', 'expired')).out).toBe('No calls.\n');
  expect((await cli.run('usage', ...on, '--by', 'model')).out).toMatch(
    /^MODEL +CALLS .*\nm +3 .*\ntotal +3 +15 +3 +0\.000000123 USD\n$/,
  );
});

it('usage is divided by several parts, sorted by what was paid, and written as CSV', async () => {
  const by = ['usage', ...on, '--by', 'account,status', '--sort', 'charge'];
  const sums = { calls: 3, charge: '0.000000123' };
  expect(await cli.json(...by)).toMatchObject({
    data: [{ account: formatRowId('acc', customer.accountId), status: 'settled', ...sums }],
    total: [sums],
    has_more: false,
  });
  const { out } = await cli.run(...by, '--csv');
  expect(out).toMatch(/^account,status,account_name,calls,.*\r\nacc_.*,settled,.*,3,15,3,0,0,USD,/);
});

it('calls export writes out the calls that calls list lists', async () => {
  const csv = await cli.run('calls', 'export', ...on);
  expect(csv.exitCode).toBe(0);
  expect(
    csv.out
      .split('\r\n')
      .slice(1, -1)
      .map((line) => line.split(',')[0]),
  ).toEqual(ids);
  const lines = await cli.run(
    'calls',
    'export',
    ...on,
    '--format',
    'ndjson',
    '--http-status',
    '200',
  );
  expect(
    lines.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).id),
  ).toEqual(ids);
  expect((await cli.run('calls', 'export', ...on, '--streamed', '--json')).out).toBe('');
});

it.each([
  [['usage', '--by', 'day,day'], 2, 'usage'],
  [['usage', '--by', 'colour'], 2, 'usage'],
  [['calls', 'list', '--http-status', '99'], 2, 'usage'],
  [['usage', '--key', 'sk-fb-secret'], 1, 'invalid_id'],
  [['usage', '--key', 'key_0000000000001'], 1, 'key_not_found'],
  [['usage', '--model', 'none'], 1, 'product_unknown'],
  [['calls', 'list', '--before', 'x'], 1, 'invalid_id'],
  [['calls', 'list', '--status', 'open'], 2, 'usage'],
])('%j says what is wrong', async (argv, exitCode, code) => {
  const answer = await cli.run(...argv, ...on, '--json');
  expect(answer).toMatchObject({ exitCode, out: '' });
  expect(JSON.parse(answer.error)).toMatchObject({ error: { code } });
  expect(answer.error).not.toContain('secret');
});
