import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { DEFAULTS, HINTS, SECRETS, type SettingName, TOGETHER, Values } from './config/settings.ts';

export type { SettingName };

/** Where a setting's value came from; 'file' is the file that NAME_FILE points to. */
export type SettingSource = 'default' | 'env' | 'file' | 'flag';

const NAMES = Object.keys(Values.shape) as SettingName[];
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
  /** How many proxies of the operator's stand in front of this process. */
  readonly trustedProxies: number;
  /** Hosts that addresses set by sellers may name although they are private or speak no TLS. */
  readonly allowedHosts: readonly string[];
  /** The mail server; undefined leaves mails in the outbox. */
  readonly smtp: { readonly url: string; readonly from: string } | undefined;
  /** Where people may sign in besides here. */
  readonly providers: SignInSettings;
  /** Every setting as `farebox config` shows it; secrets are hidden already. */
  readonly settings: readonly SettingDescription[];
}

/** Other places where people may sign in, each when it is set up. */
export interface SignInSettings {
  readonly github: { readonly clientId: string; readonly clientSecret: string } | undefined;
  readonly oidc:
    | {
        readonly issuer: string;
        readonly clientId: string;
        readonly clientSecret: string;
        readonly name: string;
      }
    | undefined;
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
  faults.push(...halfSet(found));
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

function halfSet(found: ReadonlyMap<SettingName, Found>): ConfigFault[] {
  return TOGETHER.filter((group) => group.some((name) => found.has(name))).flatMap((group) =>
    group
      .filter((name) => !found.has(name))
      .map((name) => ({
        name,
        problem: `is not set, but ${group.filter((other) => found.has(other)).join(', ')} is`,
        hint: HINTS[name],
      })),
  );
}

/**
 * A misspelt name would silently leave a default in force; it is a fault instead. FAREBOX_TEST_
 * belongs to the test run that may have started this process.
 */
/** For commands and programs that ask another instance: none of this one's affairs. */
const CLIENT = new Set(['URL', 'TOKEN', 'PLATFORM', 'KEY'].map((name) => `FAREBOX_${name}`));

function unknownNames(env: Texts): ConfigFault[] {
  const known = new Set<string>([...NAMES, ...[...SECRETS].map((name) => `${name}_FILE`)]);
  const names = NAMES.filter((name) => name.startsWith('FAREBOX_')).join(', ');
  return Object.keys(env)
    .filter((name) => /^FAREBOX_(?!TEST_)/.test(name) && !known.has(name) && !CLIENT.has(name))
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
    trustedProxies: values.FAREBOX_TRUSTED_PROXIES,
    allowedHosts: values.FAREBOX_ALLOWED_HOSTS ?? [],
    smtp: smtpOf(values),
    providers: providersOf(values),
    settings,
  };
}

function smtpOf({ FAREBOX_SMTP_URL: url, FAREBOX_MAIL_FROM: from }: z.output<typeof Values>) {
  return url !== undefined && from !== undefined ? { url, from } : undefined;
}

function providersOf(values: z.output<typeof Values>): SignInSettings {
  const { GITHUB_CLIENT_ID: id, GITHUB_CLIENT_SECRET: secret } = values;
  const { FAREBOX_OIDC_ISSUER: issuer, FAREBOX_OIDC_CLIENT_ID: clientId } = values;
  const { FAREBOX_OIDC_CLIENT_SECRET: clientSecret, FAREBOX_OIDC_NAME: name = '' } = values;
  return {
    github:
      id !== undefined && secret !== undefined ? { clientId: id, clientSecret: secret } : undefined,
    oidc:
      issuer !== undefined && clientId !== undefined && clientSecret !== undefined
        ? { issuer, clientId, clientSecret, name }
        : undefined,
  };
}
