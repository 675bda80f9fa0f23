import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openEmptyDatabase, type TestDatabase } from '../../test/database.ts';
import { createLog } from '../kernel/index.ts';
import { connectDatabase, migrate } from './index.ts';
import { MIGRATION_LOCK } from './locks.ts';

let folder: string;
let database: TestDatabase;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farebox migrations '));
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  database = await openEmptyDatabase();
});
afterEach(() => database.close());

/** A program's files: the migrations in order, and one function file. */
async function writeProgram(name: string, files: Record<string, string>, functionText?: string) {
  const migrations = join(folder, name, 'migrations');
  const sql = join(folder, name, 'room', 'sql');
  await mkdir(migrations, { recursive: true });
  await mkdir(sql, { recursive: true });
  for (const [file, text] of Object.entries(files)) await writeFile(join(migrations, file), text);
  const functionFile = join(sql, 'answer.sql');
  if (functionText !== undefined) await writeFile(functionFile, functionText);
  return {
    migrations: pathToFileURL(migrations),
    functions: functionText === undefined ? [] : [pathToFileURL(functionFile)],
  };
}

const answer = (value: number) =>
  `create or replace function answer() returns int language sql as $$ select ${value} $$;`;

describe('migrating', () => {
  it('applies each file once, in order, and changed functions again', async () => {
    const files = {
      '0001_first.sql': 'create table item (id int);',
      '0002_second.sql': 'alter table item add column name text; insert into item values (1);',
    };
    const first = await migrate(database.db, await writeProgram('a', files, answer(1)));
    expect(first.applied).toEqual(['0001_first.sql', '0002_second.sql', 'room/sql/answer.sql']);
    expect(await migrate(database.db, await writeProgram('a', files, answer(1)))).toEqual({
      applied: [],
    });
    const changed = await migrate(database.db, await writeProgram('a', files, answer(2)));
    expect(changed.applied).toEqual(['room/sql/answer.sql']);
    expect(await database.db.query('select answer(), count(*) from item')).toEqual([
      { answer: 2, count: 1n },
    ]);
  });

  it('is done by one of 20 programs that start at once, while the others wait for it', async () => {
    const program = await writeProgram(
      'twenty',
      { '0001_slow.sql': 'create table once (id int); select pg_sleep(0.2);' },
      answer(1),
    );
    const log = createLog('error');
    const starters = Array.from({ length: 20 }, () =>
      connectDatabase({ address: database.address, maxConnections: 1, log }),
    );
    const results = await Promise.all(starters.map((db) => migrate(db, program)));
    await Promise.all(starters.map((db) => db.close()));
    expect(results.filter((result) => result.applied.length > 0)).toHaveLength(1);
  });

  it('waits for another starter with no limit of time', async () => {
    const other = await database.db.connection();
    await other.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const hasty = connectDatabase({
      address: database.address,
      maxConnections: 1,
      statementTimeoutMs: 50,
      log: createLog('error'),
    });
    const waiting = migrate(hasty, await writeProgram('wait', {}));
    await untilRow(
      `select 1 from pg_stat_activity where datname = current_database()
       and wait_event = 'advisory' and clock_timestamp() - query_start > interval '150 ms'`,
    );
    await other.close();
    expect(await waiting).toEqual({ applied: [] });
    await hasty.close();
  });
});

describe('a program that does not fit the database', () => {
  it('is refused when the database knows newer migrations', async () => {
    const one = { '0001_a.sql': 'select 1;' };
    await migrate(database.db, await writeProgram('new', { ...one, '0002_b.sql': 'select 1;' }));
    const old = migrate(database.db, await writeProgram('old', one));
    await expect(old).rejects.toMatchObject({
      code: 'database_newer',
      message: expect.stringMatching(/0002_b\.sql/),
    });
  });

  it('is refused when an applied migration was edited, but not for its line ends', async () => {
    await migrate(database.db, await writeProgram('e1', { '0001_a.sql': 'select 1;\n' }));
    await migrate(database.db, await writeProgram('e2', { '0001_a.sql': 'select 1;\r\n' }));
    const edited = migrate(database.db, await writeProgram('e3', { '0001_a.sql': 'select 2;\n' }));
    await expect(edited).rejects.toMatchObject({ code: 'migration_changed' });
  });
});

describe('a migration that fails', () => {
  it('is named with its line, leaves nothing of itself and keeps what came before', async () => {
    const program = await writeProgram('fail', {
      '0001_good.sql': 'create table good (id int);',
      '0002_bad.sql': 'create table bad (id int);\n\nselect nonsense;',
    });
    await expect(migrate(database.db, program)).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringMatching(/0002_bad\.sql failed at line 3: .*nonsense/),
    });
    const tables = await database.db.query(
      `select to_regclass('good') is not null as good, to_regclass('bad') is not null as bad`,
    );
    expect(tables).toEqual([{ good: true, bad: false }]);
  });
});

async function untilRow<Row>(text: string): Promise<Row[]> {
  for (;;) {
    const rows = await database.db.query<Row>(text);
    if (rows.length > 0) return rows;
  }
}
