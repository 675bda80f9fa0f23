import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

/**
 * The program's log: one JSON line an event on the stream that is handed in (stderr by default).
 * Anything that looks like a credential is removed by name before it is written.
 */
export function createLog(level: string, destination: DestinationStream = process.stderr): Log {
  return pino(
    {
      level,
      base: null,
      redact: {
        paths: ['authorization', '*.authorization', 'key', '*.key', 'secret', '*.secret'],
        censor: '[removed]',
      },
      serializers: { err: describeError },
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    destination,
  );
}

/** A driver hangs its whole connection on an error; only what describes the error is written. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return String(error);
  const { name, message, stack } = error;
  const code = 'code' in error ? error.code : undefined;
  const cause = error.cause === undefined ? undefined : describeError(error.cause);
  return { type: name, message, code, stack, cause };
}
