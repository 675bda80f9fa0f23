import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../kernel/index.ts';
import type { Db } from './connect.ts';

/** A session that listens to one channel, opened again whenever it breaks. */
export interface Listener {
  /** False while notifications may be missed, or be late. */
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
  /** Called each time {@link Listener.isListening} turns; after true, nothing was missed. */
  onTurn?(isListening: boolean): void;
  readonly log: Log;
  /** How often the line is tried; without an answer until the next time it is doubted: 400 ms. */
  readonly checkEveryMs?: number;
  /** How long a line may be silent before it is given up for a new one: 5 s. */
  readonly giveUpAfterMs?: number;
}

const CHECK_EVERY_MS = 400;
const GIVE_UP_AFTER_MS = 5_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;

/** Listens until it is closed, on a connection outside the pool; returns at once. */
export function listen(options: ListenOptions): Listener {
  const { db, channel, onMessage, onReconnect, log } = options;
  const stop = new AbortController();
  let isListening = false;
  const turn = (to: boolean) => {
    if (isListening === to) return;
    isListening = to;
    options.onTurn?.(to);
  };

  /** One session, from its opening to its end. */
  async function listenOnce(): Promise<void> {
    const connection = await db.connection();
    try {
      connection.onNotification(onMessage);
      const ask = () => connection.query(`listen ${channel}`);
      await ask();
      onReconnect();
      turn(true);
      await untilOver(connection.ended, { ...options, ask, turn, signal: stop.signal });
    } finally {
      turn(false);
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
 * Notifications come before the answer to what was asked after them: an answer clears a doubt.
 */
function untilOver(
  ended: Promise<void>,
  options: Pick<ListenOptions, 'checkEveryMs' | 'giveUpAfterMs'> & {
    ask(): Promise<unknown>;
    turn(isListening: boolean): void;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { ask, turn, signal, checkEveryMs = CHECK_EVERY_MS } = options;
  const mostSilent = Math.ceil((options.giveUpAfterMs ?? GIVE_UP_AFTER_MS) / checkEveryMs);
  return new Promise((resolve) => {
    let unanswered = 0;
    let isOver = false;
    const timer = setInterval(() => {
      unanswered += 1;
      if (unanswered > mostSilent) return finish();
      if (unanswered > 1) return turn(false);
      ask().then(() => {
        unanswered = 0;
        if (!isOver) turn(true);
      }, finish);
    }, checkEveryMs);
    timer.unref();
    function finish(): void {
      isOver = true;
      clearInterval(timer);
      resolve();
    }
    ended.then(finish);
    if (signal.aborted) finish();
    signal.addEventListener('abort', finish, { once: true });
  });
}
