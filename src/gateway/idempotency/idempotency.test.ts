import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { seedBooks, seedCustomer } from '../../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { createLog, createSecretBox, systemClock, systemRandom } from '../../kernel/index.ts';
import { createIdempotency } from './index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
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
  const timers: { ms: number; run: () => void }[] = [];
  const callOff = vi.fn();
  const after = (ms: number, run: () => void) => {
    timers.push({ ms, run });
    return callOff;
  };
  const idempotency = createIdempotency({
    db,
    secrets: createSecretBox(Buffer.alloc(32, 1), systemRandom),
    clock: { ...systemClock, after },
    log: createLog('silent'),
  });
  expect(await count()).toBe(1);
  timers[0]?.run();
  await vi.waitFor(async () => expect(await count()).toBe(0));
  expect(timers.map(({ ms }) => ms)).toEqual([60_000, 60_000]);
  await idempotency.close();
  expect(callOff).toHaveBeenCalledOnce();
});
