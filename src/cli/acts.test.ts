import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bareHost, type CommandLine, openCommandLine } from '../../test/command-line.ts';
import { createProgram } from './index.ts';

/** Commands that change nothing of an instance's administration. */
const READING = new Set([
  ...['start', 'config', 'completion', 'verify', 'replay', 'usage'],
  ...['calls list', 'calls show', 'calls export'],
  ...['platforms list', 'accounts list', 'accounts show', 'keys list', 'keys show', 'plans list'],
  ...[
    'packages list',
    'codes list',
    'grants list',
    'upstreams list',
    'users list',
    'sessions list',
  ],
  ...['catalog list', 'catalog diff', 'catalog dry-run'],
  ...['login', 'logout', 'whoami'],
]);

interface Case {
  readonly words: readonly string[];
  readonly action: string;
}

const made: Record<string, string> = {};
const M = 'a@example.com';
const on = ['--platform', 'shop'];
const of = [...on, '--account', M];
const price = ['--component', 'input=1/1000000'];
const given = ['--amount', '5', '--unit', 'token', '--reason', 'why'];

/** In their order: a later one works on what an earlier one made. */
const CASES: readonly (() => Case)[] = [
  () => ({
    words: [
      ...['platforms', 'create', '--slug', 'shop', '--name', 'Shop', '--key-prefix', 'sk-s-'],
      ...['--unit', 'token:0', '--unit', 'USD:9'],
    ],
    action: 'platform.create',
  }),
  () => ({ words: ['platforms', 'suspend', 'shop'], action: 'platform.suspend' }),
  () => ({ words: ['platforms', 'resume', 'shop'], action: 'platform.resume' }),
  () => ({ words: ['accounts', 'create', ...on, '--mail', M], action: 'account.create' }),
  () => ({ words: ['accounts', 'suspend', M, ...on], action: 'account.suspend' }),
  () => ({ words: ['accounts', 'resume', M, ...on], action: 'account.resume' }),
  () => ({
    words: ['accounts', 'set-limits', M, ...on, '--requests-per-minute', '5'],
    action: 'account.update',
  }),
  () => ({ words: ['accounts', 'adjust', M, ...on, ...given], action: 'balance.adjust' }),
  () => ({ words: ['accounts', 'import', made.users ?? '', ...on], action: 'account.import' }),
  () => ({ words: ['keys', 'create', ...of], action: 'key.create' }),
  () => ({ words: ['keys', 'update', made.key ?? '', ...on, '--name', 'n'], action: 'key.update' }),
  () => ({ words: ['keys', 'rotate', made.key ?? '', ...on], action: 'key.rotate' }),
  () => ({ words: ['keys', 'revoke', made.key ?? '', ...on], action: 'key.revoke' }),
  () => ({
    words: ['plans', 'create', ...on, '--slug', 'pro', '--name', 'Pro'],
    action: 'plan.create',
  }),
  () => ({ words: ['plans', 'change', 'pro', ...on, '--name', 'P'], action: 'plan.update' }),
  () => ({
    words: ['plans', 'set-limits', 'pro', ...on, '--requests-per-day', '9'],
    action: 'plan.update',
  }),
  () => ({ words: ['plans', 'assign', 'pro', ...of], action: 'subscription.change' }),
  () => ({ words: ['plans', 'unassign', ...of], action: 'subscription.change' }),
  () => ({
    words: ['packages', 'create', ...on, ...given.slice(0, 4), '--slug', 'p1', '--name', 'P'],
    action: 'package.create',
  }),
  () => ({ words: ['codes', 'create', ...on, ...given.slice(0, 4)], action: 'code.create' }),
  () => ({ words: ['codes', 'revoke', made.code ?? '', ...on], action: 'code.revoke' }),
  () => ({ words: ['grants', 'create', ...of, ...given], action: 'grant.create' }),
  () => ({
    words: ['grants', 'expire', made.grant ?? '', ...on, '--reason', 'why'],
    action: 'grant.expire',
  }),
  () => ({
    words: ['upstreams', 'create', ...on, '--name', 'up', '--base-url', 'demo:', ...CREDENTIAL],
    action: 'upstream.create',
  }),
  () => ({ words: ['catalog', 'add', 'm', ...on], action: 'product.create' }),
  () => ({
    words: ['catalog', 'route', 'm', ...on, '--upstream', 'up', '--model', 'm'],
    action: 'product.put_route',
  }),
  () => ({ words: ['catalog', 'price', 'm', ...on, ...price], action: 'price.publish' }),
  () => ({ words: ['catalog', 'draft', 'm', ...on, ...price], action: 'price_draft.create' }),
  () => ({
    words: ['catalog', 'publish', made.draft ?? '', ...on],
    action: 'price_draft.publish',
  }),
  () => ({
    words: ['catalog', 'roll-back', made.price ?? '', ...on],
    action: 'price.roll_back',
  }),
  () => ({ words: ['catalog', 'import', made.list ?? '', ...on], action: 'catalog.import' }),
  () => ({ words: ['users', 'create', '--mail', 'u@example.com'], action: 'user.create' }),
  () => ({ words: ['sessions', 'create', ...on, '--user', M], action: 'session.create' }),
  () => ({ words: ['sessions', 'revoke', '--user', M], action: 'session.revoke' }),
  () => ({ words: ['tokens', 'create', ...on, '--name', 'bot'], action: 'token.create' }),
];

const SECRET = 'sk-upstream-credential';
const CREDENTIAL = ['--credential-env', 'UP_KEY'];

let cli: CommandLine;
let folder: string;
beforeAll(async () => {
  cli = await openCommandLine({ readVariable: () => SECRET });
  folder = await mkdtemp(join(tmpdir(), 'farebox-acts-'));
  made.users = join(folder, 'users.ndjson');
  await writeFile(made.users, '{"email":"b@example.com"}\n');
  made.list = join(folder, 'list.json');
  const listed = { litellm_provider: 'x', mode: 'chat', input_cost_per_token: 1 };
  await writeFile(made.list, JSON.stringify({ listed: { ...listed, output_cost_per_token: 1 } }));
});
afterAll(async () => {
  await cli.close();
  await rm(folder, { recursive: true });
});

function leaves(command: Command, before: readonly string[] = []): string[] {
  return command.commands.flatMap((each) => {
    const words = [...before, each.name()];
    return each.commands.length === 0 ? [words.join(' ')] : leaves(each, words);
  });
}

// The commands of `api` go over HTTP: what they change the API puts on record.
it('knows of every command whether it changes something', () => {
  const changing = new Set(CASES.map((each) => each().words.slice(0, 2).join(' ')));
  const unknown = leaves(createProgram(bareHost).command).filter(
    (name) => !READING.has(name) && !changing.has(name) && !name.startsWith('api '),
  );
  expect(unknown).toEqual([]);
});

it('puts each act of the command line on record once, without a secret', async () => {
  const entries = () =>
    cli.db.query<{ action: string; actor_kind: string; actor: string; text: string }>(
      `select action, actor_kind, actor, concat(subject, before, after) as text from audit_entry
       order by id`,
    );
  for (const each of CASES) {
    const { words, action } = each();
    const before = (await entries()).length;
    const answer = await cli.json<Record<string, unknown>>(...words);
    const fresh = (await entries()).slice(before);
    const by = { actor_kind: 'operator', actor: 'command line' };
    expect(fresh, words.join(' ')).toMatchObject([{ action, ...by }]);
    const secrets = [SECRET, answer.token, answer.cookie, answer.key].filter(
      (text): text is string => typeof text === 'string',
    );
    for (const secret of secrets) expect(fresh[0]?.text, action).not.toContain(secret);
    remember(action, answer);
  }
});

it('puts nothing on record of an act that changed nothing', async () => {
  const grant = ['grants', 'create', ...of, ...given, '--reference', 'once'];
  await cli.json(...grant);
  const [{ count } = { count: 0n }] = await cli.db.query<{ count: bigint }>(
    'select count(*) from audit_entry',
  );
  expect(await cli.json(...grant)).toMatchObject({ created: false });
  expect(await cli.db.query('select count(*) from audit_entry')).toEqual([{ count }]);
});

/** What later cases name. */
function remember(action: string, answer: Record<string, unknown>): void {
  const { id, draft, price: priceId, data } = answer as Record<string, string>;
  if (action === 'key.create') made.key = id ?? '';
  if (action === 'grant.create') made.grant = id ?? '';
  if (action === 'price_draft.create') made.draft = draft ?? '';
  if (action === 'price.publish') made.price = priceId ?? '';
  if (action === 'code.create') made.code = (data as unknown as { id: string }[])[0]?.id ?? '';
}
