import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, openCommandLine } from '../../test/command-line.ts';

const ON = ['--platform', 'shop'];
const OF = [...ON, '--account', 'ann@x.example'];
const ALL = [
  ...['--requests-per-minute', '1', '--requests-per-day', '2', '--requests-per-month', '3'],
  ...['--tokens-per-minute', '4', '--tokens-per-day', '5', '--tokens-per-month', '6'],
  ...['--concurrent-requests', '7', '--budget-per-day', '8', '--budget-per-month', '9.5'],
  ...['--budget-total', '0.000000001'],
];
const LIMITS = {
  requests_per_minute: 1,
  requests_per_day: 2,
  requests_per_month: 3,
  tokens_per_minute: 4,
  tokens_per_day: 5,
  tokens_per_month: 6,
  concurrent_requests: 7,
  budget_per_day: '8',
  budget_per_month: '9.5',
  budget_total: '0.000000001',
};

let cli: CommandLine;
beforeAll(async () => {
  cli = await openCommandLine();
  await cli.json(
    ...['platforms', 'create', '--slug', 'shop', '--name', 'The shop', '--key-prefix', 'ptr_'],
    ...['--unit', 'USD:9', '--unit', 'credit:3'],
  );
  await cli.json('accounts', 'create', ...ON, '--mail', 'ann@x.example', '--name', 'Ann');
});
afterAll(() => cli.close());

const newPlan = (slug: string, ...limits: string[]) =>
  cli.json('plans', 'create', ...ON, '--slug', slug, '--name', slug, ...limits);

describe('every limit can be set and is told', () => {
  it('of a key, when it is made and later', async () => {
    const { id } = await cli.json<{ id: string }>('keys', 'create', ...OF, ...ALL);
    const { data } = await cli.json<{ data: object[] }>('keys', 'list', ...OF);
    expect(data[0]).toMatchObject({ id, limits: LIMITS });
    const changes = ['--requests-per-minute', '60', '--budget-total', 'none'];
    const { budget_total: _, ...others } = LIMITS;
    const expected = { id, limits: { ...others, requests_per_minute: 60 } };
    const changed = await cli.json('keys', 'update', id, ...ON, ...changes);
    expect(changed).toMatchObject(expected);
    expect(changed).not.toHaveProperty('limits.budget_total');
  });

  it('of an account', async () => {
    const set = ['accounts', 'set-limits', 'ann@x.example', ...ON];
    expect(await cli.json(...set, ...ALL)).toMatchObject({ mail: 'ann@x.example', limits: LIMITS });
    expect(await cli.json('accounts', 'show', 'ann@x.example', ...ON)).toMatchObject({
      limits: LIMITS,
    });
    const { out } = await cli.run('accounts', 'show', 'ann@x.example', ...ON);
    expect(out).toMatch(/^limits +requests_per_minute=1 .* budget_total=0\.000000001$/m);
  });

  it('of a plan, and none of them where none is given', async () => {
    const plan = {
      id: expect.stringMatching(/^pln_/),
      platform: 'shop',
      slug: 'pro',
      name: 'pro',
      limits: LIMITS,
      ...{ allowances: [], prices: {}, features: [], key_count: null, trial_days: 0 },
      ...{ grace_days: 0, sort_order: 0, default: false, active: true },
      created_at: expect.any(String),
    };
    expect(await newPlan('pro', ...ALL)).toEqual(plan);
    expect(await newPlan('free')).toMatchObject({ limits: {} });
    expect(await cli.json('plans', 'list', ...ON)).toMatchObject({
      data: [{ slug: 'free' }, plan],
    });
    const changed = ['plans', 'set-limits', 'free', ...ON, '--requests-per-day', '10'];
    expect(await cli.json(...changed)).toMatchObject({ limits: { requests_per_day: 10 } });
    const { out } = await cli.run('plans', 'list', ...ON);
    expect(out).toMatch(
      /^SLUG +NAME +GIVES +PRICES +LIMITS .*\nfree +free +- +- +requests_per_day=10 /,
    );
  });
});

it('an account is put on a plan, on another, and off it', async () => {
  await newPlan('bronze');
  await newPlan('silver');
  const plan = async () =>
    (await cli.json<{ plan: unknown }>('accounts', 'show', 'ann@x.example', ...ON)).plan;
  for (const slug of ['bronze', 'silver']) {
    const answer = { platform: 'shop', account: 'ann@x.example', plan: slug };
    expect(await cli.json('plans', 'assign', slug, ...OF)).toEqual(answer);
    expect(await plan()).toBe(slug);
  }
  expect(await cli.json('plans', 'unassign', ...OF)).toMatchObject({ plan: null });
  expect(await plan()).toBeNull();
});

const PLAN = ['plans', 'create', ...ON, '--name', 'Plan', '--slug'];

it.each<[argv: string[], code: string, message: RegExp]>([
  [[...PLAN, 'twice'], 'plan_exists', /^--slug: .*'twice'/],
  [[...PLAN, 'Twice'], 'invalid_plan', /^--slug: /],
  [[...PLAN, 'other', '--budget-total', '0.0000000001'], 'invalid_amount', /^--budget-total: /],
  [
    [...PLAN, 'other', '--budget-per-day', '0'],
    'invalid_limits',
    /^--budget-per-day: .*above zero/,
  ],
  [['plans', 'set-limits', 'gold', ...ON], 'plan_not_found', /no plan 'gold'/],
  [['plans', 'assign', 'gold', ...OF], 'plan_not_found', /no plan 'gold'/],
  [['keys', 'update', 'key_0000000000001', ...ON], 'key_not_found', /key_0000000000001/],
])('%j is refused', async (argv, code, message) => {
  await cli.run(...PLAN, 'twice');
  const { exitCode, out, error } = await cli.run(...argv, '--json');
  expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
  expect(JSON.parse(error)).toEqual({ error: { code, message: expect.stringMatching(message) } });
});
