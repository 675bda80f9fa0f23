import type { Connection } from '../../src/db/index.ts';
import type { SimDatabase } from './database.ts';
import type { TimerOwner } from './time.ts';

export type Answer = { readonly rows: readonly unknown[] } | { readonly error: unknown };

/** One statement of the product on its way to the database. */
export interface Statement {
  readonly session: SimSession;
  /** Its first words: what a reader of a trace knows it by. */
  readonly label: string;
  readonly text: string;
  readonly values: readonly unknown[];
  /** Its name, where it is a prepared one. */
  readonly name: string | undefined;
  /** Tells the client. */
  answer(answer: Answer): void;
}

/** A server process and the line to its client. The two ends may end at different times. */
export interface SimSession {
  readonly processId: number;
  readonly client: TimerOwner;
  /** Sent, and not executed. */
  readonly queue: Statement[];
  /** Executed; the answers are on their way. */
  readonly outbox: { readonly statement: Statement; readonly answer: Answer }[];
  /** The client's end. */
  isConnected: boolean;
  /** The server's end goes as soon as somebody looks. */
  isDoomed: boolean;
  /** Its statement waits for a lock of a transaction. */
  isBlocked: boolean;
  transaction: 'none' | 'wanted' | Connection;
}

/**
 * The sessions of all processes on one real database. A statement that a process sends is executed
 * when the simulation says so, and its answer arrives when the simulation says so, or never.
 */
export class SimServer {
  readonly sessions = new Set<SimSession>();
  isAway = false;
  /** A planted fault: the product leaves out statements like this. */
  leftOut: RegExp | undefined;
  #lastProcessId = 1_000;

  constructor(readonly database: SimDatabase) {}

  open(client: TimerOwner): SimSession {
    this.#lastProcessId += 1;
    const session: SimSession = {
      processId: this.#lastProcessId,
      client,
      queue: [],
      outbox: [],
      isConnected: true,
      isDoomed: false,
      isBlocked: false,
      transaction: 'none',
    };
    this.sessions.add(session);
    return session;
  }

  send(
    session: SimSession,
    text: string,
    values: readonly unknown[] = [],
    name?: string,
  ): Promise<unknown[]> {
    if (this.leftOut?.test(text)) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      if (!session.isConnected) {
        reject(new Error('Connection terminated unexpectedly'));
        return;
      }
      const label = name ?? text.trim().split(/\s+/).slice(0, 4).join(' ').replace(/,$/, '');
      const answer = (told: Answer) =>
        'rows' in told ? resolve([...told.rows]) : reject(told.error);
      session.queue.push({ session, label, text, values, name, answer });
    });
  }

  /** Sessions whose next statement can be executed now. */
  get ready(): readonly SimSession[] {
    return [...this.sessions].filter(({ queue, isBlocked }) => queue.length > 0 && !isBlocked);
  }

  /**
   * Executes a session's next statement. Undefined when it waits for a lock: then it is as if it
   * had not been sent yet.
   */
  async execute(session: SimSession): Promise<Answer | undefined> {
    const [statement] = session.queue;
    if (statement === undefined) throw new Error('the session has nothing to execute');
    const answer = this.isAway ? refused() : await this.database.run(statement);
    if (answer === undefined) {
      session.isBlocked = true;
      return undefined;
    }
    session.queue.shift();
    if (session.transaction === 'none') for (const each of this.sessions) each.isBlocked = false;
    if (/pg_terminate_backend/.test(statement.text)) this.#terminate(statement.values[0]);
    return answer;
  }

  /** The client learns of its line's end; the server's end goes on with what it was sent. */
  breakLine(session: SimSession, error: unknown): void {
    session.isConnected = false;
    const waiting = [...session.outbox.map(({ statement }) => statement), ...session.queue];
    session.outbox.length = 0;
    for (const statement of waiting) statement.answer({ error });
  }

  /** The server process ends: what it was doing is rolled back, what it was sent is dropped. */
  async end(session: SimSession): Promise<void> {
    if (session.isConnected) this.breakLine(session, new Error('Connection terminated'));
    session.queue.length = 0;
    this.sessions.delete(session);
    await this.database.endProcess(session);
    for (const each of this.sessions) each.isBlocked = false;
  }

  #terminate(processId: unknown): void {
    for (const session of this.sessions) {
      if (session.processId === processId) session.isDoomed = true;
    }
  }
}

function refused(): Answer {
  return { error: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }) };
}
