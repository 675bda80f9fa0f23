// The PostgreSQL that is measured: the one that comes with us, in a folder of its own that is
// removed afterwards, or the one whose address is given. Databases are made on it for each part of
// the bench and dropped again. Its durability must be on: the bench ends where it is not.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeAtSignal } from './left-open.mjs';
import { nameOf, parentOf } from './processes.mjs';

const DURABILITY = ['fsync', 'synchronous_commit', 'full_page_writes'];
/** The bench's own statements make and count millions of rows. */
const STATEMENT_TIMEOUT_MS = 3_600_000;

/** A folder of ours under the system's own, open to pass through for PostgreSQL's user. */
export async function makeFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'farebox-bench-'));
  await chmod(folder, 0o711);
  return folder;
}

export async function openServer(rooms, databaseUrl) {
  const { db, clock, log } = rooms;
  const dataFolder = databaseUrl === undefined ? await makeFolder() : undefined;
  const opening = dataFolder && db.openEmbedded({ dataFolder, role: 'server', clock, log });
  const made = [];
  let server;
  // From the start: a PostgreSQL that is told to stop while it starts would live on.
  const close = closeAtSignal(async () => {
    const embedded = await opening?.catch(() => undefined);
    for (const each of made) await server.query(`drop database ${each} with (force)`);
    await server?.close();
    await embedded?.close();
    if (dataFolder) await rm(dataFolder, { recursive: true, force: true });
  });
  const address = (await opening)?.address ?? db.addressFromUrl(databaseUrl);
  server = connect(rooms, address);
  return {
    /** Makes an empty database; `url` is its address where the server's was given. */
    createDatabase: async (purpose) => {
      const database = `farebox_bench_${purpose}`;
      await server.query(`drop database if exists ${database} with (force)`);
      await server.query(`create database ${database}`);
      made.push(database);
      return { ...address, database };
    },
    close,
  };
}

/** The URL of another database on the server of a URL. */
export function urlOfDatabase(url, database) {
  return url.replace(/^(postgres(?:ql)?:\/\/[^/?]*)(?:\/[^?]*)?/, `$1/${database}`);
}

/** A small pool for the bench's own statements. */
export function connect({ db, log }, address) {
  return db.connectDatabase({
    ...{ address, maxConnections: 2, log },
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
  });
}

/** What PostgreSQL this is, with the settings that decide durability; throws when one is off. */
export async function describeDatabase(database) {
  const [{ version }] = await database.query(`select version() as version`);
  const settings = await database.query(
    `select name, setting from pg_settings where name = any ($1) order by name`,
    [[...DURABILITY, 'shared_buffers']],
  );
  for (const { name, setting } of settings) {
    if (DURABILITY.includes(name) && setting !== 'on') {
      throw new Error(`${name} is ${setting}: the bench measures with durability on`);
    }
  }
  return { version, settings };
}

/** The server's first process, when it runs on this machine; its children are the sessions. */
export async function databasePid(database) {
  const { host } = database.address;
  const isLocal = host.startsWith('/') || ['localhost', '127.0.0.1', '::1'].includes(host);
  if (!isLocal) return undefined;
  const [{ pid }] = await database.query('select pg_backend_pid() as pid');
  const parent = parentOf(pid);
  return parent !== undefined && nameOf(parent) === 'postgres' ? parent : undefined;
}
