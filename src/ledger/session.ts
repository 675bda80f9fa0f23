import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, type Db, isConnectionLost } from '../db/index.ts';

/**
 * A database session that is opened again when it breaks. Before anything else runs after a break,
 * the old session's server process is ended and gone: whatever it was doing is either committed or
 * never will be, and reading tells which.
 */
export interface Session {
  run<T>(work: (connection: Connection) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const POLL_MS = 20;

export function createSession(db: Db): Session {
  let connection: Connection | undefined;
  let lostProcessIds: number[] = [];

  async function open(): Promise<Connection> {
    if (connection !== undefined) return connection;
    const fresh = await db.connection();
    try {
      for (const processId of lostProcessIds) await endProcess(fresh, processId);
      lostProcessIds = [];
    } catch (error) {
      await fresh.close().catch(() => undefined);
      throw error;
    }
    connection = fresh;
    return fresh;
  }

  return {
    run: async (work) => {
      const current = await open();
      try {
        return await work(current);
      } catch (error) {
        if (isConnectionLost(error) && connection === current) {
          lostProcessIds.push(current.processId);
          connection = undefined;
          current.close().catch(() => undefined);
        }
        throw error;
      }
    },
    close: async () => {
      await connection?.close();
      connection = undefined;
    },
  };
}

async function endProcess(connection: Connection, processId: number): Promise<void> {
  const ours = `pid = $1 and usename = current_user and application_name = 'farebox'`;
  await connection.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where ${ours} and pid <> $2`,
    [processId, connection.processId],
  );
  for (;;) {
    const rows = await connection.query(
      `select from pg_stat_activity where ${ours} and pid <> $2`,
      [processId, connection.processId],
    );
    if (rows.length === 0) return;
    await delay(POLL_MS);
  }
}
