import type { Connection, Db } from '../src/db/index.ts';

type Accident = (run: () => Promise<unknown[]>) => Promise<unknown[]>;

/** A database whose statements have the accidents that a test arranges. */
export interface FaultyDb extends Db {
  /** While true nobody can reach it. */
  away: boolean;
  /** True once the process that asks is dead: whatever it goes on to send does nothing. */
  dead: boolean;
  /** How often each prepared statement was sent, and each short one by its first three words. */
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

const nameOf = (text: string) => text.trim().split(/\s+/, 3).join(' ');

export function faultyDb(db: Db): FaultyDb {
  const accidents = new Map<string, Accident[]>();
  const sent = new Map<string, number>();
  const faulty: FaultyDb = {
    ...db,
    away: false,
    dead: false,
    sent,
    arrange: (name, accident) => {
      accidents.set(name, [...(accidents.get(name) ?? []), accident]);
    },
    query: <Row>(text: string, values?: readonly unknown[]) =>
      meet(nameOf(text), () => db.query<Row>(text, values)),
    connection: async () => {
      refuse();
      return faultyConnection(await db.connection());
    },
  };

  function refuse(): void {
    if (faulty.dead) throw new Error('The process is dead.');
    if (faulty.away) throw lostConnection();
  }

  async function meet<Row>(name: string, run: () => Promise<Row[]>): Promise<Row[]> {
    refuse();
    sent.set(name, (sent.get(name) ?? 0) + 1);
    const accident = accidents.get(name)?.shift();
    return accident ? ((await accident(run)) as Row[]) : run();
  }

  function faultyConnection(connection: Connection): Connection {
    return {
      ...connection,
      query: async (text, values) => {
        refuse();
        return connection.query(text, values);
      },
      prepared: <Row>(name: string, text: string, values: readonly unknown[]) =>
        meet(name, () => connection.prepared<Row>(name, text, values)),
    };
  }
  return faulty;
}
