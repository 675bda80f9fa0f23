// What an import of a user base takes, beside PostgreSQL's own COPY of the same rows into a table
// without an index.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { countUse } from '../machine/count-use.mjs';
import { connect, describeDatabase, makeFolder, openServer } from '../machine/database-server.mjs';

const FULL = 100_000;
const QUICK = 5_000;
const PIECE = 500;

/** `runs`: of each round the first import, the second of the same file, and the COPY. */
export async function measureImport({ rooms, options, say }) {
  const rows = options.quick ? QUICK : FULL;
  const server = await openServer(rooms, options.databaseUrl);
  const folder = await makeFolder();
  let database;
  try {
    database = connect(rooms, await server.createDatabase('import'));
    await rooms.db.migrate(database, rooms.schemaFiles);
    const file = join(folder, 'rows.csv');
    await writeFile(file, Array.from({ length: rows }, (_, n) => csvOf(n)).join(''));
    await database.query('create table bare (mail text, external_id text, name text, tokens int)');
    const runs = [];
    for (let round = 0; round < options.rounds; round += 1) {
      runs.push(await measureRound(rooms, database, { round, rows, file }));
      say(`import, round ${round + 1}: ${Math.round(runs[round].first.wallMs)} ms`);
    }
    const [wrong] = await rooms.ledger.verifyLedger(database);
    if (wrong !== undefined) throw new Error(`verify says ${JSON.stringify(wrong)}`);
    return { runs, rows, database: await describeDatabase(database) };
  } finally {
    await database?.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureRound(rooms, database, { round, rows, file }) {
  const platform = await rooms.tenants.createPlatform(database, rooms.ids, {
    slug: `import-${round}`,
    name: 'Import',
    keyPrefix: 'sk-im-',
    units: [{ code: 'token', scale: 0 }],
  });
  await database.query('truncate bare');
  const copy = await countUse(database, () => database.query(`copy bare from '${file}' csv`));
  const first = await importOnce(rooms, database, platform.id, rows, { created: rows });
  const again = await importOnce(rooms, database, platform.id, rows, { unchanged: rows });
  return { copy, first, again };
}

/** Throws unless every row came to what it should. `grewBytes`: the most that memory grew by. */
async function importOnce({ tenants, ids, clock }, database, platformId, rows, expected) {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let most = before;
  let report;
  const use = await countUse(database, async () => {
    report = await tenants.importAccounts(
      { ids, clock, transaction: database.transaction },
      {
        platformId,
        source: pieces(rows),
        format: 'ndjson',
        mapping: {},
        isDryRun: false,
        onProgress: () => {
          most = Math.max(most, process.memoryUsage.rss());
        },
      },
    );
  });
  for (const [name, count] of Object.entries(expected)) {
    if (report[name] !== count) throw new Error(`the import says ${JSON.stringify(report)}`);
  }
  return { ...use, grewBytes: most - before };
}

function* numbers(rows) {
  for (let from = 0; from < rows; from += PIECE) {
    yield Array.from({ length: Math.min(PIECE, rows - from) }, (_, n) => from + n);
  }
}

async function* pieces(rows) {
  const encoder = new TextEncoder();
  for (const some of numbers(rows)) yield encoder.encode(some.map(jsonOf).join(''));
}

const userOf = (n) => [`user${n}@people.example`, `u-${n}`, `User ${n}`, n % 1_000];
const csvOf = (n) => `${userOf(n).join(',')}\n`;
const jsonOf = (n) => {
  const [mail, externalId, name, tokens] = userOf(n);
  return `${JSON.stringify({ email: mail, _id: { $oid: externalId }, name, tokens })}\n`;
};
