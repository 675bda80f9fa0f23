import { hostname } from 'node:os';
import { type App, startApp } from './app.ts';
import { hasOperator, setupToken } from './auth/index.ts';
import type { Config } from './config.ts';
import { seedNewInstance } from './editions/index.ts';
import { greet } from './greet.ts';
import { type Instance, joinInstance, openInstance } from './instance.ts';
import { Fault, type Log } from './kernel/index.ts';
import { createLedger } from './ledger/index.ts';
import { type ParentLine, startWorkers } from './workers.ts';

export interface StartOptions {
  readonly config: Config;
  readonly version: string;
  readonly log: Log;
  /** One line of JSON instead of the readable greeting. */
  readonly json: boolean;
  /** Set up no example platform on a new database. */
  readonly empty: boolean;
  write(text: string): void;
  /** Resolves when the process is told to stop. */
  readonly stopped: Promise<string>;
}

/**
 * Serves an instance until it is told to stop, in this process or in several of which it is the
 * parent; resolves when everything is settled and closed.
 */
export async function start(options: StartOptions): Promise<void> {
  const { config, log } = options;
  const instance = await openInstance(config, 'server', log);
  try {
    const seeded = options.empty ? undefined : await seedNewInstance(instance.db, instance);
    // Before it serves: what failed after that would leave a server that nobody told of.
    const token = (await hasOperator(instance.db)) ? undefined : setupToken(instance.secrets);
    const serving =
      config.workers === 1
        ? await serveHere(instance, options)
        : await serveByWorkers(instance, options);
    greet({ ...options, port: serving.port, seeded, setupToken: token });
    log.info({ reason: await options.stopped }, STOPPING);
    await serving.stop();
  } finally {
    await instance.close();
  }
}

/** Serves as one of several processes, on the database that the parent keeps open. */
export async function startWorker(
  options: Pick<StartOptions, 'config' | 'version' | 'log'>,
  parent: ParentLine,
): Promise<void> {
  const job = await parent.job;
  if (job === undefined) return parent.leave();
  const { port, database } = job;
  const instance = joinInstance(options.config, database, options.log);
  try {
    const serving = await serveHere(instance, { ...options, config: { ...options.config, port } });
    await parent.ready();
    options.log.info({ reason: await parent.stopped }, STOPPING);
    await serving.stop();
  } catch (error) {
    await parent.failed(error);
  } finally {
    await instance.close();
    parent.leave();
  }
}

const STOPPING = 'Stopping: no new requests, running streams may end.';

interface Serving {
  readonly port: number;
  stop(): Promise<void>;
}

async function serveHere(
  instance: Instance,
  options: Pick<StartOptions, 'config' | 'version' | 'log'>,
): Promise<Serving> {
  const { config, log } = options;
  const app = await listen(instance, config, options.version);
  return {
    port: app.port,
    stop: async () => {
      const cut = await app.close(config.shutdownSeconds * 1_000);
      if (cut > 0) log.warn({ cut }, 'Answers that did not end in time were cut and settled.');
    },
  };
}

async function listen(instance: Instance, config: Config, version: string): Promise<App> {
  const { host, port } = config;
  try {
    return await startApp(instance, { ...config, version });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Fault({
      code: 'port_in_use',
      status: 500,
      message: `Port ${port} of ${host} is taken by another program. Set PORT to a free one.`,
      cause: error,
    });
  }
}

async function serveByWorkers(instance: Instance, options: StartOptions): Promise<Serving> {
  const { config, log } = options;
  const { workers, host, port } = config;
  if (instance.isSoleServer) await resolveWhatACrashLeft(instance);
  const database = config.databaseUrl === undefined ? instance.db.address : undefined;
  return startWorkers({ count: workers, host, job: { port, database }, log });
}

/** Before the first worker begins: only now is nobody else alive for certain. */
async function resolveWhatACrashLeft(instance: Instance): Promise<void> {
  const self = { host: hostname(), pid: process.pid, soleServer: true };
  const ledger = await createLedger({ ...instance, ...self });
  await ledger.close();
}
