import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createProgram } from './cli/index.ts';
import {
  type Config,
  type ConfigFault,
  readProcessConfig,
  readProcessVariable,
  type SettingName,
} from './config.ts';
import { addressFromUrl } from './db/index.ts';
import { openInstance } from './instance.ts';
import { createLog, Fault } from './kernel/index.ts';
import { start, startWorker } from './start.ts';
import { joinParent } from './workers.ts';

type Flags = Partial<Record<SettingName, string>>;

/** Runs one command and resolves with the process's exit code. */
export async function run(argv: readonly string[]): Promise<number> {
  // A reader that has seen enough (`| head`) must not keep a command from closing what it opened.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  const write = (text: string) => void process.stdout.write(text);
  const writeError = (text: string) => void process.stderr.write(text);
  const version = readVersion();
  return createProgram({
    write,
    writeError,
    version,
    isTerminal: process.stdout.isTTY === true,
    columns: process.stdout.columns || 100,
    readInput: readStandardInput,
    readVariable: readProcessVariable,
    configFolder: configFolder(),
    checkConfig,
    openInstance: (flags) => {
      const config = requireConfig(flags);
      return openInstance(config, 'tool', createLog(toolLogLevel(config)));
    },
    start: async ({ json, empty, flags }) => {
      const config = requireConfig(flags);
      const log = createLog(config.logLevel);
      const parent = joinParent();
      if (parent === undefined) {
        const stopped = waitForSignal();
        await start({ config, version, log, json, empty, write, stopped });
      } else {
        await startWorker({ config, version, log: log.child({ worker: process.pid }) }, parent);
      }
      return 0;
    },
  }).run(argv);
}

/** As the XDG rules have it; on Windows the folder for settings that roam. */
function configFolder(): string {
  const given = readProcessVariable('XDG_CONFIG_HOME') || readProcessVariable('APPDATA');
  return join(given || join(homedir(), '.config'), 'farebox');
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

function checkConfig(flags: Flags): { config?: Config; faults: readonly ConfigFault[] } {
  const checked = readProcessConfig(flags, databaseUrlProblem);
  return 'config' in checked ? { config: checked.config, faults: [] } : checked;
}

function databaseUrlProblem(url: string): string | undefined {
  try {
    addressFromUrl(url);
    return undefined;
  } catch (error) {
    return error instanceof Fault ? `is not valid: ${error.message}` : String(error);
  }
}

function requireConfig(flags: Flags): Config {
  const { config, faults } = checkConfig(flags);
  if (config !== undefined) return config;
  const lines = faults.map(({ name, problem, hint }) => `\n  ${name} ${problem}. ${hint}`);
  throw new Fault({
    code: 'config_invalid',
    status: 500,
    message: `The configuration is not valid:${lines.join('')}`,
  });
}

/** A command's output is its own; only what went wrong is worth a line of log beside it. */
function toolLogLevel({ logLevel }: Config): string {
  return logLevel === 'info' ? 'warn' : logLevel;
}

/** The first signal asks to stop; a second one, for the impatient, ends the process at once. */
function waitForSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(1));
        resolve(signal);
      });
    }
  });
}

async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return String((JSON.parse(text) as { version: unknown }).version);
}
