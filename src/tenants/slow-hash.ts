import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { Random } from '../kernel/index.ts';

/** bcrypt, in a thread of its own: one text takes it about a tenth of a second. */
export interface SlowHash {
  /** What is stored of a text, with 16 random bytes. Rejects when the thread died. */
  hash(text: string, salt: Uint8Array): Promise<string>;
  /** Whether that is what was stored of this text. Rejects when the thread died. */
  matches(text: string, stored: string): Promise<boolean>;
  /** Ends the thread; what is still waiting is rejected. */
  close(): Promise<void>;
}

/** 2^10 rounds, as bcrypt's users know it. The text is random, so that more would add nothing. */
const SETTING = '$2b$10$';
const SALT_BYTES = 16;

/**
 * The worker's whole program. It is a text and no file because a worker's file has another name
 * in the sources than in the build, and Node 20 cannot run the one in the sources.
 */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const { compareSync, encodeBase64, hashSync } = require(workerData.bcryptPath);
parentPort.on('message', ({ text, stored, salt }) => {
  parentPort.postMessage(stored === undefined
    ? hashSync(text, workerData.setting + encodeBase64(salt, salt.length))
    : compareSync(text, stored));
});
`;

interface Job {
  readonly task: { readonly text: string; readonly stored?: string; readonly salt?: Uint8Array };
  readonly resolve: (answer: string | boolean) => void;
  readonly reject: (error: Error) => void;
}

/** Works one job at a time, in order. The thread begins with the first job. */
export function createSlowHash(): SlowHash {
  const waiting: Job[] = [];
  let worker: Worker | undefined;
  let current: Job | undefined;

  function start(): Worker {
    const bcryptPath = createRequire(import.meta.url).resolve('bcryptjs');
    const workerData = { bcryptPath, setting: SETTING };
    const started = new Worker(PROGRAM, { eval: true, workerData });
    started.on('message', (answer: string | boolean) => {
      current?.resolve(answer);
      goOn();
    });
    // An error is always followed by an exit; without a listener it would end the process.
    started.on('error', () => {});
    started.on('exit', () => {
      if (worker !== started) return;
      worker = undefined;
      current?.reject(new Error('the thread that hashes keys has died'));
      goOn();
    });
    return started;
  }

  function goOn(): void {
    current = undefined;
    worker?.unref();
    next();
  }

  function next(): void {
    if (current !== undefined) return;
    current = waiting.shift();
    if (current === undefined) return;
    worker ??= start();
    worker.ref();
    worker.postMessage(current.task);
  }

  const ask = (task: Job['task']) =>
    new Promise<string | boolean>((resolve, reject) => {
      waiting.push({ task, resolve, reject });
      next();
    });
  return {
    hash: async (text, salt) => String(await ask({ text, salt })),
    matches: async (text, stored) => (await ask({ text, stored })) === true,
    close: async () => {
      const closing = worker;
      worker = undefined;
      for (const job of [...(current ? [current] : []), ...waiting.splice(0)]) {
        job.reject(new Error('the thread that hashes keys was ended'));
      }
      current = undefined;
      await closing?.terminate();
    },
  };
}

/** Hashes one text in a thread that ends with it. */
export async function hashSlowly(text: string, random: Random): Promise<string> {
  const slowHash = createSlowHash();
  try {
    return await slowHash.hash(text, random(SALT_BYTES));
  } finally {
    await slowHash.close();
  }
}
