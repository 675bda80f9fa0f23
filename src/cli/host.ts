import type { Config, ConfigFault, SettingName } from '../config.ts';
import type { Db } from '../db/index.ts';
import type { Clock, Ids, Log, Random, SecretBox } from '../kernel/index.ts';

/** Settings given as flags, by the names that the environment has for them. */
export type SettingFlags = Partial<Record<SettingName, string>>;

/** An opened and migrated database, with what a command works on it with. */
export interface Instance {
  readonly db: Db;
  readonly secrets: SecretBox;
  readonly ids: Ids;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Log;
  close(): Promise<void>;
}

/** Everything that a command needs of the process that it runs in. */
export interface CliHost {
  readonly version: string;
  /** Standard output is looked at by a person. */
  readonly isTerminal: boolean;
  /** How wide that person's window is, in characters. */
  readonly columns: number;
  write(text: string): void;
  writeError(text: string): void;
  /** All of standard input. */
  readInput(): Promise<string>;
  /** One variable of the environment; undefined when it is not set. */
  readVariable(name: string): string | undefined;
  /** Where this person's saved login is kept; the folder need not exist. */
  readonly configFolder: string;
  openInstance(flags: SettingFlags): Promise<Instance>;
  /** Serves until it is told to stop; resolves with the exit code. */
  start(options: { json: boolean; empty: boolean; flags: SettingFlags }): Promise<number>;
  /** The configuration, or everything that is wrong with it. */
  checkConfig(flags: SettingFlags): { config?: Config; faults: readonly ConfigFault[] };
}
