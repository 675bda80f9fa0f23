import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { give, openLedger, seedBooks, seedCustomer } from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { asTenant } from './as-tenant.ts';
import type { Queryable } from './connect.ts';

let database: TestDatabase;
let books: Awaited<ReturnType<typeof seedBooks>>;
let mine: Awaited<ReturnType<typeof seedCustomer>>;
let neighbour: typeof mine;
let theirs: typeof mine;

beforeAll(async () => {
  database = await openTestDatabase();
  books = await seedBooks(database.db);
  const other = await seedBooks(database.db);
  const ledger = await openLedger(database.db);
  mine = await seedCustomer(books, 7n);
  neighbour = await seedCustomer(books, 8n);
  theirs = await seedCustomer(other, 9n);
  await ledger.close();
});
afterAll(() => database.close());

const walletsSeen = async (tx: Queryable) => {
  const rows = await tx.query<{ id: bigint }>('select id from wallet order by id');
  return rows.map(({ id }) => id);
};
const refused = /row-level security|permission denied/;

describe('a tenant', () => {
  test('sees all of its platform and nothing of another, whatever is asked', async () => {
    const { platformId } = mine;
    await asTenant(database.db, { platformId }, async (tx) => {
      expect(await walletsSeen(tx)).toEqual([mine.walletId, neighbour.walletId].sort(byValue));
      expect(await tx.query('select from platform')).toHaveLength(1);
      const where = `where platform_id = ${theirs.platformId}`;
      for (const table of ['account', 'api_key', 'wallet_grant', 'transfer', 'entry']) {
        expect(await tx.query(`select from ${table}`), table).not.toHaveLength(0);
        expect(await tx.query(`select from ${table} ${where}`), table).toHaveLength(0);
      }
    });
  });

  test('that is a customer sees its own account alone', async () => {
    await asTenant(database.db, mine, async (tx) => {
      expect(await walletsSeen(tx)).toEqual([mine.walletId]);
      expect(await tx.query('select from account')).toHaveLength(1);
      expect(await tx.query('select from transfer')).toHaveLength(1);
      expect(await tx.query('select from wallet_grant')).toHaveLength(1);
    });
  });

  test.each([
    ['changes no row of another', `update account set name = 'x'`],
    ['takes none away', 'delete from platform_member'],
  ])('%s', async (_, statement) => {
    const { db } = database;
    const before = await db.query('select * from account where platform_id = $1', [
      theirs.platformId,
    ]);
    await asTenant(db, { platformId: mine.platformId }, (tx) => tx.query(statement));
    const after = await db.query('select * from account where platform_id = $1', [
      theirs.platformId,
    ]);
    expect(after).toEqual(before);
  });

  test.each([
    ['add a row to another', 'insert into unit values ($1, $2, 0)'],
    ['read the secrets of the instance', 'select $1::bigint, $2::text, key_proof from instance'],
    ['read who signs in', 'select $1::bigint, $2::text from auth."user"'],
    [
      'change what was charged',
      'update call set charge = 0 where platform_id = $1 or $2 = outcome',
    ],
    ['change a movement', 'update transfer set amount = 1 where platform_id = $1 or $2 = kind'],
    ['take back the record', 'delete from audit_entry where platform_id = $1 or $2 = actor'],
  ])('may not %s', async (_, statement) => {
    const done = asTenant(database.db, { platformId: mine.platformId }, (tx) =>
      tx.query(statement, [theirs.platformId, 'x']),
    );
    await expect(done).rejects.toThrow(refused);
  });

  test('that is a customer gives itself nothing', async () => {
    const { db } = database;
    const raised = await asTenant(db, mine, (tx) =>
      tx.query('update wallet set balance = balance + 1 returning id'),
    );
    expect(raised).toEqual([]);
    await expect(
      asTenant(db, mine, (tx) => give({ ...books, db: { ...db, ...tx } }, mine, 5n)),
    ).rejects.toThrow();
  });

  test('is one for its transaction only, also on the same connection', async () => {
    const { db } = database;
    await asTenant(db, mine, walletsSeen);
    const role = `select current_user = session_user as own, tenant_platform() as platform`;
    for (const [row] of await Promise.all(Array.from({ length: 20 }, () => db.query(role)))) {
      expect(row).toEqual({ own: true, platform: null });
    }
  });
});

test('every table with a platform is shown to tenants by rule, or not at all', async () => {
  const open = await database.db.query(
    `select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
       and not c.relispartition and a.attname = 'platform_id' and not c.relrowsecurity
       and has_table_privilege('farebox_tenant', c.oid, 'select')`,
  );
  expect(open).toEqual([]);
});

function byValue(a: bigint, b: bigint): number {
  return a < b ? -1 : 1;
}
