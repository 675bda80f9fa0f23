import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Random } from './kernel/index.ts';

const FILE_NAME = 'instance.key';

/** The instance's key cannot be used; the message says what to do. */
export class InstanceKeyError extends Error {
  override name = 'InstanceKeyError';
}

/**
 * The key that this instance encrypts what it stores with: the configured one, else the one
 * in the data folder, made there (32 random bytes, base64, readable by its owner only) the first
 * time. Two processes that start at once end up with the same key.
 * Throws {@link InstanceKeyError} when the file is damaged or others may read it.
 */
export function loadInstanceKey(
  configured: Buffer | undefined,
  dataFolder: string,
  random: Random,
): Buffer {
  if (configured !== undefined) return configured;
  const path = join(dataFolder, FILE_NAME);
  return readKey(path) ?? createKey(path, dataFolder, random);
}

function readKey(path: string): Buffer | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new InstanceKeyError(`${path} cannot be read. Check its owner.`, { cause: error });
  }
  // Windows has no such permission bits; the folder's access list protects the file there.
  if (process.platform !== 'win32' && (statSync(path).mode & 0o077) !== 0) {
    throw new InstanceKeyError(`Others may read ${path}. Run: chmod 600 ${path}`);
  }
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) {
    throw new InstanceKeyError(
      `${path} is damaged. Restore it from a backup: what it encrypted cannot be read without it.`,
    );
  }
  return Buffer.from(text, 'base64');
}

/** Written aside and linked into place: the file exists whole or not at all, and only once. */
function createKey(path: string, dataFolder: string, random: Random): Buffer {
  mkdirSync(dataFolder, { recursive: true });
  const key = Buffer.from(random(32));
  const draft = `${path}.${Buffer.from(random(6)).toString('hex')}`;
  try {
    writeFileSync(draft, `${key.toString('base64')}\n`, { flag: 'wx', mode: 0o600, flush: true });
    chmodSync(draft, 0o600);
    linkSync(draft, path);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return readKey(path) ?? key;
    throw new InstanceKeyError(`${path} cannot be written. Check the folder's owner.`, {
      cause: error,
    });
  } finally {
    rmSync(draft, { force: true });
  }
}
