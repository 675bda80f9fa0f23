const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;
/** Who is told to wait for longer is better off with the error. */
const LONGEST_ASKED_WAIT_MS = 60_000;

/** A fraction from 0 to 1 by chance. */
export const chance = () => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;

/**
 * How long to wait before a refused request is sent again, in milliseconds; undefined when that is
 * in vain. The server's word goes first: `x-should-retry`, then `retry-after`.
 */
export function waitAfter(response: Response, tries: number, nowMs: number): number | undefined {
  const { headers, status } = response;
  const word = headers.get('x-should-retry');
  const asked = askedWait(headers, nowMs);
  if (word === 'false') return undefined;
  if (asked !== undefined && asked > LONGEST_ASKED_WAIT_MS) return undefined;
  // A conflict passes by itself only when the server says so.
  const passes = status === 408 || status === 429 || status >= 500;
  if (word !== 'true' && !passes && !(status === 409 && asked !== undefined)) return undefined;
  return asked ?? backoff(tries);
}

/** Twice as long each time, and not all clients at once. */
export function backoff(tries: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** tries, LONGEST_WAIT_MS) * (1 - chance() / 4);
}

function askedWait(headers: Headers, nowMs: number): number | undefined {
  const inMs = Number(headers.get('retry-after-ms') ?? Number.NaN);
  if (inMs >= 0) return inMs;
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const seconds = Number(text);
  if (seconds >= 0) return seconds * 1_000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

/** Waits, unless the signal ends it: then it rejects with the signal's reason. */
export function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
