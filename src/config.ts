import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, 'is not a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `is not between ${min} and ${max}`);

const isUrl = (protocols: readonly string[]) => (text: string) =>
  URL.canParse(text) && protocols.includes(new URL(text).protocol);

const secretBytes = z
  .string()
  .regex(/^[A-Za-z0-9+/]{43}=?$/, 'is not 32 bytes in base64')
  .transform((text) => Buffer.from(text, 'base64'));

const Values = z.object({
  PORT: wholeNumber(0, 65_535),
  HOST: z.string().regex(/^[\w.:-]+$/, 'is not a host name or address'),
  FAREBOX_DATA: z.string().transform((path) => resolve(path)),
  DATABASE_URL: z.string().optional(),
  FAREBOX_SECRET_KEY: secretBytes.optional(),
  FAREBOX_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
    error: 'is not a log level',
  }),
  FAREBOX_SHUTDOWN_SECONDS: wholeNumber(0, 3_600),
  FAREBOX_MAX_BODY_BYTES: wholeNumber(1_024, 1_073_741_824),
  FAREBOX_DB_CONNECTIONS: wholeNumber(2, 1_000),
  FAREBOX_KEEP_CALLS_DAYS: wholeNumber(35, 36_500).optional(),
  WORKERS: wholeNumber(1, 64),
  FAREBOX_PUBLIC_URL: z
    .string()
    .refine(isUrl(['http:', 'https:']), 'is not a web address')
    .refine((text) => !/[?#@]/.test(text), 'has a query, a fragment or a user name')
    .transform((text) => text.replace(/\/+$/, ''))
    .optional(),
});

/** The name of a setting, as the environment has it. */
export type SettingName = keyof typeof Values.shape;
/** Where a setting's value came from; 'file' is the file that NAME_FILE points to. */
export type SettingSource = 'default' | 'env' | 'file' | 'flag';

const NAMES = Object.keys(Values.shape) as SettingName[];
/** Secrets may come from a file instead, and are never shown. */
const SECRETS: ReadonlySet<string> = new Set(['DATABASE_URL', 'FAREBOX_SECRET_KEY']);
const DEFAULTS: Partial<Record<SettingName, string>> = {
  PORT: '3000',
  HOST: '127.0.0.1',
  FAREBOX_LOG_LEVEL: 'info',
  FAREBOX_SHUTDOWN_SECONDS: '30',
  FAREBOX_MAX_BODY_BYTES: '10485760',
  FAREBOX_DB_CONNECTIONS: '10',
  WORKERS: '1',
};
const HINTS: Record<SettingName, string> = {
  PORT: 'Give a port from 0 to 65535; 0 takes any free one.',
  HOST: 'Give an address to listen on: 127.0.0.1 for this machine only, 0.0.0.0 for all.',
  FAREBOX_DATA: 'Give the path of a folder that this process may write.',
  DATABASE_URL: 'Give postgres://USER:PASSWORD@HOST:PORT/NAME, or leave it out.',
  FAREBOX_SECRET_KEY: "Make one with 'openssl rand -base64 32', or leave it out.",
  FAREBOX_LOG_LEVEL: 'Give one of trace, debug, info, warn, error, fatal, silent.',
  FAREBOX_SHUTDOWN_SECONDS: 'Give the seconds that streams may go on after SIGTERM (0 to 3600).',
  FAREBOX_MAX_BODY_BYTES: 'Give the largest request body in bytes (1024 to 1073741824).',
  FAREBOX_DB_CONNECTIONS: 'Give the number of database connections of a process (2 to 1000).',
  FAREBOX_KEEP_CALLS_DAYS: 'Give the days (35 to 36500), or leave it out to keep all calls.',
  WORKERS: 'Give the number of processes that serve together (1 to 64); no more than cores.',
  FAREBOX_PUBLIC_URL: 'Give the address that clients use, such as https://api.example.com.',
};

/** One thing wrong with the configuration, and what to do about it. Never contains a value. */
export interface ConfigFault {
  readonly name: string;
  readonly problem: string;
  readonly hint: string;
}

/** Everything that can be set from outside, checked. */
export interface Config {
  readonly port: number;
  readonly host: string;
  /** An absolute path. */
  readonly dataFolder: string;
  /** A PostgreSQL of the operator's own; undefined means the embedded one. */
  readonly databaseUrl: string | undefined;
  /** 32 bytes; undefined means the key that the data folder keeps. */
  readonly secretKey: Buffer | undefined;
  readonly logLevel: string;
  /** How long running streams may go on after SIGTERM. */
  readonly shutdownSeconds: number;
  readonly maxBodyBytes: number;
  /** Of the pool of one process. */
  readonly dbConnections: number;
  /** Whole days of calls that are kept besides the present one; undefined keeps all. */
  readonly keepCallsDays: number | undefined;
  /** Processes that serve the port together. */
  readonly workers: number;
  /** Where clients reach this instance, without a slash at its end. */
  readonly publicUrl: string | undefined;
  /** Every setting as `farebox config` shows it; secrets are hidden already. */
  readonly settings: readonly SettingDescription[];
}

export interface SettingDescription {
  readonly name: SettingName;
  readonly value: string;
  readonly source: SettingSource;
}

/** What the configuration needs to know of the machine. */
export interface Machine {
  readonly isRoot: boolean;
  /** Reads a text file; throws when it cannot. */
  readFile(path: string): string;
  /** Says what is wrong with the address of a PostgreSQL, without repeating it. */
  databaseUrlProblem(url: string): string | undefined;
}

type Texts = Partial<Record<string, string>>;
type Found = { readonly text: string; readonly source: SettingSource };

/**
 * Reads the configuration: flags before environment before defaults; an empty value counts as
 * not set. Returns every fault at once rather than the first.
 */
export function readConfig(
  env: Texts,
  flags: Partial<Record<SettingName, string>>,
  machine: Machine,
): { readonly config: Config } | { readonly faults: readonly ConfigFault[] } {
  const faults = unknownNames(env);
  const defaults = {
    ...DEFAULTS,
    FAREBOX_DATA: machine.isRoot ? '/var/lib/farebox' : './data',
  };
  const found = new Map<SettingName, Found>();
  for (const name of NAMES) {
    const value = find(name, env, flags, machine, faults) ?? defaultOf(defaults[name]);
    if (value !== undefined) found.set(name, value);
  }
  const url = found.get('DATABASE_URL')?.text;
  const problem = url === undefined ? undefined : machine.databaseUrlProblem(url);
  if (problem !== undefined) {
    faults.push({ name: 'DATABASE_URL', problem, hint: HINTS.DATABASE_URL });
  }
  const parsed = Values.safeParse(
    Object.fromEntries([...found].map(([name, { text }]) => [name, text])),
  );
  for (const { path, message } of parsed.error?.issues ?? []) {
    const name = String(path[0]) as SettingName;
    faults.push({ name, problem: message, hint: HINTS[name] });
  }
  if (!parsed.success || faults.length > 0) return { faults };
  return { config: toConfig(parsed.data, describe(found)) };
}

/** Reads the configuration of this very process. The one place that reads its environment. */
export function readProcessConfig(
  flags: Partial<Record<SettingName, string>>,
  databaseUrlProblem: Machine['databaseUrlProblem'],
) {
  return readConfig(process.env, flags, {
    isRoot: process.getuid?.() === 0,
    readFile: (path) => readFileSync(path, 'utf8'),
    databaseUrlProblem,
  });
}

/** One variable of this process's environment, for a command that is told its name. */
export function readProcessVariable(name: string): string | undefined {
  return process.env[name];
}

function find(
  name: SettingName,
  env: Texts,
  flags: Texts,
  machine: Machine,
  faults: ConfigFault[],
): Found | undefined {
  const flag = flags[name];
  if (flag !== undefined) return { text: flag, source: 'flag' };
  const text = env[name]?.trim() || undefined;
  const path = SECRETS.has(name) ? env[`${name}_FILE`]?.trim() || undefined : undefined;
  if (path === undefined) return text === undefined ? undefined : { text, source: 'env' };
  if (text !== undefined) {
    const problem = `is set, and so is ${name}_FILE`;
    faults.push({ name, problem, hint: 'Set one of the two.' });
    return undefined;
  }
  try {
    return { text: machine.readFile(path).trim(), source: 'file' };
  } catch {
    const hint = 'Check the path and that this process may read it.';
    faults.push({ name: `${name}_FILE`, problem: 'points to a file that cannot be read', hint });
    return undefined;
  }
}

function defaultOf(text: string | undefined): Found | undefined {
  return text === undefined ? undefined : { text, source: 'default' };
}

/**
 * A misspelt name would silently leave a default in force; it is a fault instead. FAREBOX_TEST_
 * belongs to the test run that may have started this process.
 */
function unknownNames(env: Texts): ConfigFault[] {
  const known = new Set<string>([...NAMES, ...[...SECRETS].map((name) => `${name}_FILE`)]);
  const names = NAMES.filter((name) => name.startsWith('FAREBOX_')).join(', ');
  return Object.keys(env)
    .filter((name) => /^FAREBOX_(?!TEST_)/.test(name) && !known.has(name))
    .map((name) => ({ name, problem: 'is not a setting', hint: `There are: ${names}.` }));
}

function describe(found: ReadonlyMap<SettingName, Found>): SettingDescription[] {
  return NAMES.map((name) => {
    const { text = '', source = 'default' } = found.get(name) ?? {};
    return { name, value: SECRETS.has(name) && text !== '' ? '[hidden]' : text, source };
  });
}

function toConfig(values: z.output<typeof Values>, settings: SettingDescription[]): Config {
  return {
    port: values.PORT,
    host: values.HOST,
    dataFolder: values.FAREBOX_DATA,
    databaseUrl: values.DATABASE_URL,
    secretKey: values.FAREBOX_SECRET_KEY,
    logLevel: values.FAREBOX_LOG_LEVEL,
    shutdownSeconds: values.FAREBOX_SHUTDOWN_SECONDS,
    maxBodyBytes: values.FAREBOX_MAX_BODY_BYTES,
    dbConnections: values.FAREBOX_DB_CONNECTIONS,
    keepCallsDays: values.FAREBOX_KEEP_CALLS_DAYS,
    workers: values.WORKERS,
    publicUrl: values.FAREBOX_PUBLIC_URL,
    settings,
  };
}
