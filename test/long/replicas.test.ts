import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { connectDatabase, type Db, migrate } from '../../src/db/index.ts';
import { schemaFiles } from '../../src/instance.ts';
import { createLog } from '../../src/kernel/index.ts';
import { findPlatform } from '../../src/tenants/index.ts';
import { readCatalogue } from '../../tools/schema/read-catalogue.ts';
import { changePrices } from '../contract/market.ts';
import { openTestDatabase } from '../database.ts';
import { createDice } from '../fleet/dice.ts';
import { expectOneChargeEach, untilNothingIsHeld } from '../fleet/fleet-books.ts';
import { startCallers } from '../fleet/repeating-callers.ts';
import { type Fleet, startFleet } from '../fleet/start-fleet.ts';
import { openManyCustomers } from '../many-customers.ts';
import { type PostgresServer, startPostgres, urlOf } from '../postgres-server.ts';
import { startServer } from '../process/server.ts';
import { dataOf, rawCall, startCall } from '../raw-call.ts';
import type { TestCustomer } from '../serving.ts';

const STARTERS = 20;
const REQUESTS = 5_000;
const CLIENTS = 50;
const STREAMS = 8;
const PLENTY = 1_000_000_000_000n;
/** A process starts in a second, but not beside nineteen others. */
const STARTING = 240_000;
/** Below the ten seconds for which a key is believed by a process that heard nothing. */
const SOON = { timeout: 6_000, interval: 20 };

let postgres: PostgresServer;
let admin: Db;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  postgres = await startPostgres({ max_connections: '500' });
  admin = connectTo('postgres');
});
afterAll(async () => {
  for (const close of closers.reverse()) await close();
  await postgres?.remove();
});

function connectTo(database: string): Db {
  const address = { ...postgres.address, database };
  const db = connectDatabase({ address, maxConnections: 4, log: createLog('silent') });
  closers.push(() => db.close());
  return db;
}

async function makeDatabase(name: string): Promise<Db> {
  await admin.query(`create database ${name}`);
  return connectTo(name);
}

async function makeFleet(db: Db): Promise<Fleet> {
  const fleet = await startFleet(db.address, 3);
  closers.push(() => fleet.remove());
  return fleet;
}

async function openCustomers(db: Db, count: number): Promise<readonly TestCustomer[]> {
  const platform = await findPlatform(db, 'model-market');
  return openManyCustomers(db, platform?.id ?? 0n, Array(count).fill(PLENTY));
}

const bodyOf = (demo: object, stream = false) => ({
  ...{ model: 'demo-small', stream, max_tokens: 200, demo },
  messages: [{ role: 'user', content: 'Say something' }],
});

/** The schema as all migrations and functions make it. */
async function wholeSchema() {
  const database = await openTestDatabase();
  const catalogue = await readCatalogue(database.db);
  await database.close();
  return catalogue;
}

test(
  `of ${STARTERS} servers that start at once on an empty database one sets it up, all serve`,
  async () => {
    const db = await makeDatabase('starters');
    const folder = await mkdtemp(join(tmpdir(), 'farebox-starters-'));
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const options = { dataFolder: folder, env: { DATABASE_URL: urlOf(db.address) } };
    const servers = await Promise.all(Array.from({ length: STARTERS }, () => startServer(options)));
    closers.push(async () => {
      for (const server of servers) server.kill('SIGKILL');
    });
    const [key = '', ...others] = servers.flatMap(({ greeting }) => greeting.key ?? []);
    expect(others).toEqual([]);
    for (const { greeting } of servers) {
      const answer = await rawCall(greeting.url, { key, body: bodyOf({ completion_tokens: 2 }) });
      expect(answer.status).toBe(200);
    }
    for (const server of servers) server.kill('SIGTERM');
    expect(await Promise.all(servers.map(({ exited }) => exited))).toEqual(Array(STARTERS).fill(0));
    expect(await db.query('select slug from platform')).toHaveLength(1);
    expect(await db.query('select from replica where ended_at is not null')).toHaveLength(STARTERS);
    expect(await readCatalogue(db)).toEqual(await wholeSchema());
  },
  STARTING,
);

test(`${STARTERS} that migrate at once leave the whole schema, applied once`, async () => {
  const db = await makeDatabase('migrated');
  const done = await Promise.all(Array.from({ length: STARTERS }, () => migrate(db, schemaFiles)));
  expect(done.filter(({ applied }) => applied.length > 0)).toHaveLength(1);
  expect(await readCatalogue(db)).toEqual(await wholeSchema());
});

test('a server that slept beyond its lease charges nothing, and serves again', async () => {
  const db = await makeDatabase('asleep');
  const fleet = await makeFleet(db);
  const [sleeper, ...awake] = fleet.servers;
  const [customer, victim] = await openCustomers(db, 2);
  if (sleeper === undefined || customer === undefined || victim === undefined) throw new Error();
  const outcomes = async (one: TestCustomer) =>
    db.query<{ outcome: string; charge: bigint; n: bigint }>(
      `select outcome, charge, count(*) as n from call where account_id = $1
       group by outcome, charge`,
      [one.accountId],
    );
  const streams = Array.from({ length: STREAMS }, () =>
    startCall(sleeper.greeting.url, {
      key: victim.key,
      body: bodyOf({ completion_tokens: 100, chunk_delay_ms: 50 }, true),
    }),
  );
  await vi.waitUntil(() => streams.every((one) => one.received().includes('data: ')), SOON);
  sleeper.kill('SIGSTOP');
  try {
    const origins = awake.map(({ greeting }) => greeting.url);
    let left = REQUESTS;
    const client = async (index: number) => {
      for (; left > 0; ) {
        left -= 1;
        const answer = await rawCall(origins[index % 2] ?? '', {
          key: customer.key,
          body: bodyOf({ completion_tokens: 10 }),
        });
        expect(answer.status).toBe(200);
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, index) => client(index)));
    await untilNothingIsHeld(db);
  } finally {
    sleeper.kill('SIGCONT');
  }
  expect(await outcomes(victim)).toEqual([{ outcome: 'expired', charge: 0n, n: 8n }]);
  const ended = await Promise.all(streams.map(({ answer }) => answer));
  expect(ended.map(({ body }) => dataOf(body).at(-1) === '[DONE]')).toEqual(
    Array(STREAMS).fill(false),
  );
  expect(await outcomes(victim)).toEqual([{ outcome: 'expired', charge: 0n, n: 8n }]);
  const lost = await db.query<{ amount: bigint }>(
    `select amount from transfer where kind = 'lost' and from_system = 'lost'`,
  );
  const [{ charge = 0n, n = 0n } = {}, ...others] = await outcomes(customer);
  expect([n, others]).toEqual([BigInt(REQUESTS), []]);
  // A hundred tokens each, ten times what the others' answers had.
  expect(lost.map(({ amount }) => amount > charge)).toEqual(Array(STREAMS).fill(true));
  const wallets = await db.query<{ balance: bigint; held: bigint }>(
    'select balance, held from wallet where account_id = any($1::bigint[]) order by id',
    [[customer.accountId, victim.accountId]],
  );
  expect(wallets).toEqual([
    { balance: PLENTY - charge * n, held: 0n },
    { balance: PLENTY, held: 0n },
  ]);
  const again = { key: victim.key, body: bodyOf({ completion_tokens: 2 }) };
  expect((await rawCall(sleeper.greeting.url, again)).status).toBe(200);
  await fleet.verify();
});

test('all servers see what changes while lines break and the database restarts', async () => {
  const db = await makeDatabase('told');
  const fleet = await makeFleet(db);
  const [customer, ...others] = await openCustomers(db, 4);
  const ask = (key: string, path: string) =>
    Promise.all(fleet.origins().map((origin) => rawCall(origin, { method: 'GET', path, key })));
  const models = async (key: string) => (await ask(key, '/v1/models')).map(({ status }) => status);
  const prices = async () =>
    (await ask(customer?.key ?? '', '/v1/models/demo-medium')).map(({ body }) => `${body}`);
  let price = 100n;
  const revokeAndReprice = async ({ keyId, key }: TestCustomer) => {
    const [before] = await prices();
    await db.query(`update api_key set status = 'revoked' where id = $1`, [keyId]);
    price += 1n;
    await changePrices({ db }, 'demo-medium', { input: price, output: price });
    await expect.poll(() => models(key), SOON).toEqual([401, 401, 401]);
    const areNew = async () => (await prices()).map((one) => one !== before);
    await expect.poll(areNew, SOON).toEqual([true, true, true]);
    expect(new Set(await prices()).size).toBe(1);
  };
  const callers = startCallers({
    ...{ count: 8, dice: createDice(1), origins: fleet.origins },
    customer: () => customer?.key ?? '',
  });
  const listeners = `from pg_stat_activity where datname = current_database()
    and query = 'listen farebox_change'`;
  const [first, second, third] = others;
  if (first === undefined || second === undefined || third === undefined) throw new Error();
  for (const { key } of others) expect(await models(key)).toEqual([200, 200, 200]);

  await revokeAndReprice(first);
  await vi.waitUntil(async () => (await db.query(`select ${listeners}`)).length === 3, SOON);
  await db.query(`select pg_terminate_backend(pid, 5000) ${listeners}`);
  await revokeAndReprice(second);
  await postgres.kill();
  await postgres.start();
  await vi.waitFor(() => db.query('select 1'), SOON);
  await revokeAndReprice(third);

  await callers.stop();
  await untilNothingIsHeld(db);
  expect(callers.told.completed.length).toBeGreaterThan(0);
  await expectOneChargeEach(db, callers.told);
  await fleet.verify();
});
