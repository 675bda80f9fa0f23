import { type Connection, type Db, isConnectionLost } from '../db/index.ts';
import { type Clock, delay } from '../kernel/index.ts';

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
/** Above the server's own limit for a statement: silence for so long is a broken line. */
const ANSWER_TIMEOUT_MS = 20_000;

export function createSession(options: {
  readonly db: Db;
  readonly clock: Clock;
  readonly answerTimeoutMs?: number;
}): Session {
  const { db, clock, answerTimeoutMs = ANSWER_TIMEOUT_MS } = options;
  let connection: Connection | undefined;
  let opening: Promise<Connection> | undefined;
  let lostProcessIds: readonly number[] = [];

  async function open(): Promise<Connection> {
    const fresh = await db.connection();
    try {
      for (const processId of lostProcessIds) await endProcess(fresh, clock, processId);
    } catch (error) {
      await fresh.close().catch(() => undefined);
      throw error;
    }
    lostProcessIds = [];
    connection = fresh;
    return fresh;
  }

  // One opening for all who wait: of two, one would be a connection that nobody closes.
  function current(): Promise<Connection> {
    if (connection !== undefined) return Promise.resolve(connection);
    opening ??= open().finally(() => {
      opening = undefined;
    });
    return opening;
  }

  return {
    run: async (work) => {
      const mine = await current();
      try {
        return await answerOf(work(mine), clock, answerTimeoutMs);
      } catch (error) {
        if (isConnectionLost(error) && connection === mine) {
          lostProcessIds = [...lostProcessIds, mine.processId];
          connection = undefined;
          mine.close().catch(() => undefined);
        }
        throw error;
      }
    },
    close: async () => {
      await opening?.catch(() => undefined);
      await connection?.close();
      connection = undefined;
    },
  };
}

async function answerOf<T>(work: Promise<T>, clock: Clock, timeoutMs: number): Promise<T> {
  let callOff = () => {};
  const silence = new Promise<never>((_, reject) => {
    const error = Object.assign(new Error('The database does not answer.'), { code: 'ETIMEDOUT' });
    callOff = clock.after(timeoutMs, () => reject(error));
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    callOff();
  }
}

async function endProcess(connection: Connection, clock: Clock, processId: number): Promise<void> {
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
    await delay(clock, POLL_MS);
  }
}
