import cluster, { type Worker } from 'node:cluster';
import { createServer } from 'node:net';
import type { DatabaseAddress } from './db/index.ts';
import { Fault, type Log } from './kernel/index.ts';

/** What a worker is told to do; anything that JSON can carry. */
export interface Job {
  readonly port: number;
  /** The embedded database, which the parent runs; undefined with one of the operator's own. */
  readonly database: DatabaseAddress | undefined;
}

/** Processes that serve one port together, and are started again when they die. */
export interface Workers {
  readonly port: number;
  /** Tells all of them to stop, and resolves when they have. */
  stop(): Promise<void>;
}

type ToWorker = { readonly serve: Job } | { readonly stop: true };
type FromWorker =
  | { readonly listening: true }
  | { readonly ready: true }
  | { readonly failed: { readonly code: string; readonly message: string } };

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5_000;
/** Whoever has served for so long did not die of its start. */
const SETTLED_MS = 30_000;

/**
 * Starts `count` workers: copies of this process that find out by {@link joinParent} that they are.
 * This one accepts connections and deals them out in turn; it sees no data. Resolves when all
 * serve. Rejects with the first worker's Fault when one cannot; then none is left.
 */
export async function startWorkers(options: {
  readonly count: number;
  readonly host: string;
  readonly job: Job;
  readonly log: Log;
}): Promise<Workers> {
  const { count, host, log } = options;
  // One number for all times: a worker that is started again must find its siblings' port.
  const port = options.job.port === 0 ? await findFreePort(host) : options.job.port;
  const job = { ...options.job, port };
  const slots = Array.from({ length: count }, () => createSlot(job, log));
  const killAll = () => {
    for (const slot of slots) slot.kill();
  };
  process.on('exit', killAll);
  const stop = async () => {
    await Promise.all(slots.map((slot) => slot.stop()));
    process.off('exit', killAll);
  };
  try {
    await Promise.all(slots.map((slot) => slot.started));
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
}

/** The place of one worker, and whoever has it now. */
function createSlot(job: Job, log: Log) {
  let worker: Worker;
  let isStopping = false;
  let waitMs = FIRST_WAIT_MS;
  let restart: NodeJS.Timeout | undefined;
  let gone: Promise<void> = Promise.resolve();

  /** Resolves when the worker serves; rejects when it cannot. */
  function begin(): Promise<void> {
    worker = cluster.fork();
    const settled = setTimeout(() => {
      waitMs = FIRST_WAIT_MS;
    }, SETTLED_MS);
    settled.unref();
    gone = new Promise((resolve) => {
      worker.once('exit', (code, signal) => {
        clearTimeout(settled);
        resolve();
        onExit(code, signal);
      });
    });
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        // What is said before anybody listens is lost.
        if ('listening' in message) tell(worker, isStopping ? { stop: true } : { serve: job });
        else if ('ready' in message) resolve();
        else reject(new Fault({ ...message.failed, status: 500 }));
      });
      gone.then(() => reject(new Error('A worker ended before it served.')));
    });
  }

  let hasServed = false;
  function onExit(code: number | null, signal: string | null): void {
    if (isStopping || !hasServed) return;
    const facts = { worker: worker.process.pid, code, signal };
    log[code === 0 ? 'info' : 'error'](facts, 'A worker ended; starting another.');
    restart = setTimeout(() => {
      begin().catch((err) => log.error({ err }, 'A worker could not be started; trying again.'));
    }, waitMs);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }

  const started = begin().then(() => {
    hasServed = true;
  });
  return {
    started,
    kill: () => void worker.process.kill('SIGKILL'),
    stop: async () => {
      isStopping = true;
      clearTimeout(restart);
      tell(worker, { stop: true });
      await gone;
    },
  };
}

/** Says it to a worker, which may be gone already. */
function tell(worker: Worker, message: ToWorker): void {
  if (worker.isConnected()) worker.send(message, () => undefined);
}

function findFreePort(host: string): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** A worker's line to its parent. */
export interface ParentLine {
  /** Undefined when it is to stop before it has begun. */
  readonly job: Promise<Job | undefined>;
  /** Resolves when this worker is to stop: it was told, or its parent is gone. */
  readonly stopped: Promise<string>;
  ready(): Promise<void>;
  failed(error: unknown): Promise<void>;
  /** Lets go of the parent; to be called last, for the line keeps the process alive. */
  leave(): void;
}

/** The line to the parent when this process is a worker; undefined when it is not. */
export function joinParent(): ParentLine | undefined {
  const { worker } = cluster;
  if (worker === undefined) return undefined;
  const say = (message: FromWorker) =>
    new Promise<void>((resolve) => {
      worker.send(message, () => resolve());
    });
  const stopped = new Promise<string>((resolve) => {
    worker.on('message', (message: ToWorker) => {
      if ('stop' in message) resolve('the parent process said so');
    });
    worker.on('disconnect', () => {
      // Or node would end this process at once, and with it the streams that still run.
      worker.exitedAfterDisconnect = true;
      resolve('the parent process is gone');
    });
    process.on('SIGTERM', () => resolve('SIGTERM'));
    // From a terminal it goes to every process: the parent has it too, and says when to stop.
    process.on('SIGINT', () => undefined);
  });
  const job = new Promise<Job | undefined>((resolve) => {
    worker.on('message', (message: ToWorker) => {
      if ('serve' in message) resolve(message.serve);
    });
    stopped.then(() => resolve(undefined));
  });
  void say({ listening: true });
  return {
    job,
    stopped,
    ready: () => say({ ready: true }),
    failed: (error) => {
      const { code, message } = error instanceof Fault ? error : plain(error);
      return say({ failed: { code, message } });
    },
    leave: () => {
      if (process.connected) process.disconnect();
    },
  };
}

function plain(error: unknown): { code: string; message: string } {
  return { code: 'worker_failed', message: error instanceof Error ? error.message : String(error) };
}
