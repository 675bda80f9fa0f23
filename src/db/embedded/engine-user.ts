import { type SpawnOptions, spawn } from 'node:child_process';
import { Fault } from '../../kernel/index.ts';

/** An account of the operating system. */
export interface EngineUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const OUR_USER = 'farebox';

/**
 * Whom PostgreSQL runs as. It refuses to be root, so as root that is `postgres`, or a system user
 * made for it; undefined means ourselves. `owner` is who owns the cluster already, if it exists:
 * only that user can run it.
 */
export async function chooseEngineUser(
  owner: { readonly uid: number; readonly gid: number } | undefined,
): Promise<EngineUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  if (owner !== undefined && owner.uid !== 0) {
    return { name: await nameOf(owner.uid), uid: owner.uid, gid: owner.gid };
  }
  return (await findUser('postgres')) ?? (await findUser(OUR_USER)) ?? (await createUser(OUR_USER));
}

async function findUser(name: string): Promise<EngineUser | undefined> {
  const [uid, gid] = await Promise.all([
    runAs(undefined, 'id', ['-u', name]),
    runAs(undefined, 'id', ['-g', name]),
  ]);
  if (uid.code !== 0 || gid.code !== 0) return undefined;
  return { name, uid: Number(uid.output), gid: Number(gid.output) };
}

async function nameOf(uid: number): Promise<string> {
  const result = await runAs(undefined, 'id', ['-un', String(uid)]);
  return result.code === 0 ? result.output.trim() : String(uid);
}

async function createUser(name: string): Promise<EngineUser> {
  // The first is shadow's (Debian, Fedora), the second busybox's (Alpine).
  const attempts = [
    await runAs(undefined, 'useradd', ['--system', '--user-group', '--no-create-home', name]),
    await runAs(undefined, 'adduser', ['-S', '-D', '-H', name]),
  ];
  const user = await findUser(name);
  if (user !== undefined) return user;
  throw new Fault({
    code: 'engine_user_missing',
    status: 500,
    message:
      'PostgreSQL does not run as root, and no system user could be made for it. Create one ' +
      'named "postgres", start Farebox as a plain user, or set DATABASE_URL to a PostgreSQL ' +
      'server.',
    internal: attempts.map((attempt) => attempt.output.trim()).join('; '),
  });
}

/** How a program of the engine is spawned: as that user, knowing nothing of our environment. */
export function spawnOptionsFor(user: EngineUser | undefined): SpawnOptions {
  return {
    // Our own folder may be closed to that user.
    cwd: process.platform === 'win32' ? undefined : '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
  };
}

/** Runs a program to its end; a program that cannot be started has code -1. */
export function runAs(
  user: EngineUser | undefined,
  program: string,
  args: readonly string[],
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      ...spawnOptionsFor(user),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      output += chunk.toString('utf8');
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('error', (error) => resolve({ code: -1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? -1, output }));
  });
}
