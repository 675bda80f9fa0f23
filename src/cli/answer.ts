import type { Command } from 'commander';
import { type ActRecord, recordAct } from '../audit/index.ts';
import type { Queryable } from '../db/index.ts';
import type { CliHost, Instance, SettingFlags } from './host.ts';

/** What a command found or did, for a program and for a person. */
export interface Answer {
  /** One document; amounts are decimal strings in it, times ISO 8601. */
  readonly json: object;
  /** The same to read, with the line end. */
  readonly text: string;
  /** 0 unless the answer is a bad one. */
  readonly exitCode?: number;
}

/** One run of the program: where it writes to, and the exit code so far. */
export interface Shell {
  readonly host: CliHost;
  exitCode: number;
}

/** What the work of a command on the database gets. */
export interface Task<Options> {
  readonly instance: Instance;
  readonly options: Options;
  /** The arguments without a name, as many as the command declares. */
  readonly args: readonly string[];
  /** Changes something and puts on record what, in one transaction. */
  perform<T extends Performed>(work: (tx: Queryable) => Promise<T>): Promise<T>;
}

/** What was changed, as it is put on record; undefined when nothing was. */
export interface Performed {
  readonly act: Omit<ActRecord, 'actor' | 'requestId'> | undefined;
}

/** Who acts by a command: whoever may read the instance's key. */
const AT_THE_MACHINE = { kind: 'operator', id: null, label: 'command line' } as const;

const SETTINGS = { data: 'FAREBOX_DATA', databaseUrl: 'DATABASE_URL', port: 'PORT', host: 'HOST' };

/** A group of commands: the noun. */
export function addNoun(program: Command, name: string, description: string): Command {
  return program.command(name).description(description);
}

/** The flag that every command has. */
export function withJson(command: Command): Command {
  return command.option('--json', 'answer with one line of JSON');
}

/** The flags that say which instance a command is about. */
export function withDatabase(command: Command): Command {
  return command
    .option('--data <folder>', "the instance's data folder (FAREBOX_DATA)")
    .option('--database-url <url>', 'a PostgreSQL of your own (DATABASE_URL)');
}

/** The flags that say where the server listens. */
export function withAddress(command: Command): Command {
  return command
    .option('--port <port>', 'the port to listen on (PORT)')
    .option('--host <address>', 'the address to listen on (HOST)');
}

/** The settings among a command's flags and those before it. */
export function settingFlags(command: Command): SettingFlags {
  const given = command.optsWithGlobals<Record<string, unknown>>();
  return Object.fromEntries(
    Object.entries(SETTINGS).flatMap(([flag, setting]) => {
      const value = given[flag];
      return typeof value === 'string' ? [[setting, value]] : [];
    }),
  );
}

/** Gives a command its work, its `--json` and the flags that choose the instance. */
export function answers<Options extends object>(
  shell: Shell,
  command: Command,
  work: (task: Task<Options>) => Promise<Answer>,
): void {
  withDatabase(withJson(command)).action(async () => {
    const options = command.optsWithGlobals<Options>();
    const instance = await shell.host.openInstance(settingFlags(command));
    try {
      const perform: Task<Options>['perform'] = (change) => performed(instance, change);
      give(shell, command, await work({ instance, options, args: command.args, perform }));
    } finally {
      await instance.close();
    }
  });
}

function performed<T extends Performed>(
  { db, ids }: Instance,
  change: (tx: Queryable) => Promise<T>,
): Promise<T> {
  return db.transaction(async (tx) => {
    const result = await change(tx);
    if (result.act !== undefined)
      await recordAct(tx, ids, { ...result.act, actor: AT_THE_MACHINE });
    return result;
  });
}

/** Writes an answer the way the caller wants it. */
export function give(shell: Shell, command: Command, answer: Answer): void {
  const { json } = command.optsWithGlobals<{ json?: boolean }>();
  shell.host.write(json === true ? `${JSON.stringify(answer.json)}\n` : answer.text);
  shell.exitCode = answer.exitCode ?? 0;
}
