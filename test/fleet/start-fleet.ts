import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { DatabaseAddress } from '../../src/db/index.ts';
import { urlOf } from '../postgres-server.ts';
import { runFarebox, type ServerProcess, startServer } from '../process/server.ts';

/** Server processes on one database, which are killed and started again. */
export interface Fleet {
  /** The key of the example customer, from the first greeting. */
  readonly key: string;
  /** Those that run now. */
  readonly servers: readonly ServerProcess[];
  /** Where they are. */
  origins(): string[];
  /**
   * SIGKILL to one of them. Another takes its place as soon as it can: what starts while the
   * database is away ends, and is started again.
   */
  kill(server: ServerProcess): Promise<void>;
  /** Resolves when all are there again. */
  whole(): Promise<void>;
  /** `farebox verify`, as an operator runs it: fails the test when it names a difference. */
  verify(): Promise<void>;
  /** SIGTERM to all; resolves with how they ended. */
  stop(): Promise<(number | string)[]>;
  remove(): Promise<void>;
}

export async function startFleet(address: DatabaseAddress, size: number): Promise<Fleet> {
  const folder = await mkdtemp(join(tmpdir(), 'farebox-fleet-'));
  const options = { dataFolder: folder, env: { DATABASE_URL: urlOf(address) } };
  const first = await startServer(options);
  const members: (ServerProcess | undefined)[] = [first];
  const starting = new Set<Promise<void>>();
  let isOver = false;

  async function start(index: number): Promise<void> {
    while (!isOver) {
      const server = await startServer(options).catch(() => undefined);
      members[index] = server;
      if (isOver) server?.kill('SIGKILL');
      if (server !== undefined) return;
    }
  }
  const begin = (index: number) => {
    const started = start(index).finally(() => starting.delete(started));
    starting.add(started);
  };
  const whole = async () => {
    while (starting.size > 0) await Promise.all(starting);
  };
  const living = () => members.filter((member) => member !== undefined);

  for (let index = 1; index < size; index += 1) begin(index);
  await whole();
  return {
    key: first.greeting.key ?? '',
    get servers() {
      return living();
    },
    origins: () => living().map(({ greeting }) => new URL(greeting.url).origin),
    kill: async (server) => {
      const index = members.indexOf(server);
      members[index] = undefined;
      server.kill('SIGKILL');
      await server.exited;
      begin(index);
    },
    whole,
    verify: async () => {
      const verified = await runFarebox(['verify'], options);
      expect(verified).toMatchObject({ code: 0, stderr: '' });
      expect(verified.stdout).toMatch(/^books hold/);
    },
    stop: () => {
      for (const server of living()) server.kill('SIGTERM');
      return Promise.all(living().map(({ exited }) => exited));
    },
    remove: async () => {
      isOver = true;
      for (const server of living()) server.kill('SIGKILL');
      await whole();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
