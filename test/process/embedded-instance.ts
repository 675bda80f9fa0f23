import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectDatabase, type Db, openEmbedded } from '../../src/db/index.ts';
import { createLog, systemClock } from '../../src/kernel/index.ts';
import { type ServerProcess, startServer, stopServer } from './server.ts';

/** What is killed: our process, its PostgreSQL, or both in one moment. */
export const TARGETS = ['server', 'database', 'both'] as const;
export type Target = (typeof TARGETS)[number];

/** A server process with the PostgreSQL that it brings, on a data folder of its own. */
export interface EmbeddedInstance {
  /** The process of now: another one after each start. */
  readonly server: ServerProcess;
  /** The example customer's key. */
  readonly key: string;
  kill(target: Target): Promise<void>;
  /** Starts a server anew on the same data, once the killed one is gone. */
  restart(): Promise<void>;
  /** Works on its database, as a command of the operator's does. */
  withDatabase<T>(work: (db: Db) => Promise<T>): Promise<T>;
  remove(): Promise<void>;
}

export async function startEmbeddedInstance(): Promise<EmbeddedInstance> {
  const folder = await mkdtemp(join(tmpdir(), 'farebox-kill-'));
  execFileSync('chmod', ['755', folder]);
  const dataFolder = join(folder, 'data');
  let server = await startServer({ dataFolder });
  return {
    get server() {
      return server;
    },
    key: server.greeting.key ?? '',
    kill: async (target) => {
      const pidFile = await readFile(join(dataFolder, 'postgres', 'postmaster.pid'), 'utf8');
      const postmaster = Number(pidFile.split('\n')[0]);
      if (target !== 'server') process.kill(postmaster, 'SIGKILL');
      if (target !== 'database') server.kill('SIGKILL');
    },
    restart: async () => {
      await server.exited;
      server = await startServer({ dataFolder });
    },
    withDatabase: async (work) => {
      const log = createLog('silent');
      const embedded = await openEmbedded({ dataFolder, role: 'tool', clock: systemClock, log });
      const db = connectDatabase({ address: embedded.address, maxConnections: 2, log });
      try {
        return await work(db);
      } finally {
        await db.close();
        await embedded.close();
      }
    },
    remove: async () => {
      await stopServer(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
