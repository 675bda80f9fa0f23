import type { Command } from 'commander';
import { TOKEN_PREFIX } from '../../tenants/index.ts';
import { type Answer, give, type Shell, withJson } from '../answer.ts';
import { ask } from './ask.ts';
import { type Connection, findConnection, readUrl } from './connection.ts';
import { removeProfile, saveProfile } from './profile.ts';
import { showAnswer } from './show.ts';

interface LoginOptions {
  readonly url?: string;
  readonly token?: string;
  readonly platform?: string;
}

/** `farebox login`, `logout` and `whoami` */
export function addLogin(program: Command, shell: Shell): void {
  const { host } = shell;
  const login = program
    .command('login')
    .description('keep the address and a token of an instance for later commands')
    .option('--url <url>', 'where the instance is (FAREBOX_URL)')
    .option('--token <token>', 'an access token; else FAREBOX_TOKEN, else standard input')
    .option('--platform <slug>', 'the platform that is meant, by who belongs to several');
  withJson(login).action(async () => {
    const connection = await loginOf(shell, login.optsWithGlobals<LoginOptions>());
    const who = await whoIs(connection);
    const { url, token, platform } = connection;
    await saveProfile(host.configFolder, { url, token, ...(platform && { platform }) });
    give(shell, login, who);
  });

  const logout = program.command('logout').description('forget the saved login');
  withJson(logout).action(async () => {
    await removeProfile(host.configFolder);
    give(shell, logout, { json: { logged_out: true }, text: 'The saved login is gone.\n' });
  });

  const whoami = program
    .command('whoami')
    .description('show as whom the commands of the API are run, and where');
  withJson(whoami).action(async () => {
    give(shell, whoami, await whoIs(await findConnection(host, program)));
  });
}

async function loginOf({ host }: Shell, options: LoginOptions): Promise<Connection> {
  const given = options.url ?? host.readVariable('FAREBOX_URL');
  const url = readUrl(given ?? '');
  const token = options.token ?? (host.readVariable('FAREBOX_TOKEN') || (await host.readInput()));
  return { url, token: token.trim(), platform: options.platform };
}

/** Asks the instance who that is: a token has a platform, a person may have several. */
async function whoIs(connection: Connection): Promise<Answer> {
  const isToken = connection.token.startsWith(TOKEN_PREFIX);
  const path = `/manage/v1/me${isToken ? '/caller' : ''}`;
  const who = (await ask(connection, { method: 'GET', path })) as object;
  return showAnswer({ url: connection.url, ...who });
}
