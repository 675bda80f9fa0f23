import type { Connection, Db } from '../src/db/index.ts';

type Accident = (run: () => Promise<unknown[]>) => Promise<unknown[]>;

/** A database whose dedicated connections have the accidents that a test arranges. */
export interface FaultyDb extends Db {
  /** While true nobody can reach it. */
  away: boolean;
  /** How often each prepared statement was sent. */
  readonly sent: Map<string, number>;
  /** The next statement of this name meets the accident instead; the ones after it do not. */
  arrange(name: string, accident: Accident): void;
}

export function lostConnection(): Error {
  return new Error('Connection terminated unexpectedly');
}

/** Runs, and is committed; but the answer never comes. */
export const answerIsLost: Accident = async (run) => {
  await run();
  throw lostConnection();
};

/** Is refused with this SQLSTATE before it does anything. */
export const fails =
  (code: string): Accident =>
  async () => {
    throw Object.assign(new Error(`refused with ${code}`), { code });
  };

export function faultyDb(db: Db): FaultyDb {
  const accidents = new Map<string, Accident[]>();
  const sent = new Map<string, number>();
  const faulty: FaultyDb = {
    ...db,
    away: false,
    sent,
    arrange: (name, accident) => {
      accidents.set(name, [...(accidents.get(name) ?? []), accident]);
    },
    query: async (text, values) => {
      if (faulty.away) throw lostConnection();
      return db.query(text, values);
    },
    connection: async () => {
      if (faulty.away) throw lostConnection();
      return faultyConnection(await db.connection());
    },
  };

  function faultyConnection(connection: Connection): Connection {
    return {
      ...connection,
      query: async (text, values) => {
        if (faulty.away) throw lostConnection();
        return connection.query(text, values);
      },
      prepared: async <Row>(name: string, text: string, values: readonly unknown[]) => {
        if (faulty.away) throw lostConnection();
        sent.set(name, (sent.get(name) ?? 0) + 1);
        const accident = accidents.get(name)?.shift();
        const run = () => connection.prepared<Row>(name, text, values);
        return accident ? ((await accident(run)) as Row[]) : run();
      },
    };
  }
  return faulty;
}
