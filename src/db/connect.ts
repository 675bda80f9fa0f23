import pg from 'pg';
import { assert, Fault, type Log, overloaded } from '../kernel/index.ts';
import { type DatabaseAddress, describeAddress } from './address.ts';
import { typeParsers } from './types.ts';

/** Something that takes parametrised SQL (`$1`) and answers with the rows. */
export interface Queryable {
  query<Row>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** One dedicated connection outside the pool: a session, with its locks and prepared statements. */
export interface Connection extends Queryable {
  /** The server's process behind this session (pg_backend_pid). */
  readonly processId: number;
  /** Resolves when the session is over, whoever ended it. */
  readonly ended: Promise<void>;
  /** Runs a statement that the server parses once a session. One name always means one text. */
  prepared<Row>(name: string, text: string, values: readonly unknown[]): Promise<Row[]>;
  /** Hands over the payload of every notification on the channels that this session listens to. */
  onNotification(handle: (payload: string) => void): void;
  close(): Promise<void>;
}

/**
 * A database: a bounded pool for short statements, and dedicated connections on request. What waits
 * for the pool is bounded too: beyond 8,192 rejects with a Fault `overloaded` (503), after 5 s with
 * a lost connection.
 */
export interface Db extends Queryable {
  readonly address: DatabaseAddress;
  /**
   * Runs `work` in one read-committed transaction: committed when it returns, rolled back when it
   * throws. When the commit itself fails with a lost connection, its fate is unknown.
   */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /** Opens a dedicated connection, which does not count against the pool. The caller closes it. */
  connection(): Promise<Connection>;
  /** Waits for what is running in the pool, then closes it. Dedicated connections stay. */
  close(): Promise<void>;
}

const STATEMENT_TIMEOUT_MS = 15_000;
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000;
/** For a new connection, and for one of the pool to be free. */
const CONNECT_TIMEOUT_MS = 5_000;
const MAX_WAITING = 8_192;
/** Silence for so much longer than the server's own limit for a statement is a broken line. */
const SILENCE_MS = 5_000;
const OLDEST_SERVER = 150_000;

// What our statements take for granted, whatever the server's own configuration says.
const SESSION = [
  '-c DateStyle=ISO',
  '-c IntervalStyle=postgres',
  '-c TimeZone=UTC',
  '-c default_transaction_isolation=read\\ committed',
].join(' ');

/**
 * Prepares a pool to the database; connects at the first use. Servers older than PostgreSQL 15 are
 * refused then with a Fault `database_too_old`. A connection lost while idle is only logged.
 */
export function connectDatabase(options: {
  readonly address: DatabaseAddress;
  readonly maxConnections: number;
  readonly log: Log;
  /** How long the server works on one statement before it gives up: 15 s. */
  readonly statementTimeoutMs?: number;
}): Db {
  const { address, log } = options;
  const statementTimeoutMs = options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS;
  const config = clientConfig(address, statementTimeoutMs);
  const onError = (error: Error) => {
    log.warn({ err: error }, `Lost a connection to the ${describeAddress(address)}.`);
  };
  const pool = new pg.Pool({
    ...config,
    max: options.maxConnections,
    idleTimeoutMillis: 60_000,
    onConnect: checkServerVersion,
  });
  pool.on('error', onError);
  // A connection that breaks while checked out, between two statements, has no other listener.
  pool.on('connect', (client) => client.on('error', () => undefined));

  return {
    address,
    query: async (text, values) => {
      refuseBeyond(pool);
      const query = { text, values, query_timeout: statementTimeoutMs + SILENCE_MS };
      return rowsOf(pool.query(query as unknown as pg.QueryConfig));
    },
    transaction: async (work) => {
      refuseBeyond(pool);
      return runTransaction(pool, work);
    },
    connection: () => openConnection(config, onError),
    close: () => pool.end(),
  };
}

function refuseBeyond(pool: pg.Pool): void {
  if (pool.waitingCount >= MAX_WAITING) throw overloaded();
}

function clientConfig(address: DatabaseAddress, statementTimeoutMs: number): pg.ClientConfig {
  return {
    host: address.host,
    port: address.port,
    user: address.user,
    password: address.password,
    database: address.database,
    ssl: address.ssl ?? false,
    types: typeParsers,
    application_name: 'farebox',
    options: SESSION,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

async function checkServerVersion(client: pg.ClientBase): Promise<void> {
  const [row] = await rowsOf<{ version: string; number: number }>(
    client.query(
      `select current_setting('server_version') as version,
         current_setting('server_version_num')::int as number`,
    ),
  );
  if (row !== undefined && row.number >= OLDEST_SERVER) return;
  throw new Fault({
    code: 'database_too_old',
    status: 500,
    param: 'DATABASE_URL',
    message:
      `The database server is PostgreSQL ${row?.version}; Farebox needs 15 or newer. Upgrade ` +
      'the server, or point DATABASE_URL at a newer one.',
  });
}

async function openConnection(
  config: pg.ClientConfig,
  onError: (error: Error) => void,
): Promise<Connection> {
  const client = new pg.Client(config);
  let closed = false;
  client.on('error', (error) => {
    if (!closed) onError(error);
  });
  const ended = new Promise<void>((resolve) => {
    client.once('end', () => resolve());
  });
  try {
    await client.connect();
    await checkServerVersion(client);
  } catch (error) {
    closed = true;
    await client.end().catch(() => undefined);
    throw error;
  }
  const processId = (client as unknown as { readonly processID: number }).processID;
  return {
    processId,
    ended,
    query: (text, values) => rowsOf(client.query(text, values as unknown[] | undefined)),
    prepared: (name, text, values) =>
      rowsOf(client.query({ name, text, values: values as unknown[] })),
    onNotification: (handle) => {
      client.on('notification', ({ payload }) => handle(payload ?? ''));
    },
    close: async () => {
      closed = true;
      await client.end();
    },
  };
}

async function runTransaction<T>(pool: pg.Pool, work: (tx: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let open = true;
  let broken = false;
  const tx: Queryable = {
    query: (text, values) => {
      assert(open, 'a transaction takes no statement after its end');
      return rowsOf(client.query(text, values as unknown[] | undefined));
    },
  };
  try {
    await client.query('begin');
    const result = await work(tx);
    open = false;
    const { command } = await client.query('commit');
    // PostgreSQL answers the commit of a failed transaction with a rollback and no error.
    assert(command === 'COMMIT', 'an error of a statement was swallowed inside a transaction');
    return result;
  } catch (error) {
    open = false;
    await client.query('rollback').catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** The rows of a statement; of several in one text, those of the last. */
async function rowsOf<Row>(pending: Promise<pg.QueryResult | pg.QueryResult[]>): Promise<Row[]> {
  const result = await pending;
  const last = Array.isArray(result) ? result.at(-1) : result;
  return (last?.rows ?? []) as Row[];
}
