import { Command } from 'commander';
import { addAccounts } from './accounts.ts';
import { type Shell, withAddress, withDatabase, withJson } from './answer.ts';
import { addCalls } from './calls.ts';
import { addCatalog } from './catalog.ts';
import { addCodes } from './codes.ts';
import { addCompletion } from './completion.ts';
import { report } from './errors.ts';
import { addGrants } from './grants.ts';
import type { CliHost } from './host.ts';
import { addKeys } from './keys.ts';
import { addPackages } from './packages.ts';
import { addPlans } from './plans.ts';
import { addPlatforms } from './platforms.ts';
import { addApi, addLogin, remoteWords } from './remote/index.ts';
import { addReplay } from './replay/index.ts';
import { addSessions } from './sessions.ts';
import { addConfig, addStart, checkSettings } from './settings.ts';
import { addTokens } from './tokens.ts';
import { addUpstreams } from './upstreams.ts';
import { addUsage } from './usage.ts';
import { addUsers } from './users.ts';
import { addVerify } from './verify.ts';

/** The command line of the program. */
export interface Program {
  readonly command: Command;
  /** Runs one command: 0 when it did its work, 1 when not, 2 when it was called wrongly. */
  run(argv: readonly string[]): Promise<number>;
}

/** Builds the command line over a host. Nothing runs until `run` is called. */
export function createProgram(host: CliHost): Program {
  const shell: Shell = { host, exitCode: 0 };
  const command = createRoot(shell);
  addStart(command, shell);
  addConfig(command, shell);
  addPlatforms(command, shell);
  addAccounts(command, shell);
  addKeys(command, shell);
  addUsers(command, shell);
  addSessions(command, shell);
  addTokens(command, shell);
  addPlans(command, shell);
  addPackages(command, shell);
  addCodes(command, shell);
  addGrants(command, shell);
  addUpstreams(command, shell);
  addCatalog(command, shell);
  addCalls(command, shell);
  addUsage(command, shell);
  addVerify(command, shell);
  addReplay(command, shell);
  addApi(command, shell);
  addLogin(command, shell);
  addCompletion(command, shell);
  // Said last, because commands take it over: an unknown first word is refused with their names.
  command.allowExcessArguments();
  return {
    command,
    run: async (given) => {
      const argv = remoteWords(given);
      shell.exitCode = 0;
      try {
        await command.parseAsync(argv, { from: 'user' });
        return shell.exitCode;
      } catch (error) {
        return report(error, command, { host, argv });
      }
    },
  };
}

function createRoot(shell: Shell): Command {
  const { host } = shell;
  const root = new Command('farebox')
    .description('Sell an API: gateway, keys, prepaid wallets, prices and exact books.')
    .version(host.version, '--version', 'show the version')
    .helpOption('--help', 'show the help')
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      writeOut: (text) => host.write(text),
      writeErr: (text) => host.writeError(text),
      // Said once, by what catches the error.
      outputError: () => undefined,
      getOutHelpWidth: () => host.columns,
      getErrHelpWidth: () => host.columns,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .option('--check', 'name everything that is wrong with the configuration')
    .option('--url <url>', 'the instance that a command is for, over HTTP (FAREBOX_URL)')
    .option('--token <token>', 'an access token for it (FAREBOX_TOKEN)');
  withAddress(withDatabase(withJson(root)));
  root.action(() => {
    const [unknown] = root.args;
    if (unknown !== undefined) {
      const names = root.commands.map((each) => each.name()).join(', ');
      root.error(`unknown command '${unknown}'; there are ${names}`);
    }
    if (root.opts<{ check?: boolean }>().check === true) checkSettings(root, shell);
    else root.help({ error: true });
  });
  return root;
}
