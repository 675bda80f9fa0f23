import { createHash } from 'node:crypto';
import { chmod, chown, lstat, mkdir, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { Fault } from '../../kernel/index.ts';
import { chooseEngineUser, type EngineUser, runAs } from './engine-user.ts';

/** What is where in a data folder, and whom the engine runs as. */
export interface Folders {
  readonly data: string;
  readonly cluster: string;
  readonly engine: string;
  readonly logFile: string;
  readonly user: EngineUser | undefined;
}

/**
 * Where the embedded database is kept when nothing is configured: root's is the machine's, which
 * the engine's own user can reach; everybody else's is in the folder they are in.
 */
export function defaultDataFolder(start: { readonly uid: number; readonly cwd: string }): string {
  return start.uid === 0 ? '/var/lib/farebox' : join(start.cwd, 'data');
}

/**
 * Makes the data folder if need be and finds whom the engine runs as. Throws Faults that name the
 * folder in the way: `data_folder_unusable` (cannot be made, or the engine's user cannot reach it),
 * `data_folder_foreign` (its database belongs to another user).
 */
export async function prepareFolders(dataFolder: string): Promise<Folders> {
  const data = resolve(dataFolder);
  try {
    const first = await mkdir(data, { recursive: true });
    // Our umask may have closed to the engine's user what we have just made.
    for (
      let path = data;
      first !== undefined && path.length >= first.length;
      path = dirname(path)
    ) {
      await chmod(path, 0o711);
    }
  } catch (error) {
    throw unusable(`The data folder ${data} cannot be made: ${(error as Error).message}.`);
  }
  const cluster = join(data, 'postgres');
  const owner = await stat(cluster).catch(() => undefined);
  const uid = process.getuid?.() ?? -1;
  if (owner !== undefined && uid > 0 && owner.uid !== uid) {
    throw new Fault({
      code: 'data_folder_foreign',
      status: 500,
      message:
        `The database in ${cluster} belongs to the user with id ${owner.uid}, and this is user ` +
        `${uid}. Run as that user or as root, or set FAREBOX_DATA to another folder.`,
    });
  }
  const user = await chooseEngineUser(owner);
  if (user !== undefined) await checkReach(user, data);
  return {
    data,
    cluster,
    engine: join(data, 'engine'),
    logFile: join(data, 'postgres.log'),
    user,
  };
}

async function checkReach(user: EngineUser, folder: string): Promise<void> {
  const enter = (path: string) => runAs(user, '/bin/sh', ['-c', 'cd -- "$1"', 'sh', path]);
  const result = await enter(folder);
  if (result.code === 0) return;
  if (result.code === -1) {
    throw unusable(`Nothing can be run as user "${user.name}" here (${result.output}).`);
  }
  let first = folder;
  for (let path = folder; (await enter(path)).code !== 0 && path !== '/'; path = dirname(path)) {
    first = path;
  }
  throw unusable(
    `PostgreSQL does not run as root but as user "${user.name}", and that user cannot reach ` +
      `the data folder ${folder}: ${first} is closed to it. Run: chmod o+x '${first}'.`,
  );
}

function unusable(problem: string): Fault {
  return new Fault({
    code: 'data_folder_unusable',
    status: 500,
    param: 'FAREBOX_DATA',
    message: `${problem} Or set FAREBOX_DATA to another folder, such as /var/lib/farebox as root.`,
  });
}

/** Makes a folder that only the engine's user (and root) can enter. */
export async function makePrivateFolder(path: string, user: EngineUser | undefined): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  await makePrivate(path, user);
}

async function makePrivate(path: string, user: EngineUser | undefined): Promise<void> {
  await chmod(path, 0o700);
  if (user !== undefined) await chown(path, user.uid, user.gid);
}

const SOCKET_NAME_BYTES = '/.s.PGSQL.65535'.length;
// The operating system's sun_path, less its closing zero.
const SOCKET_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/**
 * The folder of the server's socket: `run` in the data folder, where every process that sees the
 * data finds it; a short temporary one, always the same for that data, when the path is too long
 * or its file system knows no sockets. The server's lock file in the data folder says which.
 */
export async function makeSocketFolder(folders: Folders): Promise<string> {
  const inData = join(folders.data, 'run');
  if (Buffer.byteLength(inData) + SOCKET_NAME_BYTES <= SOCKET_PATH_BYTES) {
    await makePrivateFolder(inData, folders.user);
    if (await takesSockets(inData)) return inData;
  }
  const temporary = temporarySocketFolder(folders);
  const made = await mkdir(temporary, { mode: 0o700 }).then(
    () => true,
    () => false,
  );
  // Anybody may have made a folder of that name under /tmp; never follow or adopt a stranger's.
  const found = await lstat(temporary);
  const owners = [process.getuid?.(), folders.user?.uid];
  if (!found.isDirectory() || (!made && !owners.includes(found.uid))) {
    throw unusable(
      `The path of ${folders.data} is too long for a socket, and ${temporary}, which would ` +
        'hold it instead, belongs to somebody else. Remove that one.',
    );
  }
  await makePrivate(temporary, folders.user);
  return temporary;
}

/** Removes the socket's folder if it was the temporary one. */
export async function removeSocketFolder(folders: Folders): Promise<void> {
  await rm(temporarySocketFolder(folders), { recursive: true, force: true });
}

function temporarySocketFolder(folders: Folders): string {
  const name = createHash('sha256').update(folders.data).digest('hex').slice(0, 16);
  return join('/tmp', `farebox-${name}`);
}

function takesSockets(folder: string): Promise<boolean> {
  const probe = createServer();
  return new Promise((done) => {
    probe.on('error', () => done(false));
    probe.listen(join(folder, `probe-${process.pid}`), () => probe.close(() => done(true)));
  });
}
