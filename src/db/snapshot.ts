import { BECOME, becomeValues, type TenantScope } from './as-tenant.ts';
import type { Db, Queryable } from './connect.ts';

/** A transaction that reads one moment of the database for as long as somebody takes to read it. */
export interface Snapshot {
  readonly tx: Queryable;
  /** Ends it, and with it a statement that is still under way. */
  end(): Promise<void>;
}

/**
 * Begins a read-only transaction of its own connection, outside the pool: repeatable read, so all
 * its statements see the same. With a scope it reads as that tenant (`sql/row-security.sql`).
 * `idleMs` is how long it may lie idle between two statements, as while a slow reader reads.
 */
export async function openSnapshot(
  db: Pick<Db, 'connection' | 'query'>,
  { scope, idleMs }: { readonly scope?: TenantScope; readonly idleMs: number },
): Promise<Snapshot> {
  const connection = await db.connection();
  let isBusy = false;
  const end = async () => {
    const { processId } = connection;
    // A connection that is closed does not end what the server is doing for it.
    if (isBusy) await db.query('select pg_cancel_backend($1)', [processId]).catch(() => undefined);
    await connection.close();
  };
  try {
    await connection.query(`begin isolation level repeatable read, read only;
      set local idle_in_transaction_session_timeout = ${Math.round(idleMs)}`);
    if (scope !== undefined) await connection.query(BECOME, becomeValues(scope));
  } catch (error) {
    await end();
    throw error;
  }
  return {
    tx: {
      query: async (text, values) => {
        isBusy = true;
        try {
          return await connection.query(text, values);
        } finally {
          isBusy = false;
        }
      },
    },
    end,
  };
}
