import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Connection, SEAL_LOCK } from '../src/db/index.ts';
import { runCommand } from './command-line.ts';
import { type Serving, startServing } from './serving.ts';

const CUT = join(import.meta.dirname, 'fixtures', 'azure-llm-trace-cut.csv');

interface Verdict {
  readonly ok: boolean;
  readonly platform: string;
  readonly requests: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly billed: string;
  readonly charged: string;
  readonly difference: string;
  readonly difference_count: number;
  readonly differences: readonly {
    readonly line: number | null;
    readonly request_id: string | null;
    readonly subject: string;
  }[];
}

let serving: Serving;
let folder: string;
let record: string;
let sent: { exitCode: number; verdict: Verdict };

const run = (...argv: string[]) =>
  runCommand(argv, {
    openInstance: async () => ({ ...serving.instance, close: async () => undefined }),
  });

async function replay(...argv: string[]): Promise<{ exitCode: number; verdict: Verdict }> {
  const { exitCode, out, error } = await run('replay', '--trace', CUT, '--json', ...argv);
  if (out === '') throw new Error(error);
  return { exitCode, verdict: JSON.parse(out) as Verdict };
}

const checkAgain = () => replay('--check', record);

beforeAll(async () => {
  serving = await startServing();
  folder = await mkdtemp(join(tmpdir(), 'farebox-replay-'));
  record = join(folder, 'run.ndjson');
  sent = await replay('--url', serving.url, '--accounts', '5', '--out', record);
}, 120_000);
afterAll(async () => {
  await serving.close();
  await rm(folder, { recursive: true, force: true });
});

test('three hundred production requests cost to the last nano-dollar what the trace says', () => {
  expect(sent.verdict.differences).toEqual([]);
  expect(sent).toMatchObject({
    exitCode: 0,
    verdict: {
      ok: true,
      requests: 300,
      input_tokens: 270_000,
      output_tokens: 76_870,
      // Worked out beforehand with another program, from the file and the list of prices.
      billed: '0.810703939',
      charged: '0.810703939',
      difference: '0',
      difference_count: 0,
    },
  });
});

test('grants ran over into each other, so that drawing on them in order was at stake', async () => {
  const rows = await serving.db.query<{ source: string; spent: boolean }>(
    `select g.source, bool_and(coalesce(s.remaining, 0) < g.granted) as spent
     from wallet_grant g join platform p on p.id = g.platform_id
     left join open_grant s on s.wallet_id = g.wallet_id and s.id = g.id
     where p.slug = $1 group by g.source order by g.source`,
    [sent.verdict.platform],
  );
  expect(rows).toEqual(
    ['allowance', 'bonus', 'purchase'].map((source) => ({ source, spent: true })),
  );
});

test('the run that was kept can be checked again without sending anything', async () => {
  const count = () => serving.db.query('select count(*) from call');
  const before = await count();
  expect(await checkAgain()).toMatchObject({
    exitCode: 0,
    verdict: { ok: true, charged: sent.verdict.charged },
  });
  expect(await count()).toEqual(before);
});

test('verify finds nothing wrong with the books of the run, prices included', async () => {
  const verify = await run('verify', '--json');
  expect(JSON.parse(verify.out)).toMatchObject({ ok: true, differences: [] });
  expect(verify.exitCode).toBe(0);
});

describe('one row changed behind the ledger is named by the replay and by verify', () => {
  // What is changed for a moment must not be sealed meanwhile.
  let sealing: Connection;
  beforeAll(async () => {
    sealing = await serving.db.connection();
    await sealing.query('select pg_advisory_lock($1)', [SEAL_LOCK]);
  });
  afterAll(() => sealing.close());

  test.each([
    ['wallet', 'balance', 'the balance of the wallet of account-', /^wallet \d+$/],
    [
      'wallet',
      'total_spent',
      'the total spent of the wallet of account-',
      /^wallet \d+ total_spent/,
    ],
    ['wallet_grant', 'remaining', 'what remains of the ', /^wallet \d+$/],
    ['wallet_grant', 'granted', 'the amount of the ', /^grant \d+$/],
    ['hold', 'amount', 'amount in its row of hold', /^call .* leg 0$/],
    ['call', 'price', 'price in its row of call', /^call .* leg 0$/],
    ['call', 'charge', 'charge in its row of call', /^call .* leg 0$/],
    ['call', 'output', 'output in its row of call', /^call .* leg 0$/],
    ['transfer', 'amount', 'the amount of the transfer replay:account-', /^grant \d+$/],
    ['api_key', 'total_spent', 'the total spent of the key account-', /^api_key \d+ total_spent$/],
  ])('%s.%s', async (table, column, subject, verified) => {
    // A charge above its price, or more left than was given, the database refuses.
    const change = ['charge', 'remaining'].includes(column) ? -1 : 1;
    const row = await changeOneRow(table, column, change);
    try {
      const { exitCode, verdict } = await checkAgain();
      expect(exitCode).toBe(1);
      const [first] = verdict.differences;
      expect(first?.subject).toContain(subject);
      if (table === 'call' || table === 'hold') {
        expect(first).toMatchObject({ line: expect.any(Number), request_id: expect.any(String) });
      }
      const verify = await run('verify', '--json');
      expect(verify.exitCode).toBe(1);
      const { differences } = JSON.parse(verify.out) as Verdict;
      expect(differences.map((one) => one.subject)).toContainEqual(expect.stringMatching(verified));
    } finally {
      await row.restore();
    }
    expect((await checkAgain()).verdict.differences).toEqual([]);
  });
});

/** Adds to one column of the first row of a table that the replay wrote. */
async function changeOneRow(table: string, column: string, change: number) {
  const { db } = serving;
  const [row] = await db.query<{ id: string | bigint }>(
    `select t.id from ${table} t join platform p on p.id = t.platform_id
     where p.slug = $1 order by t.id limit 1`,
    [sent.verdict.platform],
  );
  const add = (amount: number) =>
    db.query(`update ${table} set ${column} = ${column} + $2 where id = $1 returning id`, [
      row?.id,
      amount,
    ]);
  expect(await add(change)).toHaveLength(1);
  return { restore: () => add(-change) };
}

test('a person reads the figures, and lines of progress meanwhile', async () => {
  const { exitCode, out, error } = await run(
    ...['replay', '--trace', CUT, '--url', `${serving.url}/v1/`],
    ...['--requests', '10', '--accounts', '2', '--speed', '1000', '--concurrency', '4'],
  );
  expect({ exitCode, out }).toMatchObject({ exitCode: 0 });
  expect(out).toMatch(/^requests +10$/m);
  expect(out).toMatch(/^difference +0$/m);
  expect(out).toContain('Every figure is as the trace says.');
  expect(error).toMatch(/^10 of 10 requests, \d+\/s, 0\.\d+ USD, 0 s left$/m);
});

test.each([
  ['no server', ['--url', 'http://127.0.0.1:1'], 'server_unreachable'],
  ['no address', [], 'url_missing'],
  ['no trace', ['--url', 'http://127.0.0.1:1', '--trace', '/nowhere.csv'], 'file_unreadable'],
  ['a record that is none', ['--check', CUT], 'record_invalid'],
  ['no speed', ['--speed', 'fast'], 'usage'],
])('with %s it says so and nothing is sent', async (_, argv, code) => {
  const { exitCode, error } = await run('replay', '--trace', CUT, ...argv, '--json');
  expect(exitCode).toBe(code === 'usage' ? 2 : 1);
  expect(JSON.parse(error)).toMatchObject({ error: { code } });
});
