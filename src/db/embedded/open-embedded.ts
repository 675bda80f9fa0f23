import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Log } from '../../kernel/index.ts';
import type { DatabaseAddress } from '../address.ts';
import type { Connection } from '../connect.ts';
import { isConnectionLost } from '../connection-lost.ts';
import { findEngine } from './engine.ts';
import { ensureRunning, type Place } from './ensure-running.ts';
import { prepareFolders, removeSocketFolder } from './folders.ts';
import { stopPostmaster } from './postmaster.ts';
import { isAlone, openSession } from './session.ts';

/** The database of a data folder, up and running. */
export interface Embedded {
  readonly address: DatabaseAddress;
  /**
   * Lets go of it; close every {@link Db} on it before. A server stops the database. A tool stops
   * it only when nobody else is connected.
   */
  close(): Promise<void>;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Opens the PostgreSQL that comes with us on a data folder, starting or adopting it. There is one
 * `server` a folder, which restarts the database when it dies; any number of `tool`s may come and
 * go beside it or without it. Throws Faults that say what to do: `data_folder_in_use`,
 * `data_folder_unusable`, `data_folder_foreign`, `engine_missing`, `engine_unusable`,
 * `engine_user_missing`, `engine_failed`.
 */
export async function openEmbedded(options: {
  readonly dataFolder: string;
  readonly role: 'server' | 'tool';
  /** How many connections the database takes at least, should it have to be started: 60. */
  readonly maxConnections?: number;
  readonly clock: Clock;
  readonly log: Log;
}): Promise<Embedded> {
  const { role, clock, log } = options;
  const folders = await prepareFolders(options.dataFolder);
  const engine = await findEngine(folders.user, folders.engine);
  const { maxConnections = 0 } = options;
  const place: Place = { folders, engine, clock, log, maxConnections };
  const { address, session } = await enter(place, role);
  const keeper = role === 'server' ? keepRunning(place, session) : undefined;
  return {
    address,
    close: async () => {
      const current = keeper === undefined ? session : await keeper.stop();
      const leave = role === 'tool' && current !== undefined && !(await isAlone(current));
      await current?.close();
      if (leave) return;
      await stopPostmaster(engine, folders.cluster);
      await removeSocketFolder(folders);
    },
  };
}

/** Brings the database up and takes our place at it. */
async function enter(place: Place, role: 'server' | 'tool') {
  for (;;) {
    const address = await ensureRunning(place);
    try {
      return { address, session: await openSession(address, role) };
    } catch (error) {
      // A tool that thought itself alone may have stopped it just now.
      if (!isConnectionLost(error)) throw error;
    }
  }
}

/** Watches over the session of a server: when it ends, whatever died is brought back. */
function keepRunning(place: Place, first: Connection) {
  const closing = new AbortController();
  const closed = new Promise<void>((resolve) => {
    closing.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  let session: Connection | undefined = first;
  const watch = async () => {
    while (!closing.signal.aborted) {
      await Promise.race([session?.ended, closed]);
      if (closing.signal.aborted) return;
      place.log.warn('The embedded PostgreSQL went away; starting it again.');
      session = await enterAgain(place, closing.signal);
    }
  };
  const watching = watch();
  return {
    /** Stops watching and hands back the session, if there is one. */
    stop: async (): Promise<Connection | undefined> => {
      closing.abort();
      await watching;
      return session;
    },
  };
}

async function enterAgain(place: Place, signal: AbortSignal): Promise<Connection | undefined> {
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs *= 2) {
    try {
      const { session } = await enter(place, 'server');
      place.log.warn('The embedded PostgreSQL is back.');
      return session;
    } catch (error) {
      place.log.error({ err: error }, 'The embedded PostgreSQL cannot be started; trying again.');
    }
    const pause = Math.min(pauseMs, LONGEST_PAUSE_MS);
    await delay(pause, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}
