import { readFile, readlink, realpath } from 'node:fs/promises';
import { runAs } from './engine-user.ts';

/**
 * Whether process `pid` is a living server on that cluster. A zombie (its parent is gone and
 * process 1 of the container does not reap) and a stranger that got the same number are not; both
 * would make PostgreSQL itself believe its old lock file.
 */
export async function isServerOf(cluster: string, pid: number): Promise<boolean> {
  if (!Number.isInteger(pid) || pid <= 0 || !exists(pid)) return false;
  return process.platform === 'linux'
    ? isServerOnLinux(cluster, pid)
    : isServerByCommandLine(cluster, pid);
}

/** Whether PostgreSQL would take `pid` for a living server although {@link isServerOf} says no. */
export function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: there is such a process, and it is somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isServerOnLinux(cluster: string, pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // "pid (name) state ...", and a name may hold spaces and parentheses.
  const state = stat?.slice(stat.lastIndexOf(')') + 2)[0];
  if (state === undefined || state === 'Z' || state === 'X') return false;
  // A server works in its cluster's folder from before it writes its lock file to its end.
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  return folder !== undefined && folder === (await realpath(cluster).catch(() => cluster));
}

async function isServerByCommandLine(cluster: string, pid: number): Promise<boolean> {
  if (process.platform === 'win32') return true;
  const { code, output } = await runAs(undefined, 'ps', [
    '-ww',
    '-o',
    'stat=,command=',
    '-p',
    `${pid}`,
  ]);
  return code === 0 && !output.trimStart().startsWith('Z') && output.includes(cluster);
}
