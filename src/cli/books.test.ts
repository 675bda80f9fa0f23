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
import { sealUntil } from '../../test/journal.ts';
import { formatCallId, formatRowId } from '../kernel/index.ts';
import { type Ledger, sealKey } from '../ledger/index.ts';

// 100 input at 250/1, 3 output at 1000/8: 25000 + 375 = 25375 nano-dollars.
const USED = { input: 100n, output: 3n };
const PRICE = 25_375n;

let cli: CommandLine;
let ledger: Ledger;
let books: Books;
let customer: Customer;
let callId: string;
beforeAll(async () => {
  cli = await openCommandLine();
  ledger = await openLedger(cli.db);
  books = await seedBooks(cli.db);
  customer = await seedCustomer(books, 1_000_000_000n);
  await cli.db.query(
    `insert into price_component (platform_id, price_id, component, amount, per)
     values ($1, $2, 'input', 250, 1), ($1, $2, 'output', 1000, 8)`,
    [books.platformId, books.priceId],
  );
  const request = holdOf(legOf(books, customer, 100_000n));
  await ledger.hold(request);
  await ledger.settle(settlementOf(request, PRICE, { leg: USED, streamed: true }));
  callId = formatCallId(request.callId);
});
afterAll(async () => {
  await ledger.close();
  await cli.close();
});

it('calls show a call with its price line by line', async () => {
  const line = { from_context_tokens: 0 };
  expect(await cli.json('calls', 'show', callId)).toEqual({
    id: callId,
    platform: `test-${books.platformId}`,
    account: `${customer.accountId}@customer.example`,
    key: formatRowId('key', customer.keyId),
    model: 'm',
    status: 'settled',
    http_status: 200,
    error_code: null,
    event: null,
    upstream: null,
    streamed: true,
    estimated: false,
    usage: { input: 100, output: 3 },
    lines: [
      {
        ...line,
        ...{ component: 'input', quantity: 100, priced_as: 'input' },
        ...{ amount: '0.00000025', per: 1, cost: '0.000025' },
      },
      {
        ...line,
        ...{ component: 'output', quantity: 3, priced_as: 'output' },
        ...{ amount: '0.000001', per: 8, cost: '0.000000375' },
      },
    ],
    unit: 'USD',
    held: '0.0001',
    price: '0.000025375',
    charge: '0.000025375',
    created_at: expect.stringMatching(/Z$/),
    settled_at: expect.stringMatching(/Z$/),
    first_byte_ms: 1,
    latency_ms: 2,
  });
  const { out } = await cli.run('calls', 'show', callId);
  expect(out).toMatch(/^charge +0\.000025375 USD$/m);
  expect(out).toMatch(/^input +100 +0\.00000025\/1 +0\.000025$/m);
});

it.each(['req_00000000000000000000000000', 'req_x', '7'])(
  'calls show says that there is no call %j',
  async (id) => {
    const { exitCode, error } = await cli.run('calls', 'show', id);
    expect(exitCode).toBe(1);
    expect(error).toMatch(/^farebox: There is no call .*\(call_not_found\)\n$/);
  },
);

it('verify says how much it has looked at when the books hold', async () => {
  expect(await cli.json('verify')).toEqual({
    ok: true,
    checks: expect.any(Number),
    calls: 1,
    movements: 1,
    seal: {
      blocks: 0,
      newest: null,
      unsealed: { calls: 1, transfers: 1, oldest_at: expect.stringMatching(/Z$/) },
    },
    differences: [],
  });
  const { out, error } = await cli.run('verify');
  expect({ out, error }).toEqual({
    out: expect.stringMatching(
      /^books hold: \d+ checks, 1 calls, 1 movements\nsealed: nothing yet\nnot sealed: 1 calls, 1 /,
    ),
    error: '',
  });
});

it('verify tells the newest block of the seal, and whether an earlier is there', async () => {
  await sealUntil(cli.db, ({ transfers }) => transfers === 0, sealKey(cli.secrets));
  const { seal } = await cli.json<{ seal: { newest: string; unsealed: object } }>('verify');
  expect(seal.newest).toMatch(/^\d+:[0-9a-f]{64}$/);
  expect(seal.unsealed).toMatchObject({ transfers: 0 });
  expect(await cli.run('verify', '--sealed', seal.newest)).toMatchObject({ exitCode: 0 });
  const [no, code = ''] = seal.newest.split(':');
  const other = `${no}:${code.startsWith('0') ? '1' : '0'}${code.slice(1)}`;
  const { exitCode, out } = await cli.run('verify', '--sealed', other);
  expect(exitCode).toBe(1);
  expect(out).toContain('seal_is_anchored: The seal still has the block');
  expect(out).toContain(`sealed: ${no} blocks, the newest ${seal.newest}\n`);
  expect(await cli.run('verify', '--sealed', 'x')).toMatchObject({ exitCode: 2 });
});

it.each<[what: string, change: string, check: string, expected: string, found: string]>([
  [
    'a balance',
    'update wallet set balance = balance + $1::int where balance > 0',
    'balance_is_entries',
    '999974625',
    '999974626',
  ],
  [
    'a price',
    'update call set price = price + $1::int, charge = charge + $1::int',
    'call_is_priced',
    '25375',
    '25376',
  ],
])('verify names %s that was changed, and fails', async (_what, change, check, expected, found) => {
  await cli.db.query(change, [1]);
  try {
    const asked = await cli.run('verify', '--json');
    expect(asked).toMatchObject({ exitCode: 1, error: '' });
    const answer = JSON.parse(asked.out) as { ok: boolean; differences: object[] };
    expect(answer.ok).toBe(false);
    const difference = { check, expected, found };
    expect(answer.differences).toContainEqual({
      ...difference,
      promise: expect.any(String),
      subject: expect.any(String),
    });
    const { exitCode, out } = await cli.run('verify');
    expect(exitCode).toBe(1);
    expect(out).toMatch(
      new RegExp(`^${check}: .*\\n  subject .*\\n  expected  ${expected}\\n`, 'm'),
    );
    expect(out).toMatch(/\nbooks do not hold: \d+ differences?\n$/);
  } finally {
    await cli.db.query(change, [-1]);
  }
});
