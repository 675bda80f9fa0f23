import { access, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, createLog, Fault, type Log } from '../../kernel/index.ts';
import type { DatabaseAddress } from '../address.ts';
import { connectDatabase, type Queryable } from '../connect.ts';
import { isConnectionLost } from '../connection-lost.ts';
import { accessForNewCluster, accessSettings, addressOf } from './access.ts';
import type { Engine } from './engine.ts';
import { type Folders, makePrivateFolder } from './folders.ts';
import { initializeCluster, POLL_MS, startPostmaster } from './postmaster.ts';
import { type PostmasterFile, readPostmasterFile } from './postmaster-file.ts';
import { exists, isServerOf } from './processes.ts';

/** What it takes to run the database of one data folder. */
export interface Place {
  readonly folders: Folders;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Log;
  readonly maxConnections: number;
}

const PATIENCE_MS = 60_000;

const LEAST_CONNECTIONS = 60;

/** For a machine that also runs the gateway. Durability is never traded. */
const SETTINGS = {
  fsync: 'on',
  // Rows that are written again soon are written to disk once for both.
  max_wal_size: '2GB',
  wal_compression: 'on',
  autovacuum: 'on',
  jit: 'off',
  max_logical_replication_workers: '0',
  cluster_name: 'farebox',
  log_timezone: 'UTC',
  // After a crash, one call instead of opening every file: a second less until we are back.
  ...(process.platform === 'linux' ? { recovery_init_sync_method: 'syncfs' } : {}),
};

/**
 * Makes sure that the database of a data folder is up, and says where: a server that runs already
 * is adopted, whoever started it; else one is started, after making the files at the very first
 * time. Any number of processes may do this at once.
 */
export async function ensureRunning(place: Place): Promise<DatabaseAddress> {
  const { folders, clock, log } = place;
  const deadlineMs = clock.monotonicMs() + PATIENCE_MS;
  await createClusterOnce(place);
  for (;;) {
    const file = await readPostmasterFile(folders.cluster);
    if (file !== undefined) {
      const address = await addressOf(folders, file);
      if (await answers(address)) return address;
      if (await isServerOf(folders.cluster, file.pid)) {
        // It is starting or stopping. Its own lock file tells how that ends.
        if (clock.monotonicMs() > deadlineMs) throw stuck(file);
        await delay(POLL_MS);
        continue;
      }
      await clearAfterDeath(folders, file);
    }
    try {
      const pid = await startPostmaster(place.engine, {
        cluster: folders.cluster,
        logFile: folders.logFile,
        settings: {
          ...SETTINGS,
          shared_buffers: `${cacheMb(memoryBytes())}MB`,
          max_connections: `${Math.max(LEAST_CONNECTIONS, place.maxConnections)}`,
          ...(await accessSettings(folders)),
        },
      });
      log.debug({ pid }, 'Started the embedded PostgreSQL.');
    } catch (error) {
      if (!isPassing(error) || clock.monotonicMs() > deadlineMs) throw error;
      await delay(POLL_MS);
    }
  }
}

/** Another process was faster, or backends of a killed server have not noticed its death yet. */
function isPassing(error: unknown): boolean {
  return (
    error instanceof Fault &&
    /lock file .* already exists|shared memory block .* is still in use/.test(error.message)
  );
}

function stuck(file: PostmasterFile): Fault {
  return new Fault({
    code: 'engine_failed',
    status: 500,
    message:
      `The PostgreSQL of this data folder runs (process ${file.pid}, "${file.status}") but ` +
      'takes no connections. Look into postgres.log in the data folder.',
  });
}

async function createClusterOnce({ folders, engine, log }: Place): Promise<void> {
  const done = await access(folders.cluster).then(
    () => true,
    () => false,
  );
  if (done) return;
  log.info(`Creating the database in ${folders.cluster}.`);
  // A cluster counts only under its final name, so that a cut initdb leaves nothing to stumble on.
  const part = `${folders.cluster}.part-`;
  for (const name of await readdir(folders.data)) {
    const path = join(folders.data, name);
    if (path.startsWith(part) && !exists(Number.parseInt(path.slice(part.length), 10))) {
      await rm(path, { recursive: true, force: true });
    }
  }
  const ours = await mkdtemp(`${part}${process.pid}-`);
  await makePrivateFolder(ours, folders.user);
  await initializeCluster(engine, ours, await accessForNewCluster(folders));
  try {
    await rename(ours, folders.cluster);
  } catch (error) {
    await rm(ours, { recursive: true, force: true });
    // Another process was faster; theirs is as good as ours.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  }
}

async function clearAfterDeath(folders: Folders, file: PostmasterFile): Promise<void> {
  // A lock file of a process that is gone PostgreSQL replaces by itself. That of a zombie, or one
  // whose number is another process's now, it believes.
  if (!exists(file.pid)) return;
  const now = await readPostmasterFile(folders.cluster);
  if (now?.pid === file.pid) await rm(join(folders.cluster, 'postmaster.pid'), { force: true });
}

async function answers(address: DatabaseAddress): Promise<boolean> {
  const server = connectDatabase({
    address: { ...address, database: 'postgres' },
    maxConnections: 1,
    log: createLog('silent'),
  });
  try {
    const connection = await server.connection();
    await createDatabaseOnce(connection, address.database);
    await connection.close();
    return true;
  } catch (error) {
    if (isConnectionLost(error)) return false;
    throw error;
  } finally {
    await server.close();
  }
}

async function createDatabaseOnce(server: Queryable, name: string): Promise<void> {
  const found = await server.query('select from pg_database where datname = $1', [name]);
  if (found.length > 0) return;
  await server.query(`create database ${name}`).catch((error: { code?: unknown }) => {
    // duplicate_database, unique_violation: another process was faster.
    if (error.code !== '42P04' && error.code !== '23505') throw error;
  });
}

/** What this machine has, or what the container allows us of it. */
function memoryBytes(): number {
  const allowed = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return Math.min(totalmem(), allowed);
}

/** The database's cache: an eighth of the machine's memory, from 128 MB to 2 GB. */
export function cacheMb(memoryBytes: number): number {
  return Math.round(Math.min(2_048, Math.max(128, memoryBytes / 2 ** 23)));
}
