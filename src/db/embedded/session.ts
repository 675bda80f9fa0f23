import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { createLog, Fault } from '../../kernel/index.ts';
import type { DatabaseAddress } from '../address.ts';
import { type Connection, connectDatabase } from '../connect.ts';
import { SERVER_LOCK } from '../locks.ts';

const TRIES = 20;
const TRY_EVERY_MS = 50;

/**
 * A session that shows the others that we are here, for as long as we live: the server's also holds
 * the one lock of the data folder, which the kernel frees when we die. Its name in the database's
 * list of sessions says who holds it, so there is no note that could go stale.
 */
export async function openSession(
  address: DatabaseAddress,
  role: 'server' | 'tool',
): Promise<Connection> {
  const server = connectDatabase({ address, maxConnections: 1, log: createLog('silent') });
  const connection = await server.connection();
  try {
    // 63 bytes are kept.
    await connection.query(`select set_config('application_name', $1, false)`, [
      `farebox ${role}, process ${process.pid} on ${hostname()}`.slice(0, 63),
    ]);
    if (role === 'server') await takeLock(connection);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** Throws a Fault `data_folder_in_use` that names the holder. */
async function takeLock(connection: Connection): Promise<void> {
  // A server that was killed a moment ago may still hold it until its session is seen to be dead.
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const [row] = await connection.query<{ taken: boolean }>(
      'select pg_try_advisory_lock($1) as taken',
      [SERVER_LOCK],
    );
    if (row?.taken) return;
    await delay(TRY_EVERY_MS);
  }
  const [holder] = await connection.query<{ name: string; since: Date }>(
    `select application_name as name, backend_start as since
     from pg_locks join pg_stat_activity using (pid)
     where locktype = 'advisory' and objsubid = 1 and granted
       and (classid::bigint << 32 | objid::bigint) = $1`,
    [SERVER_LOCK],
  );
  const who = holder === undefined ? '' : `: ${holder.name}, since ${holder.since.toISOString()}`;
  throw new Fault({
    code: 'data_folder_in_use',
    status: 500,
    param: 'FAREBOX_DATA',
    message:
      `Another server runs on this data folder${who}. Stop it, or set FAREBOX_DATA to another ` +
      'folder.',
  });
}

/** Whether nobody but this session is connected to the database's server. */
export async function isAlone(connection: Connection): Promise<boolean> {
  // Sessions that were closed a moment ago may still be listed.
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const others = await connection.query(
      `select from pg_stat_activity
       where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
    if (others.length === 0) return true;
    await delay(TRY_EVERY_MS / 5);
  }
  return false;
}
