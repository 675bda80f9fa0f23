import type { Command } from 'commander';
import type { ConfigFault } from '../config.ts';
import {
  type Answer,
  give,
  type Shell,
  settingFlags,
  withAddress,
  withDatabase,
  withJson,
} from './answer.ts';
import { table } from './table.ts';

/** `farebox start` */
export function addStart(program: Command, shell: Shell): void {
  const command = program
    .command('start')
    .description('serve until SIGTERM; sets up an example platform on a new database')
    .option('--empty', 'set up no example platform');
  withAddress(withDatabase(withJson(command))).action(async () => {
    const { json, empty } = command.optsWithGlobals<{ json?: boolean; empty?: boolean }>();
    const flags = settingFlags(command);
    const options = { json: json === true, empty: empty === true, flags };
    shell.exitCode = await shell.host.start(options);
  });
}

/** `farebox config` */
export function addConfig(program: Command, shell: Shell): void {
  const command = program
    .command('config')
    .description('show the settings in force; secrets are hidden')
    .option('--explain', 'say where each value comes from');
  withAddress(withDatabase(withJson(command))).action(() => {
    const { config, faults } = shell.host.checkConfig(settingFlags(command));
    if (config === undefined) return give(shell, command, faultsAnswer(faults));
    const { settings } = config;
    const explained = command.opts<{ explain?: boolean }>().explain === true;
    const text = explained
      ? `${table(
          ['setting', 'value', 'from'],
          settings.map(({ name, value, source }) => [name, value, source]),
        )}\nA flag goes before the environment, the environment before the default.\n` +
        "'file' is the file that NAME_FILE points to.\n"
      : table(
          ['setting', 'value'],
          settings.map(({ name, value }) => [name, value]),
        );
    const json = { settings: settings.map(({ name, value, source }) => ({ name, value, source })) };
    give(shell, command, { json, text });
  });
}

/** `farebox --check` */
export function checkSettings(program: Command, shell: Shell): void {
  const { faults } = shell.host.checkConfig(settingFlags(program));
  give(shell, program, faultsAnswer(faults));
}

function faultsAnswer(faults: readonly ConfigFault[]): Answer {
  const json = {
    ok: faults.length === 0,
    faults: faults.map(({ name, problem, hint }) => ({ name, problem, hint })),
  };
  if (faults.length === 0) return { json, text: 'The configuration is sound.\n' };
  const lines = faults.map(({ name, problem, hint }) => `${name} ${problem}. ${hint}\n`);
  return { json, text: lines.join(''), exitCode: 1 };
}
