import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createLog } from '../kernel/index.ts';
import { connectDatabase, isConnectionLost } from './index.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

describe('a value on its way', () => {
  it('keeps every digit of an int8, both ways and in arrays', async () => {
    const largest = 2n ** 63n - 1n;
    const [row] = await database.db.query<{ one: bigint; many: (bigint | null)[] }>(
      'select $1::bigint as one, $2::bigint[] as many',
      [largest, [largest, -1n, null]],
    );
    expect(row).toEqual({ one: largest, many: [largest, -1n, null] });
    const [arrays] = await database.db.query(
      `select '{{1,2},{3,NULL}}'::bigint[] as square, '{{{1,2}},{{3,NULL}}}'::bigint[] as cube,
         '{}'::bigint[] as empty, '[0:1]={7,8}'::bigint[] as moved, '{1,NULL,-2}'::int[] as small`,
    );
    expect(arrays).toEqual({
      ...{
        square: [
          [1n, 2n],
          [3n, null],
        ],
        cube: [[[1n, 2n]], [[3n, null]]],
      },
      ...{ empty: [], moved: [7n, 8n], small: [1, null, -2] },
    });
  });

  it('is a string for numeric and date, a Date for timestamptz, a Buffer for bytea', async () => {
    const [row] = await database.db.query(
      `select 0.1::numeric as n, '{1.10,2}'::numeric[] as ns, '2026-03-01'::date as d,
         '2026-03-01T00:00:00.5+02'::timestamptz as t, '\\x00ff'::bytea as b`,
    );
    expect(row).toEqual({
      n: '0.1',
      ns: ['1.10', '2'],
      d: '2026-03-01',
      t: new Date('2026-02-28T22:00:00.500Z'),
      b: Buffer.from([0, 255]),
    });
  });
});

describe('a transaction', () => {
  it('leaves nothing behind when its work throws', async () => {
    const failing = database.db.transaction(async (tx) => {
      await tx.query('create table half_done (id int)');
      throw new Error('stop');
    });
    await expect(failing).rejects.toThrow('stop');
    const [row] = await database.db.query(`select to_regclass('half_done') as found`);
    expect(row).toEqual({ found: null });
  });

  it('does not pass for committed when a failed statement was swallowed', async () => {
    const swallowing = database.db.transaction(async (tx) => {
      await tx.query('select 1 / 0').catch(() => undefined);
    });
    await expect(swallowing).rejects.toThrow('swallowed');
  });

  it('takes no statement after its end', async () => {
    const escaped = await database.db.transaction(async (tx) => tx);
    expect(() => escaped.query('select 1')).toThrow('after its end');
  });
});

describe('a dedicated connection', () => {
  it('is the session it says, and keeps prepared statements', async () => {
    const connection = await database.db.connection();
    for (const value of [1n, 2n]) {
      const rows = await connection.prepared('echo', 'select $1::bigint as value', [value]);
      expect(rows).toEqual([{ value }]);
    }
    const [row] = await connection.query<{ pid: number; names: string[] }>(
      `select pg_backend_pid() as pid,
         (select array_agg(name) from pg_prepared_statements where name = 'echo') as names`,
    );
    expect(row).toEqual({ pid: connection.processId, names: ['echo'] });
    await connection.close();
  });

  it('ends cleanly when the server has ended it first', async () => {
    const connection = await database.db.connection();
    await database.db.query('select pg_terminate_backend($1)', [connection.processId]);
    const error = await connection.query('select 1').catch((reason: unknown) => reason);
    expect(isConnectionLost(error)).toBe(true);
    await connection.close();
  });
});

describe('a lost connection', () => {
  it('of the pool is replaced by the next statement', async () => {
    const [before] = await database.db.query<{ pid: number }>('select pg_backend_pid() as pid');
    const killer = await database.db.connection();
    await killer.query('select pg_terminate_backend($1, 5000)', [before?.pid]);
    await killer.close();
    const query = () => database.db.query<{ pid: number }>('select pg_backend_pid() as pid');
    const [after] = await query().catch((error: unknown) => {
      expect(isConnectionLost(error)).toBe(true);
      return query();
    });
    expect(after?.pid).not.toBe(before?.pid);
  });

  it('is told apart from a statement that failed', async () => {
    const failed = await database.db.query('select 1 / 0').catch((error: unknown) => error);
    expect(isConnectionLost(failed)).toBe(false);
  });

  it('is what a server that is not there amounts to', async () => {
    for (const host of ['127.0.0.1', '/nowhere']) {
      const absent = connectDatabase({
        address: { host, port: 1, user: 'nobody', database: 'none' },
        maxConnections: 1,
        log: createLog('silent'),
      });
      const error = await absent.query('select 1').catch((reason: unknown) => reason);
      expect(isConnectionLost(error)).toBe(true);
      await absent.close();
    }
  });
});
