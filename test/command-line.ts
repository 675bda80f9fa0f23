import { type CliHost, createProgram, type SettingFlags } from '../src/cli/index.ts';
import { readConfig } from '../src/config.ts';
import type { Db } from '../src/db/index.ts';
import { createLog, createSecretBox, systemClock, systemRandom } from '../src/kernel/index.ts';
import { testIds } from './books.ts';
import { openTestDatabase } from './database.ts';

/** What a command left behind. */
export interface Ran {
  readonly exitCode: number;
  readonly out: string;
  readonly error: string;
}

/** The program in this process, over a database of its own, with its output caught. */
export interface CommandLine {
  readonly db: Db;
  readonly secrets: ReturnType<typeof createSecretBox>;
  run(...argv: readonly string[]): Promise<Ran>;
  /** Runs with --json a command that must do its work and say so in one line, and nothing else. */
  json<T = unknown>(...argv: readonly string[]): Promise<T>;
  close(): Promise<void>;
}

export async function openCommandLine(machine: Partial<CliHost> = {}): Promise<CommandLine> {
  const database = await openTestDatabase();
  const { db } = database;
  const secrets = createSecretBox(Buffer.alloc(32, 7), systemRandom);
  const made = { ids: testIds, random: systemRandom, clock: systemClock };
  const openInstance = async () => {
    return { db, secrets, ...made, log: createLog('silent'), close: async () => undefined };
  };
  const run = (...argv: readonly string[]) => runCommand(argv, { openInstance, ...machine });
  return {
    db,
    secrets,
    run,
    json: async <T>(...argv: readonly string[]) => {
      const { exitCode, out, error } = await run(...argv, '--json');
      if (exitCode !== 0 || error !== '' || !/^[^\n]+\n$/.test(out)) {
        throw new Error(`${argv.join(' ')}: exit ${exitCode}, said ${out} and ${error}`);
      }
      return JSON.parse(out) as T;
    },
    close: () => database.close(),
  };
}

/** Runs one command on a machine of which only the given parts work. */
export async function runCommand(argv: readonly string[], machine: Partial<CliHost>): Promise<Ran> {
  let [out, error] = ['', ''];
  const program = createProgram({
    ...bareHost,
    write: (text) => {
      out += text;
    },
    writeError: (text) => {
      error += text;
    },
    ...machine,
  });
  const exitCode = await program.run(argv);
  return { exitCode, out, error };
}

const absent = (what: string) => () => {
  throw new Error(`this test's machine has no ${what}`);
};

/** A machine on which the program can be built, and nothing can be done. */
export const bareHost: CliHost = {
  version: '1.2.3',
  isTerminal: false,
  columns: 100,
  write: absent('output'),
  writeError: absent('error output'),
  readInput: absent('input'),
  readVariable: () => undefined,
  configFolder: '/nowhere',
  openInstance: absent('database'),
  start: absent('server'),
  checkConfig: (_flags: SettingFlags) => ({ faults: [] }),
};

/** A machine with that environment. */
export const machineWith = (env: Record<string, string>): Partial<CliHost> => ({
  checkConfig: (flags) => {
    const read = readConfig(env, flags, {
      isRoot: false,
      readFile: () => 'file',
      databaseUrlProblem: () => undefined,
    });
    return 'config' in read ? { config: read.config, faults: [] } : read;
  },
});
