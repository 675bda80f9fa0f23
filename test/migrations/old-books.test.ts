import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Db, migrate } from '../../src/db/index.ts';
import { migrationsFolder, schemaFiles } from '../../src/instance.ts';
import { verifyLedger } from '../../src/ledger/index.ts';
import { openLedger } from '../books.ts';
import { openEmptyDatabase, type TestDatabase } from '../database.ts';
import { restoreOldBooks } from '../old-books.ts';

let folder: string;
let database: TestDatabase;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farebox-old-books-'));
  database = await openEmptyDatabase();
  await restoreOldBooks(database.db);
});
afterAll(async () => {
  await database?.close();
  await rm(folder, { recursive: true, force: true });
});

/** What no migration may change. */
const VALUES = `select
  (select array_agg((id, balance, held)::text order by id) from wallet) as wallets,
  (select array_agg((id, granted)::text order by id) from wallet_grant) as grants,
  (select array_agg((id, leg, wallet_id, amount, key_id)::text order by id, leg) from hold)
    as holds,
  (select array_agg((id, leg, outcome, price, charge, input, output, status)::text
    order by id, leg) from call) as calls,
  (select array_agg((reference, kind, amount)::text order by reference) from transfer)
    as transfers,
  (select array_agg((id, status, encode(hash, 'hex'))::text order by id) from api_key) as keys,
  (select array_agg((price_id, component, amount, per)::text order by price_id, component)
    from price_component) as prices`;

const valuesOf = async (db: Db) => (await db.query<Record<string, string[]>>(VALUES))[0];

test('every migration keeps the amounts of books that were written before it', async () => {
  const { db } = database;
  const before = await valuesOf(db);
  for (const rows of Object.values(before ?? {})) expect(rows.length).toBeGreaterThan(5);
  const names = (await readdir(migrationsFolder)).filter((name) => name.endsWith('.sql')).sort();
  const migrations = pathToFileURL(folder);
  const add = (name: string) =>
    copyFile(fileURLToPath(new URL(name, migrationsFolder)), join(folder, name));
  for (const name of names.slice(0, 3)) await add(name);
  for (const name of names.slice(3)) {
    await add(name);
    expect((await migrate(db, { migrations, functions: [] })).applied).toEqual([name]);
    expect(await valuesOf(db), `after ${name}`).toEqual(before);
  }
  await migrate(db, { migrations, functions: schemaFiles.functions });
  // The holds that its killed server left open are resolved by the next one.
  const ledger = await openLedger(db, { soleServer: true });
  await ledger.close();
  expect(await db.query(`select from call where outcome = 'expired'`)).toHaveLength(12);
  expect(await verifyLedger(db)).toEqual([]);
}, 60_000);
