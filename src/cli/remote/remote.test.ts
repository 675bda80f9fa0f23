import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../../../test/command-line.ts';
import type { TestPlatform } from '../../../test/manage-api.ts';
import { openServedManage, type ServedManage } from '../../../test/served-manage.ts';

let api: ServedManage;
let shop: TestPlatform;
let token: string;
let configFolder: string;
beforeAll(async () => {
  api = await openServedManage();
  shop = await api.openPlatform();
  token = (await shop.owner.post('/tokens', { name: 'shell', role: 'owner' })).body.token;
  configFolder = join(await mkdtemp(join(tmpdir(), 'farebox-cli-')), 'farebox');
});
afterAll(async () => {
  await api.close();
  await rm(join(configFolder, '..'), { recursive: true, force: true });
});

/** Runs a command on a machine with that environment and standard input. */
function run(words: readonly string[], env: Record<string, string> = {}, input = '') {
  const readVariable = (name: string) => env[name];
  return runCommand(words, { configFolder, readVariable, readInput: async () => input });
}

/** Runs one that must do its work, and gives its JSON. */
async function json(...words: readonly string[]) {
  const ran = await run([...words, '--json'], { FAREBOX_URL: api.url, FAREBOX_TOKEN: token });
  expect(ran).toMatchObject({ exitCode: 0, error: '' });
  expect(ran.out).toMatch(/^[^\n]+\n$/);
  return JSON.parse(ran.out);
}

/** Runs one that must be refused, and gives what it says. */
async function refusal(words: readonly string[], env: Record<string, string> = {}) {
  const { exitCode, out, error } = await run([...words, '--json'], env);
  expect(out).toBe('');
  return { exitCode, ...JSON.parse(error).error };
}

describe('farebox api', () => {
  test('makes, shows, changes and lists what the instance has', async () => {
    const made = await json('api', 'accounts', 'create', '--mail', 'a@shell.example');
    expect(made).toMatchObject({ object: 'account', mail: 'a@shell.example' });
    const limits = '{"requests_per_minute": 5}';
    const update = ['api', 'accounts', 'update', made.id, '--name', 'Ada', '--limits', limits];
    expect(await json(...update)).toMatchObject({
      name: 'Ada',
      limits: { requests_per_minute: 5 },
    });
    expect(await json('api', 'accounts', 'get', made.id)).toMatchObject({ name: 'Ada' });
    const list = await json('api', 'accounts', 'list', '--mail', 'a@shell.example');
    expect(list.data).toMatchObject([{ id: made.id }]);
  });

  test('takes a whole body, from standard input too, and flags in its place', async () => {
    const create = ['api', 'accounts', 'create'];
    const given = await json(...create, '--body', '{"external_id": "b-1"}', '--name', 'Bob');
    expect(given).toMatchObject({ external_id: 'b-1', name: 'Bob' });
    const env = { FAREBOX_URL: api.url, FAREBOX_TOKEN: token };
    const piped = await run([...create, '--body', '-', '--json'], env, '{"external_id": "b-2"}');
    expect(JSON.parse(piped.out)).toMatchObject({ external_id: 'b-2' });
  });

  test('walks through every page when it is asked for all', async () => {
    const page = await json('api', 'accounts', 'list', '--limit', '1');
    expect([page.data.length, page.has_more]).toEqual([1, true]);
    const all = await json('api', 'accounts', 'list', '--limit', '1', '--all');
    expect(all.data.length).toBeGreaterThan(2);
    expect(all.has_more).toBe(false);
  });

  test('writes columns for a person, and amounts exactly', async () => {
    const env = { FAREBOX_URL: api.url, FAREBOX_TOKEN: token };
    const { out } = await run(['api', 'accounts', 'list', '--limit', '1'], env);
    expect(out).toMatch(/^ID +MAIL +EXTERNAL_ID +NAME +STATUS/);
    expect(out).toContain('There are more: --after acc_');
    const one = await run(['api', 'platforms', 'get', shop.slug], env);
    expect(one.out).toMatch(/^slug +p\d+$/m);
    expect(one.out).not.toContain('\u001b');
  });

  test('acts once for one idempotency key', async () => {
    const words = ['api', 'accounts', 'create', '--external-id', 'k', '--idempotency-key', 'k1'];
    expect(await json(...words)).toEqual(await json(...words));
  });

  test('says what the instance refuses, with its code and exit code 1', async () => {
    const env = { FAREBOX_URL: api.url, FAREBOX_TOKEN: token };
    const missing = await refusal(['api', 'accounts', 'get', 'acc_unknown'], env);
    expect(missing).toMatchObject({ exitCode: 1, code: 'account_not_found' });
    const wrong = await refusal(['api', 'accounts', 'create', '--mail', 'x', '--name', ''], env);
    expect(wrong).toMatchObject({ exitCode: 1, code: 'invalid_request' });
    expect(wrong.message).toMatch(/'mail': .*'name': /);
  });

  test('tries nothing when it is called wrongly', async () => {
    for (const words of [
      ['api', 'accounts', 'get'],
      ['api', 'accounts', 'nothing'],
      ['api', 'accounts', 'list', '--limit', 'many'],
      ['api', 'tokens', 'create', '--role', 'king'],
      ['api', 'accounts', 'create', '--limits', '{'],
    ]) {
      expect(await refusal(words), words.join(' ')).toMatchObject({ exitCode: 2, code: 'usage' });
    }
  });
});

describe('--url in front of a noun', () => {
  test('means the noun of the instance there', async () => {
    const words = [
      '--url',
      api.url,
      '--token',
      token,
      'accounts',
      'list',
      '--limit',
      '1',
      '--json',
    ];
    expect(JSON.parse((await run(words)).out)).toMatchObject({ object: 'list', has_more: true });
    const joined = [`--url=${api.url}`, `--token=${token}`, 'me', 'caller', '--json'];
    expect(JSON.parse((await run(joined)).out)).toMatchObject({ platform: shop.slug });
  });

  test('of which no server answers is said, with exit code 1', async () => {
    const words = ['--url', 'http://127.0.0.1:9', '--token', 'x', 'me', 'get'];
    expect(await refusal(words)).toMatchObject({ exitCode: 1, code: 'server_unreachable' });
    expect(await refusal(['--url', 'nowhere', '--token', 'x', 'me', 'get'])).toMatchObject({
      exitCode: 1,
      code: 'usage',
    });
  });
});

describe('a login', () => {
  test('is kept for nobody else to read, used, shown and forgotten', async () => {
    const login = ['login', '--url', `${api.url}/`, '--token', token];
    expect(await json(...login)).toMatchObject({ url: api.url, kind: 'token', label: 'shell' });
    const { mode } = await stat(join(configFolder, 'profile.json'));
    expect(mode & 0o777).toBe(0o600);
    expect((await stat(configFolder)).mode & 0o777).toBe(0o700);
    const who = await run(['whoami', '--json']);
    expect(JSON.parse(who.out)).toMatchObject({ url: api.url, platform: shop.slug, role: 'owner' });
    expect((await run(['api', 'accounts', 'list'])).exitCode).toBe(0);
    expect(who.out).not.toContain(token);
    expect((await run(['logout'])).exitCode).toBe(0);
    expect(await refusal(['whoami'])).toMatchObject({ exitCode: 1, code: 'not_logged_in' });
    expect((await run(['logout'])).exitCode).toBe(0);
  });

  test('of a person names the platform that is meant', async () => {
    const env = { FAREBOX_URL: api.url };
    const login = ['login', '--platform', shop.slug, '--json'];
    const ran = await run(login, env, `${shop.admin.token}\n`);
    expect(JSON.parse(ran.out)).toMatchObject({ object: 'me', user: { mail: shop.admin.mail } });
    expect((await run(['api', 'accounts', 'list'])).exitCode).toBe(0);
    await run(['logout']);
  });

  test('with a token that the instance does not know is not kept', async () => {
    const refused = await refusal(['login', '--url', api.url, '--token', 'fbt_unknown']);
    expect(refused).toMatchObject({ exitCode: 1, code: 'not_signed_in' });
    expect(await refusal(['whoami'])).toMatchObject({ code: 'not_logged_in' });
  });

  test('of one instance is not sent to another', async () => {
    await run(['login', '--url', api.url, '--token', token]);
    const elsewhere = ['--url', 'http://127.0.0.1:9', 'me', 'get'];
    expect(await refusal(elsewhere)).toMatchObject({ exitCode: 1, code: 'not_logged_in' });
    await run(['logout']);
  });

  test('that cannot be read is said, and is gone after a logout', async () => {
    await run(['login', '--url', api.url, '--token', token]);
    const file = join(configFolder, 'profile.json');
    await writeFile(file, '{');
    await chmod(file, 0o600);
    expect(await refusal(['whoami'])).toMatchObject({ exitCode: 1, code: 'profile_unreadable' });
    await run(['logout']);
    expect(await refusal(['whoami'])).toMatchObject({ code: 'not_logged_in' });
  });
});

test('every command of the guide does what it says', async () => {
  const guide = new URL('../../../docs/guides/cli-remote.md', import.meta.url);
  const text = await readFile(guide, 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block]) => block ?? '');
  const lines = blocks.flatMap((block) => block.split('\n').filter((line) => line !== ''));
  expect(lines.length).toBeGreaterThan(7);
  for (const line of lines) {
    const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word);
    const here = words.map((word = '') =>
      word.replace('https://api.example.com', api.url).replace('fbt_...', token),
    );
    expect(here.shift()).toBe('farebox');
    expect(await run(here), line).toMatchObject({ exitCode: 0, error: '' });
  }
  await run(['logout']);
});
