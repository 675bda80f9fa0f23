import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, openCommandLine } from '../../test/command-line.ts';
import { hashKey, parseKey } from '../tenants/index.ts';

const ID = (prefix: string) => expect.stringMatching(new RegExp(`^${prefix}_[0-9a-z]{13}$`));
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const ON = ['--platform', 'shop'];
const OF = [...ON, '--account', 'ann@x.example'];

let cli: CommandLine;
let opened: unknown;
beforeAll(async () => {
  cli = await openCommandLine();
  opened = await cli.json(
    ...['platforms', 'create', '--slug', 'shop', '--name', 'The shop', '--key-prefix', 'ptr_'],
    ...['--unit', 'USD:9', '--unit', 'credit:3', '--time-zone', 'Europe/Berlin'],
  );
  await cli.json('accounts', 'create', ...ON, '--mail', 'Ann@X.example', '--name', 'Ann');
});
afterAll(() => cli.close());

const SHOP = {
  id: ID('plt'),
  slug: 'shop',
  name: 'The shop',
  status: 'active',
  key_prefix: 'ptr_',
  default_unit: 'USD',
  units: [
    { code: 'USD', scale: 9 },
    { code: 'credit', scale: 3 },
  ],
  time_zone: 'Europe/Berlin',
  default_output_tokens: 4096,
};
const ANN = {
  id: ID('acc'),
  platform: 'shop',
  mail: 'ann@x.example',
  external_id: null,
  name: 'Ann',
  status: 'active',
  plan: null,
  limits: {},
  created_at: TIME,
};
const EMPTY = { id: ID('wal'), unit: 'USD', balance: '0', held: '0', available: '0' };

describe('platforms', () => {
  it('are told in full when they are created, listed, suspended and resumed', async () => {
    expect(opened).toEqual(SHOP);
    expect(await cli.json('platforms', 'list')).toEqual({ data: [SHOP] });
    const suspended = await cli.json('platforms', 'suspend', 'shop');
    expect(suspended).toEqual({ ...SHOP, status: 'suspended' });
    expect(await cli.json('platforms', 'resume', 'shop')).toEqual(SHOP);
  });

  it('are listed in aligned columns, the default unit first', async () => {
    const { out } = await cli.run('platforms', 'list');
    expect(out).toBe(
      [
        'SLUG  NAME      STATUS  KEY PREFIX  UNITS           TIME ZONE\n',
        'shop  The shop  active  ptr_        USD:9 credit:3  Europe/Berlin\n',
      ].join(''),
    );
  });
});

describe('accounts', () => {
  it('are shown with their wallets, by mail and by id', async () => {
    const mail = await cli.json<typeof ANN>('accounts', 'show', 'ann@x.example', ...ON);
    expect(mail).toEqual({ ...ANN, wallets: [EMPTY] });
    expect(await cli.json('accounts', 'show', mail.id, ...ON)).toEqual(mail);
  });

  it('are suspended and resumed', async () => {
    const suspended = await cli.json('accounts', 'suspend', 'ann@x.example', ...ON);
    expect(suspended).toEqual({ ...ANN, status: 'suspended', wallets: [EMPTY] });
    const resumed = await cli.json('accounts', 'resume', 'ann@x.example', ...ON);
    expect(resumed).toEqual({ ...ANN, wallets: [EMPTY] });
  });

  it('are listed page by page', async () => {
    await cli.json('accounts', 'create', ...ON, '--mail', 'bob@x.example');
    const list = ['accounts', 'list', ...ON, '--limit', '1'];
    const first = await cli.json<{ data: (typeof ANN)[] }>(...list);
    expect(first).toEqual({ data: [ANN], has_more: true });
    const second = await cli.json(...list, '--after', first.data[0]?.id ?? '');
    expect(second).toMatchObject({ data: [{ mail: 'bob@x.example' }], has_more: false });
    const { out } = await cli.run(...list);
    expect(out).toMatch(
      /^ID +ACCOUNT +NAME +STATUS +PLAN\nacc_\w+ {2}ann@x.example {2}Ann {3}active {2}-\n/,
    );
    expect(out).toMatch(/There are more: give the last id as --after\.\n$/);
  });

  it('cannot send commands to the terminal by their names', async () => {
    const name = 'Eve\u001b[2J\nroot';
    const created = ['accounts', 'create', ...ON, '--mail', 'eve@x.example', '--name', name];
    expect(await cli.json(...created)).toMatchObject({ name });
    const { out } = await cli.run('accounts', 'show', 'eve@x.example', ...ON);
    expect(out).toContain('Eve\\u001b[2J\\u000aroot');
  });
});

describe('keys', () => {
  it('are shown once, and only their hash is kept', async () => {
    const made = await cli.json<{ key: string; id: string }>('keys', 'create', ...OF);
    expect(made).toEqual({
      key: expect.stringMatching(/^ptr_[0-9A-Za-z]{40}$/),
      id: ID('key'),
      preview: expect.stringMatching(/^ptr_\w{4}\.\.\.\w{4}$/),
      platform: 'shop',
      account: 'ann@x.example',
    });
    expect(parseKey(made.key)).toBeDefined();
    const stored = `select encode(hash, 'hex') as hash from api_key`;
    expect(await cli.db.query(stored)).toEqual([{ hash: hashKey(made.key) }]);
    const listed = await cli.run('keys', 'list', ...OF);
    expect(listed.out).toContain(made.id);
    expect(listed.out).not.toContain(made.key.slice(12, -4));
  });

  it('are listed with their limits, newest first, and revoked for good', async () => {
    const limits = ['--name', 'ci', '--requests-per-minute', '60', '--expires', '2031-02-03'];
    const { id } = await cli.json<{ id: string }>('keys', 'create', ...OF, ...limits);
    const key = {
      id,
      account: ID('acc'),
      name: 'ci',
      preview: expect.stringMatching(/^ptr_/),
      status: 'active',
      test: false,
      scheme: 'sha256',
      scopes: ['call'],
      models: null,
      addresses: null,
      limits: { requests_per_minute: 60 },
      expires_at: '2031-02-03T00:00:00.000Z',
      last_used_at: null,
      rotated_at: null,
      retiring: [],
      created_at: TIME,
    };
    const { data } = await cli.json<{ data: unknown[] }>('keys', 'list', ...OF);
    expect(data[0]).toEqual(key);
    expect(await cli.json('keys', 'revoke', id, ...ON)).toEqual({ ...key, status: 'revoked' });
  });

  it('are made for some things only, shown so, and changed', async () => {
    const bound = ['--scopes', 'read,call', '--addresses', '10.0.0.1/8,2001:db8::1', '--test'];
    const { id } = await cli.json<{ id: string }>('keys', 'create', ...OF, ...bound);
    const key = {
      scopes: ['call', 'read'],
      addresses: ['10.0.0.0/8', '2001:db8::1/128'],
      test: true,
    };
    expect(await cli.json('keys', 'show', id, ...ON)).toMatchObject(key);
    const { out } = await cli.run('keys', 'show', id, ...ON);
    expect(out).toMatch(/^addresses +10\.0\.0\.0\/8,2001:db8::1\/128$/m);
    const changes = ['--addresses', 'all', '--expires', '2031-01-01', '--name', 'bound'];
    expect(await cli.json('keys', 'update', id, ...ON, ...changes)).toMatchObject({
      ...key,
      name: 'bound',
      addresses: null,
      expires_at: '2031-01-01T00:00:00.000Z',
    });
    const endless = await cli.json('keys', 'update', id, ...ON, '--expires', 'never');
    expect(endless).toMatchObject({ name: 'bound', expires_at: null });
  });

  it('are given another text, and listed by their status', async () => {
    const made = await cli.json<{ key: string; id: string }>('keys', 'create', ...OF);
    const rotated = await cli.json<{ key: string }>(
      ...['keys', 'rotate', made.id, ...ON, '--grace', '3600'],
    );
    expect(rotated).toMatchObject({ id: made.id, retiring: [{ ends_at: TIME }] });
    expect(rotated.key).toMatch(/^ptr_[0-9A-Za-z]{40}$/);
    expect(rotated.key).not.toBe(made.key);
    await cli.json('keys', 'revoke', made.id, ...ON);
    const idsOf = async (status: string) => {
      const list = ['keys', 'list', ...OF, '--status', status];
      return (await cli.json<{ data: { id: string }[] }>(...list)).data.map(({ id }) => id);
    };
    expect(await idsOf('revoked')).toContain(made.id);
    expect(await idsOf('active')).not.toContain(made.id);
    const { exitCode } = await cli.run('keys', 'rotate', made.id, ...ON);
    expect(exitCode).toBe(1);
  });

  it('tell in a readable answer to keep the key', async () => {
    const { out } = await cli.run('keys', 'create', ...OF);
    expect(out).toMatch(/^key +ptr_\w{40}\nid +key_\w+\n/);
    expect(out).toMatch(/cannot be shown again\.\n$/);
  });
});

const CREATE = ['platforms', 'create', '--name', 'P', '--key-prefix', 'p_', '--unit', 'USD:9'];
const KEY = 'ptr_0123456789abcdefghijABCDEFGHIJ0123456789';

it.each<[argv: string[], code: string, message: RegExp]>([
  [[...CREATE, '--slug', 'shop'], 'platform_exists', /^--slug: /],
  [[...CREATE, '--slug', 'Shop'], 'invalid_platform', /^--slug: /],
  [[...CREATE, '--slug', 's2', '--key-prefix', '_'], 'invalid_platform', /^--key-prefix: /],
  [[...CREATE, '--slug', 's2', '--unit', 'USD:3'], 'invalid_platform', /^--unit: .*only once/],
  [[...CREATE, '--slug', 's2', '--unit', 'X:13'], 'invalid_platform', /^--unit: .*0 to 12/],
  [[...CREATE, '--slug', 's2', '--time-zone', 'Mars'], 'invalid_platform', /^--time-zone: /],
  [['platforms', 'suspend', 'none'], 'platform_not_found', /no platform 'none'/],
  [['accounts', 'list', '--platform', 'none'], 'platform_not_found', /^--platform: /],
  [['accounts', 'create', ...ON, '--mail', 'ann@x.example'], 'account_exists', /already/],
  [['accounts', 'create', ...ON, '--mail', 'ann'], 'invalid_account', /^--mail: /],
  [['accounts', 'show', 'zoe@x.example', ...ON], 'account_not_found', /'zoe@x.example'/],
  [['accounts', 'list', ...ON, '--after', '7'], 'invalid_id', /^--after: '7'/],
  [['keys', 'create', ...ON, '--account', 'zoe'], 'account_not_found', /^--account: /],
  [['keys', 'create', ...OF, '--name', ' '], 'invalid_key', /^--name: /],
  [['keys', 'create', ...OF, '--addresses', '10.0.0.0/33'], 'invalid_key', /^--addresses: /],
  [['keys', 'create', ...OF, '--models', 'none-such'], 'models_unknown', /^--models: .*none-such/],
  [['keys', 'revoke', 'key_0000000000001', ...ON], 'key_not_found', /key_0000000000001/],
  [['keys', 'show', 'key_0000000000001', ...ON], 'key_not_found', /key_0000000000001/],
  [['keys', 'rotate', 'key_0000000000001', ...ON], 'key_not_found', /key_0000000000001/],
  [['keys', 'revoke', KEY, ...ON], 'invalid_id', /^This is not the id of a key/],
])('%j is refused', async (argv, code, message) => {
  const { exitCode, out, error } = await cli.run(...argv, '--json');
  expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
  expect(JSON.parse(error)).toEqual({ error: { code, message: expect.stringMatching(message) } });
});
