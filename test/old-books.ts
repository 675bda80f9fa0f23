import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import type { Db } from '../src/db/index.ts';

const fixture = (name: string) => readFile(new URL(`fixtures/${name}`, import.meta.url));

/** What the server that wrote the old books sealed its secrets with, as FAREBOX_SECRET_KEY. */
export const OLD_SECRET_KEY = Buffer.alloc(32, 7).toString('base64');

/** The keys of the old books' customers, by their names. */
export type OldKeys = Readonly<
  Record<
    'first' | 'plain' | 'granted' | 'limited' | 'suspended' | 'poor' | 'streaming' | 'revoked',
    string
  >
>;

/**
 * Brings an empty database to where a server of the first three migrations left it when it was
 * killed: seven customers, grants of several kinds, an old and a new price, twelve open holds.
 */
export async function restoreOldBooks(db: Db): Promise<OldKeys> {
  const connection = await db.connection();
  try {
    await connection.query(gunzipSync(await fixture('old-books.sql.gz')).toString());
  } finally {
    await connection.close();
  }
  return JSON.parse((await fixture('old-books-keys.json')).toString()) as OldKeys;
}
