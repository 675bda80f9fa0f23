import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { migrate } from '../../src/db/index.ts';
import { migrationsFolder } from '../../src/instance.ts';
import { openEmptyDatabase } from '../database.ts';

test('keys keep the limit that they had before there were sets of limits', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'farebox migrations '));
  const database = await openEmptyDatabase();
  const { db } = database;
  const names = (await readdir(migrationsFolder)).filter((name) => name.endsWith('.sql')).sort();
  const upTo = async (count: number) => {
    for (const name of names.slice(0, count)) {
      await copyFile(fileURLToPath(new URL(name, migrationsFolder)), join(folder, name));
    }
    await migrate(db, { migrations: pathToFileURL(folder), functions: [] });
  };
  const ours = names.findIndex((name) => name.endsWith('_limits.sql'));
  await upTo(ours);
  await db.transaction(async (tx) => {
    await tx.query(
      `insert into platform (id, slug, name, key_prefix, default_unit)
       values (1, 'p-1', 'P', 'ptr_', 'USD')`,
    );
    await tx.query(`insert into unit values (1, 'USD', 9)`);
  });
  await db.query(`insert into account (id, platform_id, mail, name) values (2, 1, 'm', 'M')`);
  await db.query(
    `insert into api_key (id, platform_id, account_id, hash, preview, name, requests_per_minute)
     select n, 1, 2, sha256(n::text::bytea), 'x', 'x', nullif(n * 100, 400)
     from generate_series(3, 4) n`,
  );
  await upTo(ours + 1);
  const keys = await db.query('select id, limits from api_key order by id');
  expect(keys).toEqual([
    { id: 3n, limits: { requests_per_minute: '300' } },
    { id: 4n, limits: {} },
  ]);
  await database.close();
  await rm(folder, { recursive: true });
});
