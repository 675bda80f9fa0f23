import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../kernel/index.ts';
import type { Db } from './connect.ts';

/** A session that listens to one channel, opened again whenever it breaks. */
export interface Listener {
  /** False while notifications may be missed. */
  readonly isListening: boolean;
  close(): Promise<void>;
}

interface ListenOptions {
  readonly db: Pick<Db, 'connection'>;
  /** An SQL identifier, written into the statement as it is. */
  readonly channel: string;
  onMessage(payload: string): void;
  /**
   * Called each time listening has begun, the first time included: what was sent before is lost,
   * so that everything known must be read anew.
   */
  onReconnect(): void;
  readonly log: Log;
  /** How often the line is tried; without an answer until the next time it is given up: 5 s. */
  readonly checkEveryMs?: number;
}

const CHECK_EVERY_MS = 5_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

/** Listens until it is closed, on a connection outside the pool; returns at once. */
export function listen(options: ListenOptions): Listener {
  const { db, channel, onMessage, onReconnect, log } = options;
  const checkEveryMs = options.checkEveryMs ?? CHECK_EVERY_MS;
  const stop = new AbortController();
  let isListening = false;

  /** One session, from its opening to its end. */
  async function listenOnce(): Promise<void> {
    const connection = await db.connection();
    try {
      connection.onNotification(onMessage);
      const ask = () => connection.query(`listen ${channel}`);
      await ask();
      isListening = true;
      onReconnect();
      await untilOver(connection.ended, ask, checkEveryMs, stop.signal);
    } finally {
      isListening = false;
      await connection.close().catch(() => undefined);
    }
  }

  async function run(): Promise<void> {
    let waitMs = FIRST_WAIT_MS;
    while (!stop.signal.aborted) {
      try {
        await listenOnce();
        waitMs = FIRST_WAIT_MS;
        if (!stop.signal.aborted) log.warn({ channel }, 'Lost the listening connection.');
      } catch (error) {
        waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
        log.warn({ err: error, channel }, 'Could not listen to the database.');
      }
      await delay(waitMs, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    get isListening() {
      return isListening;
    },
    close: async () => {
      stop.abort();
      await running;
    },
  };
}

/**
 * Resolves when the session has ended, we are to stop, or the line is dead without a word: it is
 * tried by asking to listen once more, which changes nothing and names the session in the server.
 */
function untilOver(
  ended: Promise<void>,
  ask: () => Promise<unknown>,
  checkEveryMs: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    let answered = true;
    const timer = setInterval(() => {
      if (!answered) return finish();
      answered = false;
      ask().then(() => {
        answered = true;
      }, finish);
    }, checkEveryMs);
    timer.unref();
    function finish(): void {
      clearInterval(timer);
      resolve();
    }
    ended.then(finish);
    if (signal.aborted) finish();
    signal.addEventListener('abort', finish, { once: true });
  });
}
