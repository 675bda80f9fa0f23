import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, chown, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findEngine } from '../src/db/embedded/engine.ts';
import { chooseEngineUser } from '../src/db/embedded/engine-user.ts';
import { makePrivateFolder } from '../src/db/embedded/folders.ts';
import {
  initializeCluster,
  SUPERUSER,
  startPostmaster,
  stopPostmaster,
} from '../src/db/embedded/postmaster.ts';
import type { DatabaseAddress } from '../src/db/index.ts';

/** A PostgreSQL of a test's own, on a unix socket in a temporary folder. */
export interface PostgresServer {
  readonly address: DatabaseAddress;
  start(): Promise<void>;
  /** An orderly stop: everybody is sent away, and all is on the disk. */
  stop(): Promise<void>;
  /** SIGKILL to the server; its sessions notice, and end. */
  kill(): Promise<void>;
  /** Stops it in its tracks, every session with it (Linux only). */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Stops it for good and removes its folder. */
  remove(): Promise<void>;
}

const BASE = { listen_addresses: '', port: '5432', jit: 'off' };

/** Makes a server with these settings and starts it. It goes when this process is killed, too. */
export async function startPostgres(
  settings: Readonly<Record<string, string>>,
): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'farebox-test-'));
  try {
    return await startIn(folder, { ...BASE, unix_socket_directories: folder, ...settings });
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(
  folder: string,
  settings: Readonly<Record<string, string>>,
): Promise<PostgresServer> {
  const cluster = join(folder, 'cluster');
  const user = await chooseEngineUser(undefined);
  await chmod(folder, 0o755);
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  await makePrivateFolder(cluster, user);
  const engine = await findEngine(user, join(folder, 'engine'));
  await initializeCluster(engine, cluster, ['--auth=trust', '--no-sync']);
  const options = { cluster, logFile: join(folder, 'postgres.log'), settings };
  let pid = 0;
  let guard: ChildProcess | undefined;
  const start = async () => {
    pid = await startPostmaster(engine, options);
    guard = guardAgainstKill(pid, folder);
  };
  const gone = () => guard?.kill('SIGKILL');
  const signalAll = async (signal: NodeJS.Signals) => {
    for (const one of [pid, ...(await childrenOf(pid))]) process.kill(one, signal);
  };
  await start();
  return {
    address: { host: folder, port: 5432, user: SUPERUSER, database: 'postgres' },
    start,
    stop: async () => {
      await stopPostmaster(engine, cluster);
      gone();
    },
    kill: async () => {
      const sessions = await childrenOf(pid);
      process.kill(pid, 'SIGKILL');
      gone();
      await untilGone([pid, ...sessions]);
    },
    pause: () => signalAll('SIGSTOP'),
    resume: () => signalAll('SIGCONT'),
    remove: async () => {
      await stopPostmaster(engine, cluster);
      gone();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The address as a URL, for a process of ours. */
export function urlOf({ host, port, user, password, database }: DatabaseAddress): string {
  const login = password === undefined ? user : `${user}:${encodeURIComponent(password)}`;
  return `postgresql://${login}@/${database}?host=${host}&port=${port}`;
}

async function childrenOf(parent: number): Promise<number[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = pids.map(async (pid) => {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // "pid (name) state parent ...", and a name may hold spaces and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === `${parent}` ? Number(pid) : 0;
  });
  return (await Promise.all(found)).filter((pid) => pid !== 0);
}

async function untilGone(pids: readonly number[]): Promise<void> {
  for (const pid of pids) {
    for (;;) {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
      if (stat === undefined || stat.slice(stat.lastIndexOf(')') + 2)[0] === 'Z') break;
    }
  }
}

/**
 * A shell that waits for our end, which closes its input whatever killed us, then stops the server
 * and removes its folder.
 */
function guardAgainstKill(pid: number, folder: string): ChildProcess {
  const script = [
    'cat; kill -QUIT "$1"; kill -CONT "$1"',
    'while kill -0 "$1"; do sleep 0.1; done; rm -rf "$2"',
  ].join('\n');
  const guard = spawn('sh', ['-c', script, 'sh', String(pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  return guard;
}
