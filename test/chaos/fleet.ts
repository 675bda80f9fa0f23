import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseAddress } from '../../src/db/index.ts';
import { urlOf } from '../postgres-server.ts';
import { type ServerProcess, startServer } from '../process/server.ts';

/** Server processes on one database, which are killed and started again. */
export interface Fleet {
  /** The key of the example customer, from the first greeting. */
  readonly key: string;
  /** Where the living ones are. */
  origins(): string[];
  kill(index: number): Promise<void>;
  start(index: number): Promise<void>;
  /** SIGTERM to all; resolves with their exit codes. */
  stop(): Promise<(number | string)[]>;
  /** What all of them wrote to stderr. */
  log(): string;
  remove(): Promise<void>;
}

export async function startFleet(address: DatabaseAddress, size: number): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), 'farebox-fleet-'));
  execFileSync('chmod', ['755', folder]);
  const options = { dataFolder: folder, env: { DATABASE_URL: urlOf(address) } };
  const first = await startServer(options);
  const members: (ServerProcess | undefined)[] = [first];
  const all = [first];
  const start = async (index: number) => {
    const server = await startServer(options);
    members[index] = server;
    all.push(server);
  };
  for (let index = 1; index < size; index += 1) await start(index);
  const living = () => members.filter((member) => member !== undefined);
  return {
    key: first.greeting.key ?? '',
    origins: () => living().map(({ greeting }) => new URL(greeting.url).origin),
    kill: async (index) => {
      const server = members[index];
      members[index] = undefined;
      server?.kill('SIGKILL');
      await server?.exited;
    },
    start,
    stop: () => {
      for (const server of living()) server.kill('SIGTERM');
      return Promise.all(living().map(({ exited }) => exited));
    },
    log: () => all.map((server) => server.log()).join('\n'),
    remove: async () => {
      for (const server of living()) server.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
