import type { Connection, Db, Queryable } from '../../src/db/index.ts';
import type { SimServer, SimSession } from './server.ts';
import type { TimerOwner } from './time.ts';

/** The database as one process sees it: over lines that the simulation may break. */
export function createProcessDb(server: SimServer, client: TimerOwner): Db {
  // A pool's session is fresh for every use: what went before on it cannot be told.
  async function borrow<T>(work: (session: SimSession) => Promise<T>): Promise<T> {
    const session = server.open(client);
    try {
      return await work(session);
    } finally {
      hangUp(session);
    }
  }

  return {
    address: { host: 'simulated', port: 0, user: 'simulated', database: 'simulated' },
    query: <Row>(text: string, values?: readonly unknown[]) =>
      borrow((session) => server.send(session, text, values) as Promise<Row[]>),
    transaction: (work) =>
      borrow(async (session) => {
        session.transaction = 'wanted';
        try {
          const result = await work(queryable(server, session));
          await server.send(session, 'commit');
          return result;
        } catch (error) {
          if (session.isConnected) await server.send(session, 'rollback').catch(() => undefined);
          throw error;
        }
      }),
    connection: () => connect(server, client),
    close: async () => {},
  };
}

async function connect(server: SimServer, client: TimerOwner): Promise<Connection> {
  const session = server.open(client);
  try {
    await server.send(session, 'connect');
  } catch (error) {
    hangUp(session);
    throw error;
  }
  return {
    ...queryable(server, session),
    processId: session.processId,
    ended: new Promise(() => {}),
    prepared: <Row>(name: string, text: string, values: readonly unknown[]) =>
      server.send(session, text, values, name) as Promise<Row[]>,
    onNotification: () => {},
    close: async () => hangUp(session),
  };
}

function queryable(server: SimServer, session: SimSession): Queryable {
  return {
    query: <Row>(text: string, values?: readonly unknown[]) =>
      server.send(session, text, values) as Promise<Row[]>,
  };
}

/** The client is done. The server's end finishes what it was sent, and goes. */
function hangUp(session: SimSession): void {
  session.isConnected = false;
  session.isDoomed = true;
}
