import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { assert, Fault } from '../kernel/index.ts';
import type { Connection, Db } from './connect.ts';
import { MIGRATION_LOCK } from './locks.ts';

interface SqlFile {
  /** How the database remembers it: `0001_engine.sql`, `ledger/sql/hold-batch.sql`. */
  readonly name: string;
  readonly kind: 'migration' | 'function';
  readonly text: string;
  readonly hash: string;
}

/**
 * Brings the schema up to this program: numbered files of the folder once each, in order, each in
 * a transaction of its own; then every function file whose text differs from what was last run.
 * Any number of processes may call it at once; one works, the others wait for it.
 *
 * A function file must be repeatable. While replicas of two versions run side by side the last
 * starter's functions are in force, so a change that old replicas cannot live with needs a new
 * name or a numbered migration, which old ones refuse.
 *
 * Throws Faults: `database_newer` (it knows migrations that this program does not),
 * `migration_changed` (an applied file was edited), `migration_failed`.
 */
export async function migrate(
  db: Db,
  files: { readonly migrations: URL; readonly functions: readonly URL[] },
): Promise<{ applied: string[] }> {
  const migrations = await readMigrations(files.migrations);
  const functions = await Promise.all(files.functions.map(readFunctionFile));
  const connection = await db.connection();
  try {
    // A waiting starter waits for as long as the working one needs, and a migration may be long.
    await connection.query('set statement_timeout = 0');
    await connection.query('set idle_in_transaction_session_timeout = 0');
    await connection.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return { applied: await applyAll(connection, migrations, functions) };
  } finally {
    // The end of the session frees the lock.
    await connection.close();
  }
}

async function applyAll(
  connection: Connection,
  migrations: readonly SqlFile[],
  functions: readonly SqlFile[],
): Promise<string[]> {
  await connection.query(`create table if not exists schema_migration (
    name text primary key,
    kind text not null check (kind in ('migration', 'function')),
    hash text not null,
    applied_at timestamptz not null default now()
  )`);
  const recorded = await connection.query<{ name: string; kind: string; hash: string }>(
    'select name, kind, hash from schema_migration',
  );
  const known = new Map(recorded.map((row) => [row.name, row.hash]));
  const applied = recorded.filter((row) => row.kind === 'migration').map((row) => row.name);
  checkHistory(migrations, applied, known);

  const done: string[] = [];
  for (const file of migrations.filter((each) => !known.has(each.name))) {
    await inTransaction(connection, () => run(connection, file));
    done.push(file.name);
  }
  // Together: one file's function may be written for another's new signature.
  const changed = functions.filter((each) => known.get(each.name) !== each.hash);
  if (changed.length > 0) {
    await inTransaction(connection, async () => {
      for (const file of changed) await run(connection, file);
    });
  }
  return [...done, ...changed.map((file) => file.name)];
}

function checkHistory(
  migrations: readonly SqlFile[],
  applied: readonly string[],
  known: ReadonlyMap<string, string>,
): void {
  const ours = new Set(migrations.map((file) => file.name));
  const foreign = applied.filter((name) => !ours.has(name)).sort();
  if (foreign.length > 0) {
    throw new Fault({
      code: 'database_newer',
      status: 500,
      message:
        `The database was written by a newer Farebox: it has ${foreign.join(', ')}, which this ` +
        'version does not know. Run that version or a later one.',
    });
  }
  const edited = migrations.find((file) => (known.get(file.name) ?? file.hash) !== file.hash);
  if (edited !== undefined) {
    throw new Fault({
      code: 'migration_changed',
      status: 500,
      message:
        `The migration ${edited.name} was changed after it had been applied to this database. ` +
        'Restore the file as it was released.',
    });
  }
  const last = applied.length === 0 ? '' : (applied.toSorted().at(-1) ?? '');
  const late = migrations.find((file) => !known.has(file.name) && file.name < last);
  if (late !== undefined) {
    throw new Fault({
      code: 'migration_changed',
      status: 500,
      message:
        `The migration ${late.name} is numbered before ${last}, which this database already ` +
        'has. Give it the next free number.',
    });
  }
}

async function run(connection: Connection, file: SqlFile): Promise<void> {
  try {
    await connection.query(file.text);
  } catch (error) {
    throw new Fault({
      code: 'migration_failed',
      status: 500,
      message:
        `The migration ${file.name} failed${lineOf(file, error)}: ` +
        `${error instanceof Error ? error.message : error}. Nothing of it was kept.`,
      cause: error,
    });
  }
  await connection.query(
    `insert into schema_migration (name, kind, hash) values ($1, $2, $3)
     on conflict (name) do update set hash = excluded.hash, applied_at = now()`,
    [file.name, file.kind, file.hash],
  );
}

async function inTransaction(connection: Connection, work: () => Promise<void>): Promise<void> {
  await connection.query('begin');
  try {
    await work();
    await connection.query('commit');
  } catch (error) {
    await connection.query('rollback').catch(() => undefined);
    throw error;
  }
}

function lineOf(file: SqlFile, error: unknown): string {
  const position = Number((error as { position?: unknown }).position);
  if (!Number.isInteger(position) || position < 1) return '';
  return ` at line ${file.text.slice(0, position - 1).split('\n').length}`;
}

async function readMigrations(folder: URL): Promise<SqlFile[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
  names.forEach((name, index) => {
    const number = String(index + 1).padStart(4, '0');
    assert(name.startsWith(`${number}_`), `the migration ${name} should have number ${number}`);
  });
  const place = folder.href.endsWith('/') ? folder : new URL(`${folder.href}/`);
  return Promise.all(names.map((name) => readSqlFile(name, 'migration', new URL(name, place))));
}

function readFunctionFile(url: URL): Promise<SqlFile> {
  const [room, folder, name] = fileURLToPath(url).split(/[\\/]/).slice(-3);
  return readSqlFile(`${room}/${folder}/${basename(name ?? '')}`, 'function', url);
}

async function readSqlFile(name: string, kind: SqlFile['kind'], url: URL): Promise<SqlFile> {
  // A checkout with other line ends is the same migration.
  const text = (await readFile(url, 'utf8')).replaceAll('\r\n', '\n');
  return { name, kind, text, hash: createHash('sha256').update(text).digest('hex') };
}
