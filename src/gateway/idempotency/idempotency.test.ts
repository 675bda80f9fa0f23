import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { seedBooks, seedCustomer } from '../../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { createLog, createSecretBox, systemClock, systemRandom } from '../../kernel/index.ts';
import { createIdempotency } from './index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterEach(() => {
  vi.useRealTimers();
});
afterAll(() => database.close());

it('removes old records once a minute, until it is closed', async () => {
  const { db } = database;
  const { platformId, accountId } = await seedCustomer(await seedBooks(db), 0n);
  const leave = () =>
    db.query(
      `insert into idempotency_record
         (platform_id, account_id, route, key, fingerprint, call_id, claimed_at)
       values ($1, $2, 'POST /x', 'k', sha256('body'), gen_random_uuid(),
         now() - interval '2 days')`,
      [platformId, accountId],
    );
  const count = async () => (await db.query('select from idempotency_record')).length;
  await leave();
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const idempotency = createIdempotency({
    db,
    secrets: createSecretBox(Buffer.alloc(32, 1), systemRandom),
    clock: systemClock,
    log: createLog('silent'),
  });
  vi.advanceTimersByTime(59_000);
  expect(await count()).toBe(1);
  vi.advanceTimersByTime(1_000);
  vi.useRealTimers();
  await vi.waitFor(async () => expect(await count()).toBe(0));
  await idempotency.close();
});
