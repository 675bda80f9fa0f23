import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, openCommandLine } from '../../test/command-line.ts';
import { createSessions, type Sessions } from '../auth/index.ts';
import { createLog, systemClock, systemRandom } from '../kernel/index.ts';

const ON = ['--platform', 'shop'];
let cli: CommandLine;
let input = '';
let sessions: Sessions;
beforeAll(async () => {
  cli = await openCommandLine({ readInput: async () => input });
  await cli.json(
    ...['platforms', 'create', '--slug', 'shop', '--name', 'The shop', '--key-prefix', 'ptr_'],
    ...['--unit', 'USD:9'],
  );
  await cli.json('accounts', 'create', ...ON, '--mail', 'ann@x.example');
  sessions = createSessions({
    ...{ db: cli.db, secrets: cli.secrets, random: systemRandom, clock: systemClock },
    log: createLog('silent'),
    mailer: { send: async () => undefined },
    publicUrl: () => 'http://127.0.0.1:3000',
  });
});
afterAll(() => cli.close());

interface Made {
  readonly id: string;
  readonly created: boolean;
  readonly reset_url: string | null;
}
interface Started {
  readonly user: string;
  readonly cookie: string;
  readonly token: string;
}

const signIn = (email: string, password: string) =>
  sessions.handle(
    new Request('http://127.0.0.1:3000/auth/sign-in/email', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password }),
    }),
  );

describe('users', () => {
  it('are made with a password from standard input, and sign in with it', async () => {
    input = 'correct horse battery\n';
    const made = await cli.json<Made>(
      ...['users', 'create', '--mail', 'Root@x.example', '--operator', '--password-stdin'],
    );
    expect(made).toMatchObject({
      mail: 'root@x.example',
      verified: true,
      created: true,
      operator: true,
      reset_url: null,
    });
    const rows = await cli.db.query('select user_id from operator');
    expect(rows).toEqual([{ user_id: made.id }]);
    expect((await signIn('root@x.example', 'correct horse battery')).status).toBe(200);
  });

  it('are given a link that sets their password when there is none', async () => {
    const made = await cli.json<Made>('users', 'create', '--mail', 'link@x.example');
    const token = new URL(made.reset_url ?? '').searchParams.get('token');
    const set = await sessions.handle(
      new Request('http://127.0.0.1:3000/auth/reset-password', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token, newPassword: 'a password by link' }),
      }),
    );
    expect(set.status).toBe(200);
    expect((await signIn('link@x.example', 'a password by link')).status).toBe(200);
  });

  it('get a role on a platform, and another one by the same command', async () => {
    const create = (role: string) =>
      cli.json<Made>('users', 'create', '--mail', 'eve@x.example', '--role', role, ...ON);
    expect(await create('viewer')).toMatchObject({ created: true, role: 'viewer' });
    expect(await create('admin')).toMatchObject({ created: false, reset_url: null });
    const rows = await cli.db.query('select role from platform_member');
    expect(rows).toEqual([{ role: 'admin' }]);
  });

  it('get an account to act for', async () => {
    await cli.json(
      ...['users', 'create', '--mail', 'clerk@x.example', ...ON, '--account', 'ann@x.example'],
    );
    const rows = await cli.db.query('select from account_member');
    expect(rows).toHaveLength(1);
  });

  it('are listed page by page', async () => {
    const first = await cli.json<{ data: Made[]; has_more: boolean }>(
      ...['users', 'list', '--limit', '1'],
    );
    expect(first).toMatchObject({ has_more: true, data: [{ mail: 'root@x.example' }] });
    const rest = await cli.json<{ data: Made[]; has_more: boolean }>(
      ...['users', 'list', '--after', first.data[0]?.id ?? ''],
    );
    expect(rest.has_more).toBe(false);
    expect(rest.data).toHaveLength(3);
  });

  it.each([
    [['--operator', ...ON]],
    [['--role', 'admin']],
    [ON],
    [[...ON, '--role', 'admin', '--account', 'ann@x.example']],
  ])('are refused when the flags do not say what they may do: %j', async (flags) => {
    const { exitCode, error } = await cli.run(
      ...['users', 'create', '--mail', 'unclear@x.example', ...flags],
    );
    expect(exitCode).toBe(1);
    expect(error).toContain('flags_unclear');
  });

  it('are not made when what they should get is not there', async () => {
    const { exitCode } = await cli.run(
      ...['users', 'create', '--mail', 'half@x.example', ...ON, '--account', 'no@x.example'],
    );
    expect(exitCode).toBe(1);
    const rows = await cli.db.query(`select from auth."user" where email = 'half@x.example'`);
    expect(rows).toEqual([]);
  });

  it('have one password only: a second one for a known address is refused', async () => {
    input = 'another password';
    const { exitCode, error } = await cli.run(
      ...['users', 'create', '--mail', 'root@x.example', '--password-stdin'],
    );
    expect(exitCode).toBe(1);
    expect(error).toContain('user_exists');
  });
});

describe('sessions', () => {
  it('make the user of an account that has none yet', async () => {
    const started = await cli.json<Started>(
      ...['sessions', 'create', ...ON, '--user', 'ann@x.example'],
    );
    for (const headers of [
      { cookie: started.cookie },
      { authorization: `Bearer ${started.token}` },
    ]) {
      expect(await sessions.find(new Headers(headers))).toMatchObject({
        mail: 'ann@x.example',
        isVerified: true,
      });
    }
    const members = await cli.db.query(
      `select from account_member m join auth."user" u on u.id = m.user_id
       where u.email = 'ann@x.example'`,
    );
    expect(members).toHaveLength(1);
  });

  it('are for who has to do with the platform alone', async () => {
    await cli.json('users', 'create', '--mail', 'stranger@x.example');
    for (const mail of ['stranger@x.example', 'nobody@x.example']) {
      const { exitCode, error } = await cli.run('sessions', 'create', ...ON, '--user', mail);
      expect(exitCode).toBe(1);
      expect(error).toContain('user_not_found');
    }
  });

  it('are listed without what opens them, and ended one by one or together', async () => {
    const of = ['--user', 'eve@x.example'];
    const started: Started[] = [];
    for (let no = 0; no < 3; no += 1) {
      started.push(await cli.json<Started>('sessions', 'create', ...ON, ...of));
    }
    const list = async () =>
      (await cli.json<{ data: { id: string }[] }>('sessions', 'list', ...of)).data;
    const open = await list();
    expect(open).toHaveLength(3);
    for (const { token } of started) {
      expect(JSON.stringify(open)).not.toContain(token.slice(0, token.indexOf('.')));
    }
    const one = await cli.json('sessions', 'revoke', open[0]?.id ?? '', ...of);
    expect(one).toEqual({ user: 'eve@x.example', revoked: 1 });
    expect(await cli.json('sessions', 'revoke', ...of)).toMatchObject({ revoked: 2 });
    expect(await list()).toEqual([]);
    const again = await cli.run('sessions', 'revoke', open[0]?.id ?? '', ...of);
    expect(again.error).toContain('session_not_found');
  });
});

it('leaves a record of what was done to whom, without a secret', async () => {
  const acts = await cli.db.query<{ action: string; subject: string; actor: string }>(
    `select action, subject, actor_kind || ' ' || actor as actor, after::text as after
     from audit_entry order by id`,
  );
  expect(acts).toContainEqual(
    expect.objectContaining({
      ...{ action: 'user.create', subject: 'root@x.example', actor: 'operator command line' },
      after: expect.stringContaining('"operator": true'),
    }),
  );
  const actions = acts.map(({ action }) => action);
  for (const action of ['user.let_in', 'session.create', 'session.revoke']) {
    expect(actions).toContain(action);
  }
});
