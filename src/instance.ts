import type { Config } from './config.ts';
import {
  addressFromUrl,
  connectDatabase,
  type DatabaseAddress,
  type Db,
  migrate,
  openEmbedded,
  rowSecurityFile,
} from './db/index.ts';
import { loadInstanceKey } from './instance-key.ts';
import {
  assert,
  type Clock,
  createIds,
  createSecretBox,
  Fault,
  type Ids,
  type Log,
  type Random,
  type SecretBox,
  systemClock,
  systemRandom,
} from './kernel/index.ts';
import { ledgerFunctionFiles } from './ledger/index.ts';

/** An instance's database, opened and migrated, with what every part of the program works with. */
export interface Instance {
  readonly db: Db;
  readonly secrets: SecretBox;
  readonly ids: Ids;
  readonly random: Random;
  readonly clock: Clock;
  readonly log: Log;
  /** No other server process can use this database while this one does. */
  readonly isSoleServer: boolean;
  close(): Promise<void>;
}

const KEY_PROOF = 'farebox';
/** Of a process, outside its pool: three for the ledger, one that listens. */
const SESSIONS = 4;
const RESERVE = 30;

export const migrationsFolder = new URL('../migrations/', import.meta.url);
/** Everything that makes the schema, for `migrate`. */
export const schemaFiles = {
  migrations: migrationsFolder,
  functions: [...ledgerFunctionFiles, rowSecurityFile],
} as const;

/**
 * Opens the database that the configuration names: the operator's own, or the embedded one of the
 * data folder as its `server` or beside it as a `tool`. Brings its schema up to this program.
 */
export async function openInstance(
  config: Config,
  role: 'server' | 'tool',
  log: Log,
): Promise<Instance> {
  const clock = systemClock;
  const embedded =
    config.databaseUrl === undefined
      ? await openEmbedded({
          ...{ dataFolder: config.dataFolder, role, clock, log },
          maxConnections: connectionsOf(config),
        })
      : undefined;
  const address = embedded?.address ?? addressFromUrl(config.databaseUrl ?? '');
  const db = connectDatabase({ address, maxConnections: config.dbConnections, log });
  const close = async () => {
    await db.close();
    await embedded?.close();
  };
  try {
    await migrate(db, schemaFiles);
    const instance = describe(config, { db, log, close, isSoleServer: embedded !== undefined });
    await proveKey(db, instance.secrets);
    return instance;
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Opens, for one process of several that serve together, the database that their parent has opened
 * and migrated: at the address that it gives, or the operator's own.
 */
export function joinInstance(
  config: Config,
  embedded: DatabaseAddress | undefined,
  log: Log,
): Instance {
  const address = embedded ?? addressFromUrl(config.databaseUrl ?? '');
  const db = connectDatabase({ address, maxConnections: config.dbConnections, log });
  return describe(config, { db, log, close: () => db.close(), isSoleServer: false });
}

function describe(
  config: Config,
  opened: Pick<Instance, 'db' | 'log' | 'isSoleServer' | 'close'>,
): Instance {
  const [clock, random] = [systemClock, systemRandom];
  const key = loadInstanceKey(config.secretKey, config.dataFolder, random);
  const secrets = createSecretBox(key, random);
  return { ...opened, secrets, ids: createIds(clock, random), random, clock };
}

/** Each process has its pool and its sessions beside it; commands and the parent come and go. */
function connectionsOf({ workers, dbConnections }: Config): number {
  return workers * (dbConnections + SESSIONS) + RESERVE;
}

/** Makes sure that this process has the key that the database's secrets were sealed with. */
async function proveKey(db: Db, secrets: SecretBox): Promise<void> {
  await db.query('insert into instance (key_proof) values ($1) on conflict do nothing', [
    secrets.seal(KEY_PROOF),
  ]);
  const [row] = await db.query<{ key_proof: Buffer }>('select key_proof from instance');
  assert(row !== undefined, 'an instance has its row');
  try {
    secrets.open(row.key_proof);
  } catch (cause) {
    throw new Fault({
      code: 'instance_key_differs',
      status: 500,
      message:
        'This database was set up with another instance key, so its stored provider keys cannot ' +
        'be read. Give every server the same FAREBOX_SECRET_KEY: the content of instance.key in ' +
        'the data folder of the first one.',
      cause,
    });
  }
}
