export { addressFromUrl, type DatabaseAddress, describeAddress } from './address.ts';
export { type Connection, connectDatabase, type Db, type Queryable } from './connect.ts';
export { isConnectionLost } from './connection-lost.ts';
export { defaultDataFolder } from './embedded/folders.ts';
export { type Embedded, openEmbedded } from './embedded/open-embedded.ts';
export { type Listener, listen } from './listen.ts';
export { SEAL_LOCK } from './locks.ts';
export { migrate } from './migrate.ts';
export type * as rows from './rows.ts';
