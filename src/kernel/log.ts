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
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    destination,
  );
}
