import { setTimeout as delay } from 'node:timers/promises';
import { isPassing } from './connection-lost.ts';

const RETRY_MS = 50;

/**
 * Repeats a read while the database is away, for `patienceMs` at most; then rejects with what came
 * last, or as a lost connection when nothing came at all.
 */
export async function readPatiently<T>(patienceMs: number, read: () => Promise<T>): Promise<T> {
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      isOver = true;
      reject(Object.assign(new Error('The database does not answer.'), { code: 'ETIMEDOUT' }));
    }, patienceMs);
  });
  const keepReading = async () => {
    for (;;) {
      try {
        return await read();
      } catch (error) {
        if (isOver || !isPassing(error)) throw error;
      }
      await delay(RETRY_MS);
    }
  };
  try {
    return await Promise.race([keepReading(), silence]);
  } finally {
    clearTimeout(timer);
  }
}
