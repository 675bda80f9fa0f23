import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { DatabaseAddress } from '../src/db/index.ts';

const ROOT = dirname(import.meta.dirname);

const SCRIPT = `
import { openEmbedded } from './db/index.js';
import { createLog, systemClock } from './kernel/index.js';
const [dataFolder, role] = process.argv.slice(2);
try {
  const log = createLog('silent');
  const embedded = await openEmbedded({ dataFolder, role, clock: systemClock, log });
  process.once('message', async () => {
    await embedded.close();
    process.disconnect();
  });
  process.send({ address: embedded.address });
} catch (error) {
  process.send({ fault: { code: error.code, message: error.message } });
  process.disconnect();
}
`;

/** A process of its own that has a data folder open; or the reason why it could not. */
export interface Owner {
  readonly pid: number;
  readonly address: DatabaseAddress | undefined;
  readonly fault: { code: string; message: string } | undefined;
  close(): Promise<void>;
  kill(): Promise<void>;
}

/** Opens data folders in processes that can be killed. */
export interface OwnerProgram {
  open(options: {
    dataFolder: string;
    role: 'server' | 'tool';
    user?: { uid: number; gid: number };
  }): Promise<Owner>;
  /** Ends what is left of its processes and removes the program. */
  remove(): Promise<void>;
}

/** Compiles src/db for processes outside the test runner. */
export async function compileOwnerProgram(): Promise<OwnerProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'farebox-owner-'));
  await chmod(folder, 0o755);
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin/tsc',
  );
  await promisify(execFile)(process.execPath, [
    ...[compiler, '--ignoreConfig', '--noCheck', '--outDir', folder, '--rootDir', `${ROOT}/src`],
    ...['--module', 'nodenext', '--target', 'es2023', '--rewriteRelativeImportExtensions'],
    `${ROOT}/src/db/index.ts`,
  ]);
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  const script = join(folder, 'owner.js');
  await writeFile(script, SCRIPT);
  const children = new Set<ChildProcess>();
  return {
    open: async ({ dataFolder, role, user }) => {
      const child = fork(script, [dataFolder, role], { cwd: '/', execArgv: [], ...user });
      children.add(child);
      const exited = once(child, 'exit');
      const [answer] = (await once(child, 'message')) as [Pick<Owner, 'address' | 'fault'>];
      return {
        pid: child.pid ?? 0,
        address: answer.address,
        fault: answer.fault,
        close: async () => {
          child.send('close');
          await exited;
        },
        kill: async () => {
          child.kill('SIGKILL');
          await exited;
        },
      };
    },
    remove: async () => {
      for (const child of children) child.kill('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
