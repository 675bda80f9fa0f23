import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { Fault } from '../kernel/index.ts';

/** Where a PostgreSQL database is. `host` is a name, an address, or the folder of a unix socket. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password?: string;
  readonly database: string;
  readonly ssl?: ConnectionOptions;
}

/** Parameters of libpq that change nothing for us; URLs of hosting companies carry them. */
const IGNORED = new Set([
  'application_name',
  'channel_binding',
  'connect_timeout',
  'fallback_application_name',
  'gssencmode',
  'keepalives',
  'keepalives_idle',
  'target_session_attrs',
]);
const FIELDS = ['host', 'port', 'user', 'password', 'dbname'];
const TLS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'];

/**
 * Reads a `postgresql://user:password@host:port/database?sslmode=...` URL, with libpq's meaning
 * (PostgreSQL manual, "Connection URIs"); a unix socket is `?host=/folder` or a percent-encoded
 * folder as the host. `sslmode` is disable, require, verify-ca or verify-full; `prefer` and
 * `allow` mean no TLS. Throws a Fault `database_url_invalid` that never repeats the password.
 */
export function addressFromUrl(url: string): DatabaseAddress {
  const match = /^postgres(?:ql)?:\/\/([^?]*)(?:\?(.*))?$/s.exec(url.trim());
  if (match === null) throw invalid('it does not begin with postgresql://');
  const place = readPlace(match[1] ?? '');
  const options = readOptions(match[2] ?? '');
  const field = (name: string) => options.get(name) || place.get(name) || undefined;

  const host = field('host') ?? 'localhost';
  if (host.includes(',')) throw invalid('it names several hosts; give the one that takes writes');
  const user = field('user');
  if (user === undefined) throw invalid('it names no user');
  const port = Number(field('port') ?? '5432');
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw invalid('its port is not a number from 1 to 65535');
  }
  const password = field('password');
  const ssl = host.startsWith('/') ? undefined : readTls(options);
  return {
    host,
    port,
    user,
    database: field('dbname') ?? user,
    ...(password === undefined ? {} : { password }),
    ...(ssl === undefined ? {} : { ssl }),
  };
}

/** The address without its password, for messages and logs. */
export function describeAddress(address: DatabaseAddress): string {
  return `database "${address.database}" at ${address.host}, port ${address.port}`;
}

/** The part between `//` and `?`: user, password, host, port, database. */
function readPlace(text: string): Map<string, string> {
  const slash = text.indexOf('/', text.lastIndexOf('@') + 1);
  const authority = slash < 0 ? text : text.slice(0, slash);
  const at = authority.lastIndexOf('@');
  const credentials = at < 0 ? '' : authority.slice(0, at);
  const colon = credentials.indexOf(':');
  const hostPort = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(authority.slice(at + 1));
  return new Map([
    ['user', decode(colon < 0 ? credentials : credentials.slice(0, colon))],
    ['password', colon < 0 ? '' : decode(credentials.slice(colon + 1))],
    ['host', decode(hostPort?.[1] ?? authority.slice(at + 1)).replace(/^\[(.*)\]$/, '$1')],
    ['port', hostPort?.[2] ?? ''],
    ['dbname', slash < 0 ? '' : decode(text.slice(slash + 1))],
  ]);
}

function readOptions(text: string): Map<string, string> {
  const options = new Map<string, string>();
  for (const pair of text.split('&').filter((part) => part !== '')) {
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    if (IGNORED.has(name)) continue;
    if (!FIELDS.includes(name) && !TLS.includes(name)) {
      throw invalid(`its parameter "${name}" is not known here; remove it`);
    }
    options.set(name, equals < 0 ? '' : decode(pair.slice(equals + 1)));
  }
  return options;
}

function readTls(options: ReadonlyMap<string, string>): ConnectionOptions | undefined {
  const mode = options.get('sslmode') ?? 'disable';
  if (mode === 'disable' || mode === 'allow' || mode === 'prefer') return undefined;
  if (mode !== 'require' && mode !== 'verify-ca' && mode !== 'verify-full') {
    throw invalid(`its sslmode "${mode}" is none of disable, require, verify-ca, verify-full`);
  }
  const ca = readFile(options, 'sslrootcert');
  const cert = readFile(options, 'sslcert');
  const key = readFile(options, 'sslkey');
  return {
    // As libpq has it: 'require' encrypts without asking who answers, unless a root is given.
    rejectUnauthorized: mode !== 'require' || ca !== undefined,
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function readFile(options: ReadonlyMap<string, string>, name: string): string | undefined {
  const path = options.get(name);
  if (path === undefined || path === '' || path === 'system') return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw invalid(`the file of its ${name}, ${path}, cannot be read`);
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('a % in it does not begin a percent-encoded character; write % itself as %25');
  }
}

function invalid(what: string): Fault {
  return new Fault({
    code: 'database_url_invalid',
    status: 500,
    param: 'DATABASE_URL',
    message:
      `DATABASE_URL cannot be used: ${what}. Write it as ` +
      'postgresql://user:password@host:5432/database, with special characters percent-encoded.',
  });
}
