import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedBooks, seedCustomer, testIds } from '../../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts';
import type { Caller } from '../../auth/index.ts';
import { createLog, createSecretBox, systemClock, systemRandom } from '../../kernel/index.ts';
import { createBodyLog } from './body-log.ts';
import { removeOldBodies } from './body-records.ts';

let database: TestDatabase;
let caller: Caller;
beforeAll(async () => {
  database = await openTestDatabase();
  const books = await seedBooks(database.db);
  const { keyId, accountId, platformId } = await seedCustomer(books, 0n);
  caller = {
    ...{ keyId, accountId, platformId, wallets: new Map(), planId: undefined, rules: [] },
    ...{ scopes: [], models: undefined, addresses: undefined, isTest: false },
    platform: {
      ...{ slug: 'test', defaultUnit: 'USD', scales: new Map(), timeZone: 'UTC' },
      ...{ defaultOutputTokens: 1, minOutputTokens: 1 },
      ...{ logBodies: 'all', logRedact: [], logKeepDays: 1 },
    },
  };
});
afterAll(() => database.close());

const count = async () => {
  const [row] = await database.db.query<{ n: bigint }>('select count(*) as n from call_body');
  return Number(row?.n);
};

const secrets = createSecretBox(systemRandom(32), systemRandom);
const parts = () => ({
  ...{ db: database.db, secrets, clock: systemClock },
  log: createLog('silent'),
});

test('what the database does not take in time is dropped beyond a bound, and counted', async () => {
  const bodies = createBodyLog(parts());
  await database.db.transaction(async (tx) => {
    await tx.query('lock table call_body in access exclusive mode');
    for (let n = 0; n < 300; n += 1) {
      const response = new ServerResponse(new IncomingMessage(new Socket()));
      const call = { callId: testIds.callId(), body: Buffer.from('{"a":1}'), response };
      expect(bodies.watch(caller, call)).toBeDefined();
      response.emit('close');
    }
    expect(bodies.dropped).toBeGreaterThan(0);
  });
  await bodies.close();
  expect(await count()).toBe(300 - bodies.dropped);
});

test('what is kept no longer is removed', async () => {
  await database.db.query(`update call_body set kept_until = now() - interval '1 second'`);
  await removeOldBodies(database.db);
  expect(await count()).toBe(0);
});
