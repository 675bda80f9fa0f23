import { Worker } from 'node:worker_threads';

export interface TokenWorker {
  /** The tokens of all pieces; undefined when the worker failed or was closed. */
  count(pieces: readonly string[]): Promise<number | undefined>;
  close(): Promise<void>;
}

/**
 * The worker's whole program. It is a text and no file because a worker's file has another name
 * in the sources than in the build, and Node 20 cannot run the one in the sources.
 */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const { countTokens } = require(workerData.encodingPath);
const options = { disallowedSpecial: new Set() };
parentPort.on('message', (pieces) => {
  let count = 0;
  for (const piece of pieces) count += countTokens(piece, options);
  parentPort.postMessage(count);
});
`;

interface Job {
  readonly pieces: readonly string[];
  readonly resolve: (count: number | undefined) => void;
}

/**
 * A thread that counts tokens, one job at a time and in order, so that no more than one job's
 * text exists twice. It starts with the first job and does not keep the process alive while idle.
 * When it dies, the job it was at fails and the next one starts another.
 */
export function createTokenWorker(encodingPath: string): TokenWorker {
  const waiting: Job[] = [];
  let worker: Worker | undefined;
  let current: Job | undefined;
  let isClosed = false;

  function startWorker(): Worker {
    const started = new Worker(PROGRAM, { eval: true, workerData: { encodingPath } });
    started.on('message', (count: number) => finish(count));
    // An error is always followed by an exit; without a listener it would end the process.
    started.on('error', () => {});
    started.on('exit', () => {
      if (worker !== started) return;
      worker = undefined;
      finish(undefined);
    });
    return started;
  }

  function finish(count: number | undefined): void {
    current?.resolve(count);
    current = undefined;
    worker?.unref();
    next();
  }

  function next(): void {
    if (current !== undefined) return;
    current = waiting.shift();
    if (current === undefined) return;
    worker ??= startWorker();
    worker.ref();
    worker.postMessage(current.pieces);
  }

  return {
    count: (pieces) =>
      new Promise((resolve) => {
        if (isClosed) {
          resolve(undefined);
          return;
        }
        waiting.push({ pieces, resolve });
        next();
      }),
    close: async () => {
      isClosed = true;
      const closing = worker;
      worker = undefined;
      for (const job of [...(current ? [current] : []), ...waiting.splice(0)]) {
        job.resolve(undefined);
      }
      current = undefined;
      await closing?.terminate();
    },
  };
}
