import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createLog } from '../kernel/index.ts';
import type { Connection, Db, Listener } from './index.ts';
import { listen } from './index.ts';

let database: TestDatabase;
let listener: Listener | undefined;
let heard: string[];
let connected: number;
let turns: boolean[];

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(() => {
  heard = [];
  connected = 0;
  turns = [];
});
afterEach(() => listener?.close());

function start(
  db: Pick<Db, 'connection'>,
  more: { checkEveryMs?: number; giveUpAfterMs?: number } = {},
): Listener {
  listener = listen({
    db,
    channel: 'news',
    onMessage: (payload) => heard.push(payload),
    onReconnect: () => {
      connected += 1;
    },
    onTurn: (to) => turns.push(to),
    log: createLog('silent'),
    ...more,
  });
  return listener;
}

const tell = (payload: string) => database.db.query(`select pg_notify('news', $1)`, [payload]);

async function sessions(): Promise<number[]> {
  const rows = await database.db.query<{ pid: number }>(
    `select pid from pg_stat_activity where datname = current_database() and query = 'listen news'`,
  );
  return rows.map(({ pid }) => pid);
}

test('what is told on the channel is heard, in order, until the listener is closed', async () => {
  const mine = start(database.db);
  await expect.poll(() => mine.isListening).toBe(true);
  expect(connected).toBe(1);
  await database.db.query(`select pg_notify('gossip', 'x')`);
  for (const payload of ['1', '2', '3']) await tell(payload);
  await expect.poll(() => heard).toEqual(['1', '2', '3']);
  await mine.close();
  expect(mine.isListening).toBe(false);
  await expect.poll(sessions).toEqual([]);
});

test('a session that the server ends is opened again, and the caller is told', async () => {
  const mine = start(database.db);
  await expect.poll(() => mine.isListening).toBe(true);
  const [pid] = await sessions();
  await database.db.query('select pg_terminate_backend($1)', [pid]);
  await expect.poll(() => connected, { timeout: 10_000 }).toBe(2);
  await tell('again');
  await expect.poll(() => heard).toEqual(['again']);
  expect(await sessions()).not.toContain(pid);
});

test('a database that is away is asked again until it is back', async () => {
  let refusals = 3;
  const mine = start({
    connection: async () => {
      refusals -= 1;
      if (refusals >= 0) throw new Error('refused');
      return database.db.connection();
    },
  });
  expect(mine.isListening).toBe(false);
  await expect.poll(() => connected, { timeout: 10_000 }).toBe(1);
});

test('a session that no longer answers is given up for a new one', async () => {
  let opened = 0;
  const mute = async (): Promise<Connection> => {
    const connection = await database.db.connection();
    let asked = 0;
    opened += 1;
    if (opened > 1) return connection;
    const query = <Row>(text: string) => {
      asked += 1;
      return asked === 1 ? connection.query<Row>(text) : new Promise<Row[]>(() => {});
    };
    return { ...connection, query };
  };
  start({ connection: mute }, { checkEveryMs: 50, giveUpAfterMs: 200 });
  await expect.poll(() => connected, { timeout: 10_000 }).toBe(2);
  await expect.poll(sessions).toHaveLength(1);
  await tell('on the new one');
  await expect.poll(() => heard).toEqual(['on the new one']);
});

test('a line is doubted while it is silent, and believed again when it speaks', async () => {
  let speak = () => {};
  const slow = async (): Promise<Connection> => {
    const connection = await database.db.connection();
    let asked = 0;
    const query = async <Row>(text: string) => {
      asked += 1;
      if (asked === 2) {
        await new Promise<void>((resolve) => {
          speak = resolve;
        });
      }
      return connection.query<Row>(text);
    };
    return { ...connection, query };
  };
  const mine = start({ connection: slow }, { checkEveryMs: 20, giveUpAfterMs: 60_000 });
  await expect.poll(() => turns).toEqual([true, false]);
  expect(mine.isListening).toBe(false);
  speak();
  await expect.poll(() => mine.isListening).toBe(true);
  expect([turns, connected]).toEqual([[true, false, true], 1]);
});

test('a listener can be closed while it waits to try again', async () => {
  const mine = start({ connection: () => Promise.reject(new Error('refused')) });
  await mine.close();
  expect([mine.isListening, connected]).toEqual([false, 0]);
});
