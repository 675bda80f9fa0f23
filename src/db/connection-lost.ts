/** SQLSTATEs with which a server sends us away although the statement was not at fault. */
const STATES = new Set([
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now: starting up or shutting down
  '57P05', // idle_session_timeout
  '25P03', // idle_in_transaction_session_timeout
  '53300', // too_many_connections
]);

/** Errors of the operating system on the way to the server. */
const SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** The driver gives these no code. */
const DRIVER_MESSAGES = [
  'Connection terminated',
  'Client has encountered a connection error',
  'Client was closed',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Query read timeout',
];

/**
 * Whether the server went away, refused, is starting up or was told to stop: the statement's fate
 * is unknown, and the same statement may well succeed on a new connection. A statement that was
 * refused or timed out by a living server is not that.
 */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, syscall } = error as Error & { code?: unknown; syscall?: unknown };
  if (typeof code === 'string') {
    if (STATES.has(code) || code.startsWith('08') || SYSTEM_CODES.has(code)) return true;
    // A unix socket that is not there yet, or whose queue is full.
    if (syscall === 'connect' && (code === 'ENOENT' || code === 'EAGAIN')) return true;
  }
  if (DRIVER_MESSAGES.some((message) => error.message.startsWith(message))) return true;
  return error.cause !== undefined && isConnectionLost(error.cause);
}

/**
 * Whether the same statement may well succeed a moment later: the connection was lost, or the
 * server chose the statement as a deadlock's victim, is short of something, or took too long.
 */
export function isPassing(error: unknown): boolean {
  // Classes of SQLSTATE: 40 rolled back (deadlock), 53 out of something (a full disk is one), 55
  // not in the right state (a lock not to be had), 57 an operator's act (a time-out is one).
  return isConnectionLost(error) || /^(40|53|55|57)/.test(sqlState(error));
}

/** The SQLSTATE that the server gave an error; empty when it was not the server's. */
export function sqlState(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
