import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import type { Connection } from '../db/index.ts';
import { isConnectionLost } from '../db/index.ts';
import { systemClock } from '../kernel/index.ts';
import { createSession } from './session.ts';

describe('a session', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await openTestDatabase();
  });
  afterAll(() => database.close());

  const isAlive = async (processId: number) =>
    (await database.db.query('select from pg_stat_activity where pid = $1', [processId])).length ===
    1;

  it('opens one connection for all who ask at once', async () => {
    const session = createSession({ db: database.db, clock: systemClock });
    const ids = await Promise.all(
      Array.from({ length: 5 }, () => session.run(async ({ processId }) => processId)),
    );
    expect(new Set(ids).size).toBe(1);
    await session.close();
    await expect.poll(() => isAlive(ids[0] ?? 0)).toBe(false);
  });

  it('ends the server process behind a broken line before anything else runs', async () => {
    const session = createSession({ db: database.db, clock: systemClock });
    let first: Connection | undefined;
    const failed = session.run(async (connection) => {
      first = connection;
      throw new Error('Connection terminated unexpectedly');
    });
    await expect(failed).rejects.toThrow('terminated');
    const old = first?.processId ?? 0;
    expect(await session.run(() => isAlive(old))).toBe(false);
    await session.close();
  });

  it('takes silence for a broken line', async () => {
    const session = createSession({ db: database.db, clock: systemClock, answerTimeoutMs: 50 });
    const silent = session.run((connection) => connection.query('select pg_sleep(60)'));
    const error = await silent.catch((reason: unknown) => reason);
    expect(isConnectionLost(error)).toBe(true);
    const rows = await session.run((connection) => connection.query('select 1 as one'));
    expect(rows).toEqual([{ one: 1 }]);
    const sleeping = await database.db.query(
      `select from pg_stat_activity
       where datname = current_database() and query like 'select pg_sleep%'`,
    );
    expect(sleeping).toEqual([]);
    await session.close();
  });

  it('stays as it is when a statement fails', async () => {
    const session = createSession({ db: database.db, clock: systemClock });
    const before = await session.run(async ({ processId }) => processId);
    await expect(session.run((connection) => connection.query('select 1 / 0'))).rejects.toThrow();
    expect(await session.run(async ({ processId }) => processId)).toBe(before);
    await session.close();
  });
});
