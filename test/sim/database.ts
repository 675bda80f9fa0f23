import type { Connection } from '../../src/db/index.ts';
import { openTestDatabase, type TestDatabase } from '../database.ts';
import type { Answer, SimSession, Statement } from './server.ts';
import type { SimTime } from './time.ts';

/**
 * What the product's statements find in place of the server's own: functions of these names come
 * before those of pg_catalog, so that the same SQL runs on the simulation's time and looks among
 * the simulation's server processes.
 */
const OURS = `
  create schema sim;
  create function sim.clock_timestamp() returns timestamptz stable language sql
    as $$ select current_setting('sim.now')::timestamptz $$;
  create function sim.now() returns timestamptz stable language sql
    as $$ select current_setting('sim.now')::timestamptz $$;
  create table sim.server (started_at timestamptz not null);
  create function sim.pg_postmaster_start_time() returns timestamptz stable language sql
    as $$ select started_at from sim.server $$;
  create table sim.pg_stat_activity (
    pid int primary key,
    usename name not null default current_user,
    datname name not null default current_database(),
    application_name text not null default 'farebox'
  );
  create function sim.pg_terminate_backend(pid int) returns boolean language sql
    as $$ select true $$;`;

/** So long a statement waits for a lock before it counts as waiting. Nobody else is there. */
const LOCK_TIMEOUT = '20ms';

/** The real database of one simulation. One statement runs at a time. */
export class SimDatabase {
  readonly #idle: Connection[] = [];
  readonly #instants = new Map<Connection, number>();

  private constructor(
    readonly own: TestDatabase,
    readonly time: SimTime,
    readonly main: Connection,
  ) {}

  static async open(time: SimTime): Promise<SimDatabase> {
    const own = await openTestDatabase();
    await own.db.query(OURS);
    await own.db.query(
      `alter database ${own.address.database} set search_path = public, sim, pg_catalog`,
    );
    await own.db.query(
      `alter database ${own.address.database} set lock_timeout = '${LOCK_TIMEOUT}'`,
    );
    const database = new SimDatabase(own, time, await own.db.connection());
    await database.query('insert into server values (clock_timestamp())');
    return database;
  }

  /** A statement of the simulation's own. */
  async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    await this.#setTime(this.main);
    return this.main.query<Row>(text, values);
  }

  /** The same, planned once. */
  async prepared<Row>(name: string, text: string, values: readonly unknown[]): Promise<Row[]> {
    await this.#setTime(this.main);
    return this.main.prepared<Row>(name, text, values);
  }

  /** Runs a statement of the product; undefined when it would wait for a transaction's lock. */
  async run(statement: Statement): Promise<Answer | undefined> {
    const { session } = statement;
    if (statement.label === 'connect') return this.#beginProcess(session);
    const isFirst = session.transaction === 'wanted';
    if (isFirst) session.transaction = await this.#begin();
    const { transaction } = session;
    const connection = typeof transaction === 'string' ? this.main : transaction;
    const answer = await this.#execute(connection, statement);
    const isWaiting = 'error' in answer && codeOf(answer.error) === '55P03';
    const isOver = /^(commit|rollback)$/.test(statement.text);
    if (isOver || (isWaiting && isFirst)) await this.#rollBack(session);
    if (!isWaiting) return answer;
    if (!isFirst && typeof transaction !== 'string') throw new Error('two transactions wait');
    if (isFirst) session.transaction = 'wanted';
    return undefined;
  }

  async endProcess(session: SimSession): Promise<void> {
    await this.#rollBack(session);
    await this.query('delete from pg_stat_activity where pid = $1', [session.processId]);
  }

  async close(): Promise<void> {
    for (const connection of this.#idle) await connection.close();
    await this.main.close();
    await this.own.close();
  }

  async #beginProcess({ processId }: SimSession): Promise<Answer> {
    await this.query('insert into pg_stat_activity (pid) values ($1)', [processId]);
    return { rows: [] };
  }

  async #execute(connection: Connection, { text, values, name }: Statement): Promise<Answer> {
    try {
      await this.#setTime(connection);
      const rows =
        name === undefined
          ? await connection.query(text, values)
          : await connection.prepared(name, text, values);
      return { rows };
    } catch (error) {
      return { error };
    }
  }

  async #begin(): Promise<Connection> {
    const connection = this.#idle.pop() ?? (await this.own.db.connection());
    await connection.query('begin');
    return connection;
  }

  async #rollBack(session: SimSession): Promise<void> {
    const { transaction } = session;
    session.transaction = 'none';
    if (typeof transaction === 'string') return;
    await transaction.query('rollback');
    // Which takes the time back with it.
    this.#instants.delete(transaction);
    this.#idle.push(transaction);
  }

  async #setTime(connection: Connection): Promise<void> {
    const { nowUs } = this.time;
    if (this.#instants.get(connection) === nowUs) return;
    const text = new Date(Math.floor(nowUs / 1_000)).toISOString().slice(0, -1);
    await connection.prepared('sim_now', `select set_config('sim.now', $1, false)`, [
      `${text}${String(nowUs % 1_000).padStart(3, '0')}Z`,
    ]);
    this.#instants.set(connection, nowUs);
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
