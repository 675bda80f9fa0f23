import { type Command, CommanderError } from 'commander';
import { isConnectionLost } from '../db/index.ts';
import { Fault } from '../kernel/index.ts';
import type { CliHost } from './host.ts';

const USAGE = 2;
const FAILED = 1;

/** Says on standard error what went wrong, and gives the exit code. */
export function report(
  error: unknown,
  root: Command,
  { host, argv }: { readonly host: CliHost; readonly argv: readonly string[] },
): number {
  // Help and the version come as errors, too; they are written already.
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (error instanceof CommanderError && error.code === 'commander.help') return USAGE;
  const { code, message } = describe(error, root, argv);
  const line = argv.includes('--json')
    ? JSON.stringify({ error: { code, message } })
    : `farebox: ${message} (${code})`;
  host.writeError(`${line}\n`);
  return error instanceof CommanderError ? USAGE : FAILED;
}

function describe(
  error: unknown,
  root: Command,
  argv: readonly string[],
): { code: string; message: string } {
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
    return { code: 'usage', message };
  }
  if (error instanceof Fault) {
    const flag = flagOf(error.param, commandOf(root, argv));
    return { code: error.code, message: flag ? `${flag}: ${error.message}` : error.message };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (isConnectionLost(error)) {
    return { code: 'database_unavailable', message: `The database cannot be reached: ${message}` };
  }
  return { code: 'internal_error', message };
}

/** The command that the arguments name, as far down as they go. */
function commandOf(root: Command, argv: readonly string[]): Command {
  let command = root;
  for (const word of argv) {
    command = command.commands.find((each) => each.name() === word) ?? command;
  }
  return command;
}

/** The flag that a field's value came from: `--unit` for 'units'; undefined when from none. */
function flagOf(param: string | null, command: Command): string | undefined {
  const name = param?.replaceAll('_', '-') ?? '';
  const flags = [`--${name}`, `--${name.replace(/s$/, '')}`];
  return command.options.find(({ long }) => flags.includes(long ?? ''))?.long ?? undefined;
}
