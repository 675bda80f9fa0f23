import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../../kernel/index.ts';
import type { Engine } from './engine.ts';
import { runAs, spawnOptionsFor } from './engine-user.ts';
import { readPostmasterFile } from './postmaster-file.ts';
import { isServerOf } from './processes.ts';

/** The superuser of an embedded cluster. */
export const SUPERUSER = 'farebox';

export const POLL_MS = 10;
const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 60_000;
const LOG_LIMIT_BYTES = 10_000_000;

/** Makes an empty cluster: UTF-8, byte order for text, page checksums, local access only. */
export async function initializeCluster(
  engine: Engine,
  cluster: string,
  extra: readonly string[] = [],
): Promise<void> {
  const result = await runAs(engine.user, join(engine.binFolder, 'initdb'), [
    `--pgdata=${cluster}`,
    `--username=${SUPERUSER}`,
    '--encoding=UTF8',
    '--locale=C',
    '--data-checksums',
    '--no-instructions',
    // One call instead of opening each of a thousand files.
    ...(process.platform === 'linux' ? ['--sync-method=syncfs'] : []),
    ...extra,
  ]);
  if (result.code === 0) return;
  throw new Fault({
    code: 'engine_failed',
    status: 500,
    message: `PostgreSQL could not create its files in ${cluster}: ${result.output.trim()}`,
  });
}

/**
 * Starts the server on a cluster and waits until it takes connections; recovery after a crash is
 * part of that. Its messages go to `logFile`. It lives on when we die. Returns its process id;
 * throws a Fault `engine_failed` with what the server said.
 */
export async function startPostmaster(
  engine: Engine,
  options: {
    readonly cluster: string;
    readonly settings: Readonly<Record<string, string>>;
    readonly logFile: string;
  },
): Promise<number> {
  const { cluster, logFile } = options;
  const settings = Object.entries(options.settings).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const before = await stat(logFile).catch(() => undefined);
  if (before !== undefined && before.size > LOG_LIMIT_BYTES) {
    await rename(logFile, `${logFile}.old`);
  }
  const log = await open(logFile, 'a', 0o600);
  const logStart = (await log.stat()).size;
  const child = spawn(join(engine.binFolder, 'postgres'), ['-D', cluster, ...settings], {
    ...spawnOptionsFor(engine.user),
    stdio: ['ignore', log.fd, log.fd],
    // A Ctrl-C in our terminal is for us: the database must outlive the last settlement.
    detached: true,
  });
  child.on('error', () => undefined); // Seen as a missing pid below.
  child.unref();
  await log.close();
  if (child.pid !== undefined && (await waitUntilReady(child, cluster))) return child.pid;
  child.kill('SIGQUIT');
  const said = (await readFile(logFile)).subarray(logStart).toString('utf8').trim();
  throw new Fault({
    code: 'engine_failed',
    status: 500,
    message:
      `PostgreSQL did not start in ${cluster}. Its log (${logFile}) says: ` +
      `${said.slice(-2000) || 'nothing'}`,
  });
}

async function waitUntilReady(child: ChildProcess, cluster: string): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += POLL_MS) {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    const file = await readPostmasterFile(cluster);
    if (file?.pid === child.pid && file?.status === 'ready') return true;
    await delay(POLL_MS);
  }
  return false;
}

/**
 * Stops the server of a cluster, whoever started it: everybody is disconnected, and all is on the
 * disk when this returns. Does nothing when none runs.
 */
export async function stopPostmaster(engine: Engine, cluster: string): Promise<void> {
  const file = await readPostmasterFile(cluster);
  if (file === undefined || !(await isServerOf(cluster, file.pid))) return;
  if (process.platform === 'win32') {
    await runAs(engine.user, join(engine.binFolder, 'pg_ctl'), [
      'stop',
      '-D',
      cluster,
      '-m',
      'fast',
    ]);
    return;
  }
  process.kill(file.pid, 'SIGINT'); // PostgreSQL's "fast shutdown"
  for (let waitedMs = 0; waitedMs < STOP_TIMEOUT_MS; waitedMs += POLL_MS) {
    if (!(await isServerOf(cluster, file.pid))) return;
    await delay(POLL_MS);
  }
  throw new Fault({
    code: 'engine_failed',
    status: 500,
    message:
      `PostgreSQL (process ${file.pid}) is still shutting down after ${STOP_TIMEOUT_MS / 1000} ` +
      's. It goes on by itself; the next start waits for it.',
  });
}
