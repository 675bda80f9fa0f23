import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Db, Queryable } from '../db/index.ts';
import { assert } from '../kernel/index.ts';

/** How a transaction of ours that kysely has begun is brought to its end. */
interface OpenTransaction {
  readonly tx: Queryable;
  end(outcome: 'commit' | 'rollback'): Promise<void>;
}

/** Thrown inside a transaction to have it rolled back; nobody outside sees it. */
class RolledBack extends Error {
  override name = 'RolledBack';
}

/**
 * Lets kysely, which better-auth writes its statements with, work on our database: statements go
 * through its pool, transactions are its own, and no second pool stands beside it.
 */
export function createDialect(db: Pick<Db, 'query' | 'transaction'>): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => createDriver(db),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  };
}

class Connection implements DatabaseConnection {
  readonly #db: Queryable;
  transaction: OpenTransaction | undefined;

  constructor(db: Queryable) {
    this.#db = db;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const target = this.transaction?.tx ?? this.#db;
    const { sql, isCounted } = withCount(query);
    const rows = await target.query<R>(sql, query.parameters);
    const numAffectedRows = BigInt(rows.length);
    return isCounted ? { rows: [], numAffectedRows } : { rows, numAffectedRows };
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('statements of better-auth are not streamed');
  }
}

/** Our pool answers with rows alone, so what changes rows unseen is made to return them. */
function withCount({ query, sql }: CompiledQuery): { sql: string; isCounted: boolean } {
  const isCounted =
    (query.kind === 'UpdateQueryNode' || query.kind === 'DeleteQueryNode') &&
    query.returning === undefined;
  return { sql: isCounted ? `${sql} returning 1` : sql, isCounted };
}

function createDriver(db: Pick<Db, 'query' | 'transaction'>): Driver {
  const ours = (connection: DatabaseConnection): Connection => {
    assert(connection instanceof Connection, 'kysely gives back the connections that it was given');
    return connection;
  };
  const end = async (connection: DatabaseConnection, outcome: 'commit' | 'rollback') => {
    const { transaction } = ours(connection);
    ours(connection).transaction = undefined;
    await transaction?.end(outcome);
  };
  return {
    init: async () => undefined,
    acquireConnection: async () => new Connection(db),
    beginTransaction: async (connection) => {
      ours(connection).transaction = await begin(db);
    },
    commitTransaction: (connection) => end(connection, 'commit'),
    rollbackTransaction: (connection) => end(connection, 'rollback'),
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  };
}

/** Kysely begins and ends in two calls what is one call of ours: it stays open in between. */
function begin(db: Pick<Db, 'transaction'>): Promise<OpenTransaction> {
  return new Promise((resolve, reject) => {
    let decide: (how: 'commit' | 'rollback') => void = () => undefined;
    const decided = new Promise<'commit' | 'rollback'>((done) => {
      decide = done;
    });
    const ended = db.transaction(async (tx) => {
      resolve({
        tx,
        end: async (how) => {
          decide(how);
          await ended.catch((error) => {
            if (!(error instanceof RolledBack)) throw error;
          });
        },
      });
      if ((await decided) === 'rollback') throw new RolledBack();
    });
    ended.catch(reject);
  });
}
