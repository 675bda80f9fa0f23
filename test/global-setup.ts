import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TestProject } from 'vitest/node';
import { findEngine } from '../src/db/embedded/engine.ts';
import { chooseEngineUser } from '../src/db/embedded/engine-user.ts';
import { makePrivateFolder } from '../src/db/embedded/folders.ts';
import {
  initializeCluster,
  SUPERUSER,
  startPostmaster,
  stopPostmaster,
} from '../src/db/embedded/postmaster.ts';
import {
  addressFromUrl,
  connectDatabase,
  type DatabaseAddress,
  type Db,
  migrate,
} from '../src/db/index.ts';
import { createLog, systemClock } from '../src/kernel/index.ts';
import { ledgerFunctionFiles } from '../src/ledger/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server of this run, and the migrated database that every test file clones. */
    database: { server: DatabaseAddress; template: string };
  }
}

const PREFIX = 'farebox_test_';
const STALE_MS = 60 * 60 * 1000;
const SETTINGS = {
  listen_addresses: '',
  port: '5432',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  jit: 'off',
  max_connections: '200',
  shared_buffers: '128MB',
};
const root = pathToFileURL(`${import.meta.dirname}/../`);

/**
 * One PostgreSQL for the whole run: a server of our own in a temporary folder, or the one that
 * FAREBOX_TEST_DATABASE_URL names. Its migrated template is cloned by `openTestDatabase`.
 */
export default async function setUpDatabase(project: TestProject): Promise<() => Promise<void>> {
  const url = process.env.FAREBOX_TEST_DATABASE_URL;
  const server = url ? { address: addressFromUrl(url), stop: async () => {} } : await startServer();
  const admin = connectDatabase({
    address: server.address,
    maxConnections: 1,
    log: createLog('error'),
  });
  const run = `${PREFIX}${systemClock.nowMs().toString(36)}_${process.pid}`;
  const template = `${run}_template`;
  try {
    await dropDatabases(admin, isStale);
    await admin.query(`create database ${template}`);
    await migrateTemplate({ ...server.address, database: template });
    project.provide('database', { server: server.address, template });
  } catch (error) {
    await admin.close();
    await server.stop();
    throw error;
  }
  return async () => {
    // A server of our own goes with all that is in it.
    if (url) await dropDatabases(admin, (name) => name.startsWith(run));
    await admin.close();
    await server.stop();
  };
}

async function migrateTemplate(address: DatabaseAddress): Promise<void> {
  const db = connectDatabase({ address, maxConnections: 1, log: createLog('error') });
  try {
    await migrate(db, {
      migrations: new URL('migrations/', root),
      functions: ledgerFunctionFiles,
    });
  } finally {
    await db.close();
  }
}

/** A database of a run that is long over (killed before it could drop its own). */
function isStale(name: string): boolean {
  const started = Number.parseInt(name.slice(PREFIX.length).split('_')[0] ?? '', 36);
  return systemClock.nowMs() - started > STALE_MS;
}

async function dropDatabases(admin: Db, which: (name: string) => boolean): Promise<void> {
  const rows = await admin.query<{ name: string }>(
    'select datname as name from pg_database where starts_with(datname, $1)',
    [PREFIX],
  );
  for (const { name } of rows.filter((row) => which(row.name))) {
    await admin.query(`drop database if exists ${name} with (force)`);
  }
}

/** Starts a PostgreSQL on a unix socket in a temporary folder. It need not survive a power cut. */
async function startServer(): Promise<{ address: DatabaseAddress; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'farebox-test-'));
  try {
    const cluster = join(folder, 'cluster');
    const user = await chooseEngineUser(undefined);
    await chmod(folder, 0o755);
    if (user !== undefined) await chown(folder, user.uid, user.gid);
    await makePrivateFolder(cluster, user);
    const engine = await findEngine(user, join(folder, 'engine'));
    await initializeCluster(engine, cluster, ['--auth=trust', '--no-sync']);
    const pid = await startPostmaster(engine, {
      cluster,
      logFile: join(folder, 'postgres.log'),
      settings: { ...SETTINGS, unix_socket_directories: folder },
    });
    const guard = guardAgainstKill(pid, folder);
    return {
      address: { host: folder, port: 5432, user: SUPERUSER, database: 'postgres' },
      stop: async () => {
        await stopPostmaster(engine, cluster);
        guard.kill('SIGKILL');
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * A shell that waits for our end, which closes its input whatever killed us, then stops the server
 * and removes its folder.
 */
function guardAgainstKill(pid: number, folder: string): ChildProcess {
  const script = `cat; kill -QUIT "$1"; while kill -0 "$1"; do sleep 0.1; done; rm -rf "$2"`;
  const guard = spawn('sh', ['-c', script, 'sh', String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  return guard;
}
