import type { TestProject } from 'vitest/node';
import {
  addressFromUrl,
  connectDatabase,
  type DatabaseAddress,
  type Db,
  migrate,
} from '../src/db/index.ts';
import { schemaFiles } from '../src/instance.ts';
import { createLog, systemClock } from '../src/kernel/index.ts';
import { startPostgres } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server of this run, and the migrated database that every test file clones. */
    database: { server: DatabaseAddress; template: string };
  }
}

const PREFIX = 'farebox_test_';
const STALE_MS = 60 * 60 * 1000;
/** It need not survive a power cut. */
const SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  max_connections: '200',
  shared_buffers: '128MB',
};

/**
 * One PostgreSQL for the whole run: a server of our own in a temporary folder, or the one that
 * FAREBOX_TEST_DATABASE_URL names. Its migrated template is cloned by `openTestDatabase`.
 */
export default async function setUpDatabase(project: TestProject): Promise<() => Promise<void>> {
  const url = process.env.FAREBOX_TEST_DATABASE_URL;
  const server = url
    ? { address: addressFromUrl(url), remove: async () => {} }
    : await startPostgres(SETTINGS);
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
    await server.remove();
    throw error;
  }
  return async () => {
    // A server of our own goes with all that is in it.
    if (url) await dropDatabases(admin, (name) => name.startsWith(run));
    await admin.close();
    await server.remove();
  };
}

async function migrateTemplate(address: DatabaseAddress): Promise<void> {
  const db = connectDatabase({ address, maxConnections: 1, log: createLog('error') });
  try {
    await migrate(db, schemaFiles);
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
