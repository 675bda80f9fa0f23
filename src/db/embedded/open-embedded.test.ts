import { execFile, spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  compileOwnerProgram,
  type Owner,
  type OwnerProgram,
} from '../../../test/embedded-owner.ts';
import { createLog, systemClock } from '../../kernel/index.ts';
import { connectDatabase, type DatabaseAddress, isConnectionLost, openEmbedded } from '../index.ts';
import { runAs } from './engine-user.ts';
import { readPostmasterFile } from './postmaster-file.ts';
import { isServerOf } from './processes.ts';

const log = createLog('silent');
let program: OwnerProgram;
let folder: string;
let dataFolder: string;
beforeAll(async () => {
  program = await compileOwnerProgram();
  folder = await mkdtemp(join(tmpdir(), 'farebox embedded '));
  await chmod(folder, 0o711);
  dataFolder = join(folder, 'data folder');
});
afterAll(async () => {
  await program.remove();
  await rm(folder, { recursive: true, force: true });
});

const open = (role: 'server' | 'tool', path = dataFolder) =>
  openEmbedded({ dataFolder: path, role, clock: systemClock, log });

async function ask<Row>(address: DatabaseAddress | undefined, text: string): Promise<Row[]> {
  if (address === undefined) throw new Error('the owner did not get the database');
  const db = connectDatabase({ address, maxConnections: 1, log });
  try {
    return await db.query<Row>(text);
  } finally {
    await db.close();
  }
}

/** The living server's process of a data folder, if there is one. */
async function serverPid(path = dataFolder): Promise<number | undefined> {
  const cluster = join(path, 'postgres');
  const file = await readPostmasterFile(cluster);
  if (file === undefined) return undefined;
  return (await isServerOf(cluster, file.pid)) ? file.pid : undefined;
}

const until = (condition: () => Promise<boolean>) =>
  vi.waitFor(async () => expect(await condition()).toBe(true), { timeout: 15_000, interval: 5 });

async function killServer(path = dataFolder): Promise<number> {
  const pid = await serverPid(path);
  if (pid === undefined) throw new Error('there is no server to kill');
  process.kill(pid, 'SIGKILL');
  await until(async () => (await serverPid(path)) !== pid);
  return pid;
}

describe('a data folder with spaces in its path', () => {
  it('is created by the first start, durable, and found as it was by the second', async () => {
    const first = await open('server');
    await ask(first.address, 'create table kept as select 1 as value');
    const settings = await ask(
      first.address,
      `select current_setting('fsync') as fsync, current_setting('data_checksums') as sums,
         current_setting('server_encoding') as encoding,
         current_setting('listen_addresses') as tcp`,
    );
    expect(settings).toEqual([{ fsync: 'on', sums: 'on', encoding: 'UTF8', tcp: '' }]);
    await first.close();
    expect(await serverPid()).toBeUndefined();

    const second = await open('server');
    expect(await ask(second.address, 'select value from kept')).toEqual([{ value: 1 }]);
    await second.close();
  });

  it('opens for two processes that make it at the same time, whatever their umask', async () => {
    const path = join(folder, 'made', 'by us');
    const umask = process.umask(0o077);
    const owners = await Promise.all([open('tool', path), open('tool', path)]).finally(() => {
      process.umask(umask);
    });
    const starts = await Promise.all(
      owners.map(({ address }) => ask(address, 'select pg_postmaster_start_time() as at')),
    );
    expect(starts[0]).toEqual(starts[1]);
    for (const owner of owners) await owner.close();
    expect(await serverPid(path)).toBeUndefined();
  });

  it('may be longer than the path of a socket', async () => {
    const path = join(folder, 'long'.repeat(30));
    await mkdir(path);
    await promisify(execFile)('cp', ['-Rp', join(dataFolder, 'postgres'), path]);
    const embedded = await open('tool', path);
    expect(await ask(embedded.address, 'select 1 as one')).toEqual([{ one: 1 }]);
    await embedded.close();
  });
});

describe('the death of the database', () => {
  it('is mended by the server at the same address, with all that was committed', async () => {
    const embedded = await open('server');
    await ask(embedded.address, 'create table survivor as select 7 as value');
    const killed = await killServer();
    const read = () =>
      ask<{ value: number }>(embedded.address, 'select value from survivor').catch((error) => {
        if (isConnectionLost(error)) return [];
        throw error;
      });
    let rows = await read();
    await until(async () => {
      rows = await read();
      return rows.length > 0;
    });
    expect(rows).toEqual([{ value: 7 }]);
    expect(await serverPid()).not.toBe(killed);
    await embedded.close();
    expect(await serverPid()).toBeUndefined();
  });

  it('together with its server does not hinder the next start', async () => {
    const owner = await program.open({ dataFolder, role: 'server' });
    await owner.kill();
    await killServer();
    const next = await open('server');
    expect(await ask(next.address, 'select value from survivor')).toEqual([{ value: 7 }]);
    await next.close();
  });
});

describe('the death of the server', () => {
  it('leaves a database that the next server adopts, and stops at its end', async () => {
    const owner = await program.open({ dataFolder, role: 'server' });
    const pid = await serverPid();
    await owner.kill();
    const next = await open('server');
    expect(await serverPid()).toBe(pid);
    await next.close();
    expect(await serverPid()).toBeUndefined();
  });
});

describe('a second server', () => {
  it('is refused with the name of the holder, who is not disturbed', async () => {
    const owner = await program.open({ dataFolder, role: 'server' });
    await expect(open('server')).rejects.toMatchObject({
      code: 'data_folder_in_use',
      message: expect.stringMatching(new RegExp(`process ${owner.pid} on .*, since 20\\d\\d-`)),
    });
    expect(await ask(owner.address, 'select 1 as one')).toEqual([{ one: 1 }]);
    await owner.close();
  });
});

describe('a tool', () => {
  it('beside a server uses its database and leaves it running', async () => {
    const owner = await program.open({ dataFolder, role: 'server' });
    const tool = await open('tool');
    expect(tool.address).toEqual(owner.address);
    await tool.close();
    expect(await ask(owner.address, 'select 1 as one')).toEqual([{ one: 1 }]);
    await owner.close();
  });

  it('on its own starts the database, and stops it as the last to leave', async () => {
    const first = await open('tool');
    const second = await program.open({ dataFolder, role: 'tool' });
    await first.close();
    expect(await ask(second.address, 'select 1 as one')).toEqual([{ one: 1 }]);
    await second.close();
    expect(await serverPid()).toBeUndefined();
  });
});

describe('the lock file of a database that died', () => {
  async function leaveLockFile(pid: number): Promise<void> {
    const embedded = await open('tool');
    const path = join(dataFolder, 'postgres', 'postmaster.pid');
    const [, ...rest] = (await readFile(path, 'utf8')).split('\n');
    await embedded.close();
    await writeFile(path, [pid, ...rest].join('\n'));
  }

  it('is not believed when its process is a zombie', async () => {
    // The inner process ends after the shell has become one that never asks how.
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60']);
    const [line] = (await new Promise((seen) =>
      parent.stdout.once('data', (...all) => seen(all)),
    )) as [Buffer];
    const zombie = Number(line.toString());
    await until(async () =>
      (await runAs(undefined, 'ps', ['-o', 'stat=', '-p', `${zombie}`])).output.startsWith('Z'),
    );
    await leaveLockFile(zombie);
    const embedded = await open('server');
    expect(await ask(embedded.address, 'select 1 as one')).toEqual([{ one: 1 }]);
    await embedded.close();
    parent.kill('SIGKILL');
  });

  it('is not believed when its number is another process now', async () => {
    await leaveLockFile(process.pid);
    const embedded = await open('server');
    expect(await ask(embedded.address, 'select 1 as one')).toEqual([{ one: 1 }]);
    await embedded.close();
  });
});

describe('a folder that the engine cannot reach', () => {
  it('is named in the error, with what to do', async () => {
    const closed = join(folder, 'closed to others');
    await mkdir(closed, { mode: 0o500 });
    await expect(open('server', join(closed, 'data'))).rejects.toMatchObject({
      code: 'data_folder_unusable',
      message: expect.stringMatching(/closed to others.*FAREBOX_DATA/s),
    });
  });
});

describe('a plain user', () => {
  it('owns the database that it starts, and root may open it as well', async () => {
    const path = join(folder, 'plain');
    await mkdir(path);
    const user = await plainUser();
    if (user !== undefined) await chown(path, user.uid, user.gid);
    const owner: Owner = await program.open({
      dataFolder: path,
      role: 'server',
      ...(user && { user }),
    });
    expect(owner.fault).toBeUndefined();
    await owner.kill();
    await killServer(path);
    const again = await program.open({ dataFolder: path, role: 'server', ...(user && { user }) });
    const tool = await open('tool', path);
    expect(tool.address).toEqual(again.address);
    await tool.close();
    await again.close();
    expect(await serverPid(path)).toBeUndefined();
  });

  /** Somebody other than root, when we are root; undefined (ourselves) when not. */
  async function plainUser(): Promise<{ uid: number; gid: number } | undefined> {
    if (process.getuid?.() !== 0) return undefined;
    const nobody = { name: 'nobody', uid: 65_534, gid: 65_534 };
    // A checkout that nobody but root can read is one that only root can try.
    const readable = await runAs(nobody, '/bin/sh', ['-c', 'cd "$1"', 'sh', import.meta.dirname]);
    return readable.code === 0 ? nobody : undefined;
  }
});
