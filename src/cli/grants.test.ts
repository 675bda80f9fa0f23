import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, openCommandLine } from '../../test/command-line.ts';
import { verifyLedger } from '../ledger/index.ts';

const OF = ['--platform', 'shop', '--account', 'ann@x.example'];
const GIVE = ['grants', 'create', ...OF, '--reason', 'welcome'];
const USD = [...GIVE, '--unit', 'USD'];

let cli: CommandLine;
beforeAll(async () => {
  cli = await openCommandLine();
  await cli.json(
    ...['platforms', 'create', '--slug', 'shop', '--name', 'Shop', '--key-prefix', 'ptr_'],
    ...['--unit', 'USD:9', '--unit', 'credit:3'],
  );
  await cli.json('accounts', 'create', '--platform', 'shop', '--mail', 'ann@x.example');
});
afterAll(() => cli.close());

async function walletsOf(): Promise<Record<string, string>> {
  const account = await cli.json<{ wallets: { unit: string; available: string }[] }>(
    ...['accounts', 'show', 'ann@x.example', '--platform', 'shop'],
  );
  return Object.fromEntries(account.wallets.map(({ unit, available }) => [unit, available]));
}

describe('grants', () => {
  it('put exact value into the wallet, once for each reference', async () => {
    const first = await cli.json(...USD, '--amount', '12.000000001', '--reference', 'order 1');
    const given = {
      id: expect.stringMatching(/^grt_\w{13}$/),
      platform: 'shop',
      account: 'ann@x.example',
      amount: '12.000000001',
      unit: 'USD',
      reference: 'order 1',
      created: true,
      balance: '12.000000001',
    };
    expect(first).toEqual(given);
    const again = await cli.json(...USD, '--amount', '12.000000001', '--reference', 'order 1');
    expect(again).toEqual({ ...(first as object), created: false });
    const other = await cli.run(...USD, '--amount', '13', '--reference', 'order 1', '--json');
    expect(other).toMatchObject({ exitCode: 1, out: '' });
    expect(JSON.parse(other.error).error.code).toBe('reference_conflict');
    expect(await walletsOf()).toEqual({ USD: '12.000000001' });
    expect(await verifyLedger(cli.db)).toEqual([]);
  });

  it('open the wallet in their unit when the account has none', async () => {
    const credit = [...GIVE, '--unit', 'credit', '--amount'];
    const [left, right] = await Promise.all([cli.json(...credit, '5'), cli.json(...credit, '0.5')]);
    expect([left, right]).toEqual([
      expect.objectContaining({ created: true, reference: expect.stringMatching(/^cli:grt_\w+$/) }),
      expect.objectContaining({ created: true, reference: expect.stringMatching(/^cli:grt_\w+$/) }),
    ]);
    expect(await walletsOf()).toMatchObject({ credit: '5.5' });
  });

  it('are listed newest first, page by page, with what is left of them', async () => {
    const more = ['--source', 'purchase', '--priority', '-5', '--expires', '2031-01-02T03:04:05Z'];
    await cli.json(...USD, '--amount', '7', ...more, '--reference', 'order 2');
    const list = ['grants', 'list', ...OF, '--limit', '1'];
    const first = await cli.json<{ data: { id: string }[] }>(...list);
    expect(first).toEqual({
      data: [
        {
          id: expect.stringMatching(/^grt_\w{13}$/),
          unit: 'USD',
          granted: '7',
          remaining: '7',
          source: 'purchase',
          priority: -5,
          status: 'open',
          expires_at: '2031-01-02T03:04:05.000Z',
          ended_at: null,
          reference: 'order 2',
          reason: 'welcome',
          created_at: expect.stringMatching(/Z$/),
        },
      ],
      has_more: true,
    });
    const next = await cli.json(...list, '--before', first.data[0]?.id ?? '');
    expect(next).toMatchObject({ data: [{ unit: 'credit' }], has_more: true });
    const { out } = await cli.run('grants', 'list', ...OF);
    expect(out).toMatch(/^ID +LEFT +SOURCE +PRIORITY +STATUS +EXPIRES +REASON\n/);
    expect(out).toMatch(/7 of 7 USD +purchase +-5 +open +2031-01-02T03:04:05.000Z +welcome\n/);
  });

  it('that have expired are in no balance, though no call has come since', async () => {
    const before = (await walletsOf()).USD;
    await cli.json(...USD, '--amount', '100', '--expires', '2031-01-01', '--reference', 'short');
    expect((await walletsOf()).USD).not.toBe(before);
    await cli.db.query(
      `with short as (
         update wallet_grant g set expires_at = g.created_at + interval '1 microsecond'
         from transfer t where t.grant_id = g.id and t.reference = 'short' returning g.*
       ) update wallet w set next_change_at = short.expires_at from short
         where w.id = short.wallet_id`,
    );
    expect((await walletsOf()).USD).toBe(before);
    const { data } = await cli.json<{ data: object[] }>('grants', 'list', ...OF, '--limit', '1');
    expect(data).toMatchObject([{ reference: 'short', status: 'expired', remaining: '0' }]);
    expect(await verifyLedger(cli.db)).toEqual([]);
  });
});

it.each<[argv: string[], code: string, message: RegExp]>([
  [[...USD, '--amount', '0'], 'invalid_amount', /^--amount: .*more than nothing/],
  [[...USD, '--amount', '0.0000000001'], 'invalid_amount', /^--amount: .*at most 9 decimals/],
  [[...USD, '--amount', '-5'], 'invalid_amount', /^--amount: '-5' is not an amount of USD/],
  [[...USD, '--amount', '1e3'], 'invalid_amount', /^--amount: /],
  [[...USD, '--amount', '9223372036.854775808'], 'invalid_amount', /up to 9223372036\.854775807/],
  [[...GIVE, '--unit', 'EUR', '--amount', '1'], 'unit_unknown', /^--unit: .*it has USD, credit/],
  [[...USD, '--amount', '1', '--reference', ''], 'invalid_reference', /^--reference: /],
  [[...USD, '--amount', '1', '--expires', '2020-01-01'], 'already_expired', /in the past/],
  [['grants', 'list', ...OF, '--before', 'x'], 'invalid_id', /^--before: 'x'/],
])('%j is refused', async (argv, code, message) => {
  const before = await walletsOf();
  const { exitCode, out, error } = await cli.run(...argv, '--json');
  expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
  expect(JSON.parse(error)).toEqual({ error: { code, message: expect.stringMatching(message) } });
  expect(await walletsOf()).toEqual(before);
});

it('refuses what would not fit the wallet any more, and says so', async () => {
  const { exitCode, error } = await cli.run(...USD, '--amount', '9223372036', '--json');
  expect(exitCode).toBe(1);
  expect(JSON.parse(error).error).toMatchObject({ code: 'invalid_amount' });
});

describe('money by hand', () => {
  const OF_BOB = ['--platform', 'shop', '--reason', 'a correction', '--unit', 'USD'];
  const adjust = ['accounts', 'adjust', 'bob@x.example', ...OF_BOB, '--amount'];

  it('is given, and taken back with before and after, once for each reference', async () => {
    await cli.json('accounts', 'create', '--platform', 'shop', '--mail', 'bob@x.example');
    expect(await cli.json(...adjust, '5')).toMatchObject({ before: '0', after: '5' });
    const once = [...adjust, '-2', '--reference', 'case 1'];
    expect(await cli.json(...once)).toMatchObject({ amount: '-2', before: '5', after: '3' });
    expect(await cli.json(...once)).toMatchObject({ amount: '0', after: '3', created: false });
    const more = await cli.run(...adjust, '-4', '--json');
    expect(JSON.parse(more.error).error.code).toBe('insufficient_available');
    const acts = await cli.db.query<{ action: string; actor_kind: string }>(
      `select action, actor_kind from audit_entry where action = 'balance.adjust'`,
    );
    expect(acts).toEqual(Array(2).fill({ action: 'balance.adjust', actor_kind: 'operator' }));
  });

  it('ends a grant at once, and says so of one that is over', async () => {
    const of = ['--platform', 'shop', '--account', 'bob@x.example'];
    const { data } = await cli.json<{ data: { id: string }[] }>('grants', 'list', ...of);
    const expire = ['grants', 'expire', data[0]?.id ?? '', '--platform', 'shop', '--reason', 'x'];
    expect(await cli.json(...expire)).toMatchObject({ status: 'expired', remaining: '0' });
    const again = await cli.run(...expire, '--json');
    expect(JSON.parse(again.error).error.code).toBe('grant_over');
    expect(await verifyLedger(cli.db)).toEqual([]);
  });
});
