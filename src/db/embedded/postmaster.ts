import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from '../../kernel/index.ts';
import type { Engine } from './engine.ts';
import { runAs, spawnOptionsFor } from './engine-user.ts';
import { readPostmasterFile } from './postmaster-file.ts';

/** The superuser and the port of an embedded cluster: the port only names the socket. */
export const SUPERUSER = 'farebox';
export const SOCKET_PORT = 5432;

const POLL_MS = 10;
const START_TIMEOUT_MS = 120_000;

/** A server that is our child. */
export interface Postmaster {
  readonly pid: number;
  /** Resolves when the process has ended. */
  readonly exited: Promise<void>;
  /** Disconnects everybody, stops cleanly and waits for the end. */
  stop(): Promise<void>;
}

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
    '--auth=trust',
    '--no-instructions',
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
 * part of that. Its messages go to `logFile`, which outlives us as it may.
 */
export async function startPostmaster(
  engine: Engine,
  options: {
    readonly cluster: string;
    readonly settings: Readonly<Record<string, string>>;
    readonly logFile: string;
  },
): Promise<Postmaster> {
  const { cluster, logFile } = options;
  const settings = Object.entries(options.settings).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const log = await open(logFile, 'a', 0o600);
  const logStart = (await log.stat()).size;
  const child = spawn(join(engine.binFolder, 'postgres'), ['-D', cluster, ...settings], {
    ...spawnOptionsFor(engine.user),
    stdio: ['ignore', log.fd, log.fd],
    // A Ctrl-C in our terminal is for us: the database must outlive the last settlement.
    detached: true,
  });
  const exited = new Promise<void>((resolve) => {
    child.on('exit', () => resolve());
    child.on('error', () => resolve());
  });
  await log.close();
  const ready = await waitUntilReady(child, cluster);
  if (!ready || child.pid === undefined) {
    child.kill('SIGQUIT');
    const said = (await readFile(logFile)).subarray(logStart).toString('utf8').trim();
    throw new Fault({
      code: 'engine_failed',
      status: 500,
      message: `PostgreSQL did not start in ${cluster}. Its log (${logFile}) says: ${said.slice(-2000) || 'nothing'}`,
    });
  }
  child.unref();
  return {
    pid: child.pid,
    exited,
    stop: async () => {
      child.ref(); // Or this process may end before that one.
      child.kill('SIGINT'); // "fast shutdown"
      await exited;
    },
  };
}

async function waitUntilReady(child: ChildProcess, cluster: string): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < START_TIMEOUT_MS; waitedMs += POLL_MS) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) break;
    const file = await readPostmasterFile(cluster);
    if (file?.pid === child.pid && file.status === 'ready') return true;
    await delay(POLL_MS);
  }
  return false;
}
