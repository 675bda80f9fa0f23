// How many calls a second the ledger holds and settles, without the gateway around it:
//
//   node bench/ledger-pairs.mjs [seconds, 10] [DATABASE_URL]
//
// Without a URL it runs against the PostgreSQL that comes with us, in a folder of its own that is
// removed afterwards, with fsync on; the URL of an empty database of yours does as well. 256
// clients each hold, then settle, then start again: first over 10,000 wallets, then all on one.
// Every hold claims a key's requests per minute. Prints pairs per second, the waiting times and (on
// Linux) the processor time that a pair takes, which is the figure to trust on a busy machine;
// verifies the books at the end. Client and database share the machine.
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from '../tools/build.mjs';

const CLIENTS = 256;
const WALLETS = 10_000;
const [seconds = '10', url] = process.argv.slice(2);

const root = new URL('../', import.meta.url);
await ensureBuilt(root);
const load = (room) => import(new URL(`dist/${room}/index.js`, root));
const { createIds, createLog, systemClock, systemRandom } = await load('kernel');
const { addressFromUrl, connectDatabase, migrate, openEmbedded } = await load('db');
const { createLedger, emptyLeg, ledgerFunctionFiles, verifyLedger } = await load('ledger');

const log = createLog('warn');
const ids = createIds(systemClock, systemRandom);
const say = (line) => process.stdout.write(`${line}\n`);

const dataFolder = await mkdtemp(join(tmpdir(), 'farebox-bench-'));
// The database may have to run as another user, who must be able to go through.
await chmod(dataFolder, 0o711);
const embedded = url
  ? undefined
  : await openEmbedded({ dataFolder, role: 'server', clock: systemClock, log });
const address = embedded?.address ?? addressFromUrl(url);
const db = connectDatabase({ address, maxConnections: 5, log, statementTimeoutMs: 600_000 });
try {
  await migrate(db, {
    migrations: new URL('migrations/', root),
    functions: ledgerFunctionFiles,
  });
  const [{ version }] = await db.query('select version() as version');
  say(version);
  const books = await seed();
  const host = 'bench';
  const ledger = await createLedger({
    ...{ db, ids, clock: systemClock, log, host, pid: process.pid, soleServer: true },
  });
  const spread = () => Buffer.from(systemRandom(4)).readUInt32BE() % WALLETS;
  await run(ledger, books, 'warming up', spread, 2_000);
  await db.query('analyze');
  await run(ledger, books, `${WALLETS} wallets`, spread, Number(seconds) * 1_000);
  await run(ledger, books, 'one wallet', () => 0, Number(seconds) * 1_000);
  await ledger.close();
  const differences = await verifyLedger(db);
  say(differences.length === 0 ? 'verified: the books hold' : JSON.stringify(differences[0]));
  process.exitCode = differences.length === 0 ? 0 : 1;
} finally {
  await db.close();
  await embedded?.close();
  await rm(dataFolder, { recursive: true, force: true });
}

/** A platform with one price and many customers, each with a wallet, a key and one grant. */
async function seed() {
  const [platformId, productId, priceId, first] = Array.from({ length: 4 }, () => ids.rowId());
  await db.transaction(async (tx) => {
    await tx.query(
      `insert into platform (id, slug, name, key_prefix, default_unit)
       values ($1, 'bench', 'Bench', 'sk-fb-', 'USD')`,
      [platformId],
    );
    await tx.query(`insert into unit values ($1, 'USD', 9)`, [platformId]);
    await tx.query(
      `insert into product (id, platform_id, slug, kind, name) values ($1, $2, 'm', 'chat', 'M')`,
      [productId, platformId],
    );
    await tx.query(
      `insert into price (id, platform_id, product_id, unit, version)
       values ($1, $2, $3, 'USD', 1)`,
      [priceId, platformId, productId],
    );
    const rows = [platformId, first, WALLETS];
    const many = `generate_series($2::bigint, $2::bigint + $3::int - 1) as n`;
    await tx.query(
      `insert into account (id, platform_id, external_id, name)
       select n, $1, n::text, 'Customer' from ${many}`,
      rows,
    );
    await tx.query(
      `insert into wallet (id, platform_id, account_id, unit) select n, $1, n, 'USD' from ${many}`,
      rows,
    );
    await tx.query(
      `insert into api_key (id, platform_id, account_id, hash, preview, name)
       select n, $1, n, sha256(n::text::bytea), 'sk-fb', 'key' from ${many}`,
      rows,
    );
    await tx.query(
      `select grant_value(null, n, $1, n, 1000000000000, 'purchase', 0::smallint, null,
         'bench:' || n, null, null, 0) from ${many}`,
      rows,
    );
  });
  await db.query('vacuum analyze');
  return { platformId, productId, priceId, first };
}

async function run(ledger, books, title, pickWallet, forMs) {
  const waits = { hold: [], settle: [] };
  const [ownBefore, databaseBefore] = [process.cpuUsage(), await databaseCpuUs()];
  const startedMs = performance.now();
  const endMs = startedMs + forMs;
  let pairs = 0;
  const client = async () => {
    while (performance.now() < endMs) {
      const id = books.first + BigInt(pickWallet());
      const callId = ids.callId();
      const leg = { platformId: books.platformId, accountId: id, walletId: id, keyId: id };
      const claims = [{ counter: 'key.minute.requests', amount: 1n, cap: 1_000_000_000n }];
      const asked = { minimum: 1_000n, maximum: 1_000n, tokens: 500n, claims };
      const { productId, priceId } = books;
      const heldMs = performance.now();
      const held = await ledger.hold({ callId, legs: [{ ...leg, productId, priceId, ...asked }] });
      if (held.outcome !== 'held') throw new Error(`refused: ${held.outcome}`);
      const settledMs = performance.now();
      await ledger.settle({
        ...{ callId, outcome: 'settled', estimated: false, streamed: true, status: 200 },
        ...{ firstByteMs: 120, latencyMs: 900 },
        legs: [{ ...emptyLeg(id, id), price: 700n, input: 120n, output: 80n }],
      });
      waits.hold.push(settledMs - heldMs);
      waits.settle.push(performance.now() - settledMs);
      pairs += 1;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const rate = Math.round((pairs * 1_000) / (performance.now() - startedMs));
  const [hold, settle] = [waits.hold, waits.settle].map((list) => {
    const sorted = list.sort((a, b) => a - b);
    const at = (share) => sorted[Math.floor(share * (sorted.length - 1))].toFixed(1);
    return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
  });
  const own = process.cpuUsage(ownBefore);
  const [ownUs, databaseUs] = [own.user + own.system, (await databaseCpuUs()) - databaseBefore];
  say(`${title}: ${rate} pairs/s; hold ${hold}; settle ${settle}`);
  say(
    `  a pair takes ${per(databaseUs, pairs)} of the database, ${per(ownUs, pairs)} of the client`,
  );
}

function per(us, pairs) {
  return `${(us / pairs).toFixed(0)} µs`;
}

/** Processor time of the database's sessions of ours, by /proc; NaN where there is none. */
async function databaseCpuUs() {
  const rows = await db.query(
    `select pid from pg_stat_activity
     where datname = current_database() and application_name = 'farebox'`,
  );
  const times = await Promise.all(
    rows.map(async ({ pid }) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // utime and stime, in hundredths of a second.
      return (Number(fields[11]) + Number(fields[12])) * 10_000;
    }),
  );
  return times.reduce((sum, us) => sum + us, 0);
}
