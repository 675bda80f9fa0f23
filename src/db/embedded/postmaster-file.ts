import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a running server writes into its data folder (PostgreSQL's `miscadmin.h`). */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  readonly socketFolder: string;
  readonly status: string;
}

/** Reads `postmaster.pid` of a cluster; undefined when there is none. */
export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const [pid, , , port, socketFolder, , , status] = text.split('\n');
  return {
    // A standalone backend writes its pid as a negative number.
    pid: Math.abs(Number(pid)),
    port: Number(port),
    socketFolder: socketFolder ?? '',
    status: (status ?? '').trim(),
  };
}
