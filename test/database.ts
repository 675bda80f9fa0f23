import { randomBytes } from 'node:crypto';
import { inject } from 'vitest';
import { connectDatabase, type DatabaseAddress, type Db } from '../src/db/index.ts';
import { createLog } from '../src/kernel/index.ts';

/** A database of a test file's own. */
export interface TestDatabase {
  readonly db: Db;
  readonly address: DatabaseAddress;
  close(): Promise<void>;
}

/**
 * Clones the run's migrated template into a fresh database and connects to it. `close` drops it,
 * with whatever is still connected.
 */
export async function openTestDatabase(): Promise<TestDatabase> {
  return openCloneOf(inject('database').template);
}

/** The same, but without any schema. */
export async function openEmptyDatabase(): Promise<TestDatabase> {
  return openCloneOf('template0');
}

async function openCloneOf(template: string): Promise<TestDatabase> {
  const { server, template: ours } = inject('database');
  const database = `${ours.replace(/_template$/, '')}_${randomBytes(6).toString('hex')}`;
  const log = createLog('error');
  const admin = connectDatabase({ address: server, maxConnections: 1, log });
  try {
    await admin.query(`create database ${database} template ${template}`);
  } catch (error) {
    await admin.close();
    throw error;
  }
  const address = { ...server, database };
  const db = connectDatabase({ address, maxConnections: 10, log });
  return {
    db,
    address,
    close: async () => {
      await db.close();
      await admin.query(`drop database if exists ${database} with (force)`);
      await admin.close();
    },
  };
}
