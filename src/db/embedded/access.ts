import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { DatabaseAddress } from '../address.ts';
import type { Folders } from './folders.ts';
import { makeSocketFolder } from './folders.ts';
import { SUPERUSER } from './postmaster.ts';
import type { PostmasterFile } from './postmaster-file.ts';

// How the embedded server is reached: a unix socket in a folder that only its user can enter. On
// Windows, which Farebox has not been tried on, a loopback port and a random password.
const loopback = process.platform === 'win32';
const SOCKET_PORT = 5432; // Only a part of the socket's name.

export const DATABASE = 'farebox';

const passwordFile = (folders: Folders) => join(folders.data, 'postgres-password');

/** initdb's arguments for who may connect. */
export async function accessForNewCluster(folders: Folders): Promise<string[]> {
  if (!loopback) return ['--auth=trust'];
  const password = randomBytes(24).toString('hex');
  await writeFile(passwordFile(folders), password, { mode: 0o600, flag: 'wx' }).catch(() => {});
  return ['--auth=scram-sha-256', `--pwfile=${passwordFile(folders)}`];
}

/** The server's settings for where it listens. */
export async function accessSettings(folders: Folders): Promise<Record<string, string>> {
  if (loopback) {
    // Kept, because pools remember the address across a restart of the server.
    const portFile = join(folders.data, 'postgres-port');
    const port = await readFile(portFile, 'utf8').catch(async () => String(await freePort()));
    await writeFile(portFile, port);
    return { listen_addresses: '127.0.0.1', port, unix_socket_directories: '' };
  }
  const folder = await makeSocketFolder(folders);
  return {
    listen_addresses: '',
    port: String(SOCKET_PORT),
    // A list: quoted, a folder may hold commas and spaces.
    unix_socket_directories: `"${folder.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
  };
}

/** Where a running server is, by its own lock file. */
export async function addressOf(folders: Folders, file: PostmasterFile): Promise<DatabaseAddress> {
  const common = { port: file.port, user: SUPERUSER, database: DATABASE };
  if (!loopback) return { ...common, host: file.socketFolder };
  const password = await readFile(passwordFile(folders), 'utf8');
  return { ...common, host: '127.0.0.1', password };
}

function freePort(): Promise<number> {
  const probe = createServer();
  return new Promise((done, fail) => {
    probe.on('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
