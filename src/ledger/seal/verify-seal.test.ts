import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Books, seedBooks } from '../../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts';
import { type Journal, journalKey, sealUntil, writeJournal } from '../../../test/journal.ts';
import type { Queryable } from '../../db/index.ts';
import { createSecretBox, systemRandom } from '../../kernel/index.ts';
import { findDifferences } from '../verify.ts';
import { type Anchor, reportOnSeal, verifySeal } from './verify-seal.ts';

class RolledBack extends Error {}

let database: TestDatabase;
let books: Books;
let journal: Journal;
beforeAll(async () => {
  database = await openTestDatabase();
  books = await seedBooks(database.db);
  journal = await writeJournal(books);
  await sealUntil(database.db);
  await journal.settleOpen();
  await sealUntil(database.db);
});
afterAll(() => database.close());

/** Does the change on what is as good as a copy, and tells what the seal says of it, as texts. */
async function tamper(change: (tx: Queryable) => Promise<unknown>): Promise<string[]> {
  let found: string[] = [];
  const work = database.db.transaction(async (tx) => {
    await dropConstraints(tx);
    await change(tx);
    const report = await reportOnSeal(tx, journalKey);
    found = report.differences.map((one) => `${one.check}: ${one.subject}: ${one.found}`);
    throw new RolledBack();
  });
  await expect(work).rejects.toThrow(RolledBack);
  return found;
}

/** Whoever writes into the database by hand is not kept from it by constraints either. */
async function dropConstraints(tx: Queryable): Promise<void> {
  const rows = await tx.query<{ table: string; name: string }>(
    `select conrelid::regclass::text as table, conname as name from pg_constraint
     where conrelid = any ('{call, transfer, wallet_grant, seal_block}'::regclass[])
       and contype in ('c', 'f') and conparentid = 0
     order by contype desc`,
  );
  for (const { table, name } of rows)
    await tx.query(`alter table ${table} drop constraint ${name}`);
  const triggers = await tx.query<{ table: string; name: string }>(
    `select tgrelid::regclass::text as table, tgname as name from pg_trigger
     where tgrelid = any ('{transfer, wallet_grant}'::regclass[]) and not tgisinternal`,
  );
  for (const { table, name } of triggers) await tx.query(`drop trigger ${name} on ${table}`);
}

interface Column {
  readonly name: string;
  readonly type: string;
}

function columnsOf(tx: Queryable, table: string): Promise<Column[]> {
  return tx.query<Column>(
    `select attname as name, format_type(atttypid, null) as type from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
    [table],
  );
}

/** The smallest change of a value of each type. */
const FLIPPED: Readonly<Record<string, (column: string) => string>> = {
  // Not the lowest bit: the row beside may have that number.
  bigint: (column) => `coalesce(${column}, 0) # 1099511627776`,
  integer: (column) => `coalesce(${column}, 0) # 1`,
  smallint: (column) => `coalesce(${column}, 0::smallint) # 1::smallint`,
  boolean: (column) => `not ${column}`,
  text: (column) => `coalesce(${column}, '') || 'x'`,
  date: (column) => `coalesce(${column}, 'epoch') + 1`,
  uuid: (column) => `case when ${column} is null then '00000000-0000-0000-0000-000000000000'
    else overlay(${column}::text placing to_hex(('x' || right(${column}::text, 1))::bit(4)::int # 1)
      from 36)::uuid end`,
  jsonb: (column) => `coalesce(${column}, '{}') || '{"image": "1"}'`,
  bytea: (column) => `case when length(${column}) = 0 then '\\x01' else
    set_byte(${column}, 0, get_byte(${column}, 0) # 1) end`,
  'timestamp with time zone': (column) => `coalesce(${column}, 'epoch') + interval '1 microsecond'`,
};

async function flip(tx: Queryable, table: string, column: Column, where: string): Promise<void> {
  const value = FLIPPED[column.type]?.(column.name);
  if (value === undefined) throw new Error(`how is a ${column.type} changed?`);
  const rows = await tx.query(
    `update ${table} set ${column.name} = ${value} where ${where} returning 1`,
  );
  expect(rows).toHaveLength(1);
}

/** Runs for each column of a table, and fails when the table has none. */
async function forEachColumn(table: string, work: (column: Column) => Promise<void>) {
  const columns = await columnsOf(database.db, table);
  expect(columns.length).toBeGreaterThan(1);
  for (const column of columns) await work(column);
}

const one = async (query: string) => {
  const [row] = await database.db.query<{ it: unknown }>(query);
  return String(row?.it);
};

describe('the seal', () => {
  it('finds nothing where nothing was changed, and has everything', async () => {
    const report = await verifySeal(database.db, journalKey);
    expect(report.differences).toEqual([]);
    expect(report.tail).toEqual({ calls: 0, transfers: 0, oldestAt: null });
    const [sealed] = await database.db.query(
      `select sum(row_count) filter (where kind = 'calls') as calls,
         sum(row_count) filter (where kind = 'late_calls') as late,
         sum(row_count) filter (where kind = 'transfers') as transfers from seal_block`,
    );
    // Six calls with seven legs, two of them still open at first, one of them to this day.
    expect(sealed).toEqual({ calls: 6n, late: 1n, transfers: 6n + 3n });
  });

  it('finds a change in each column of a call, and names the call', async () => {
    await forEachColumn('call', async (column) => {
      for (const id of [journal.settled, journal.open]) {
        const found = await tamper((tx) => flip(tx, 'call', column, `id = '${id}'`));
        if (['id', 'leg'].includes(column.name)) {
          expect(found.join(), column.name).toMatch(
            /sealed_rows_stand: call .* leg \d: changed|added/,
          );
        } else {
          expect(found, column.name).toEqual([`sealed_rows_stand: call ${id} leg 0: changed`]);
        }
      }
    });
  });

  it('finds a change in each column of a transfer, and names the transfer', async () => {
    const id = await one(`select id as it from transfer where kind = 'expiry'`);
    await forEachColumn('transfer', async (column) => {
      const found = await tamper((tx) => flip(tx, 'transfer', column, `id = ${id}`));
      const name = column.name === 'id' ? '1 of the 8 rows' : `transfer ${id}: changed`;
      expect(found.join(), column.name).toContain(`sealed_rows_stand: ${name}`);
    });
  });

  it('finds a change in each column of a grant that is not its use, and names it', async () => {
    const id = await one('select id as it from wallet_grant order by id limit 1');
    await forEachColumn('wallet_grant', async (column) => {
      const change = (tx: Queryable) => flip(tx, 'wallet_grant', column, `id = ${id}`);
      const found = await tamper(change);
      if (['remaining', 'pinned', 'closed', 'ended_at'].includes(column.name)) {
        expect(found).toEqual([]);
        return;
      }
      const name = column.name === 'id' ? `grant ${id}: is gone` : `grant ${id}: changed`;
      expect(found.join(), column.name).toContain(name);
    });
  });

  it('leaves the use of a grant to what can be derived, and that finds each change', async () => {
    const id = await one(
      `select id as it from wallet_grant where not closed and pinned is null order by id limit 1`,
    );
    for (const name of ['remaining', 'pinned', 'closed', 'ended_at']) {
      const work = database.db.transaction(async (tx) => {
        await dropConstraints(tx);
        const [column] = (await columnsOf(tx, 'wallet_grant')).filter((each) => each.name === name);
        await flip(tx, 'wallet_grant', column as Column, `id = ${id}`);
        const found = await findDifferences(tx);
        expect(found.map(({ subject }) => subject).join(), name).toMatch(/grant|wallet/);
        throw new RolledBack();
      });
      await expect(work).rejects.toThrow(RolledBack);
    }
  });

  it.each(['calls', 'late_calls', 'transfers'])(
    'finds a change in each column of a block of %s, and names the block',
    async (kind) => {
      const no = await one(`select min(no) as it from seal_block where kind = '${kind}'`);
      await forEachColumn('seal_block', async (column) => {
        const found = await tamper((tx) => flip(tx, 'seal_block', column, `no = ${no}`));
        const named = column.name === 'no' ? 'blocks_are_chained: block' : `block ${no}`;
        expect(found.join(), column.name).toContain(named);
      });
    },
  );

  it('finds a change of what is noted of a late call', async () => {
    const where = `id = '${journal.open}'`;
    expect(
      await tamper((tx) => flip(tx, 'late_call', { name: 'sealed_in', type: 'bigint' }, where)),
    ).not.toEqual([]);
    expect(
      await tamper((tx) => flip(tx, 'late_call', { name: 'id', type: 'uuid' }, where)),
    ).not.toEqual([]);
    const added = await tamper((tx) => tx.query(`delete from late_call where ${where}`));
    expect(added).toContain(`sealed_rows_stand: call ${journal.open} leg 0: was added`);
  });
});

describe('a sealed row', () => {
  const copy = (table: string, where: string, columns: string) =>
    `insert into ${table} select (jsonb_populate_record(r, '${columns}')).* from ${table} r
     where ${where}`;

  it('that is taken away is named: a call by its hold', async () => {
    for (const id of [journal.settled, journal.open]) {
      const found = await tamper((tx) => tx.query(`delete from call where id = '${id}'`));
      expect(found).toEqual([`sealed_rows_stand: call ${id} leg 0: is gone`]);
      const both = await tamper(async (tx) => {
        await tx.query(`delete from call where id = '${id}'`);
        await tx.query(`delete from hold where id = '${id}'`);
      });
      // What is noted of late calls names them even then.
      expect(both.join()).toMatch(
        id === journal.open ? found.join() : /1 of the 6 rows of block \d+, calls of .*: is gone/,
      );
    }
  });

  it('that is taken away is named: a grant by its transfer, a transfer by its block', async () => {
    const gone = /^sealed_rows_stand: 1 of the 8 rows of block \d+, transfers .*: is gone$/;
    expect(await tamper((tx) => tx.query(`delete from transfer where kind = 'lost'`))).toEqual([
      expect.stringMatching(gone),
    ]);
    const id = await one('select min(id) as it from wallet_grant');
    expect(await tamper((tx) => tx.query(`delete from wallet_grant where id = ${id}`))).toEqual([
      `sealed_rows_stand: grant ${id}: is gone`,
    ]);
  });

  it('that was added is named', async () => {
    const leg = await tamper((tx) =>
      tx.query(copy('call', `r.id = '${journal.settled}'`, '{"leg": 1}')),
    );
    expect(leg).toEqual([`sealed_rows_stand: call ${journal.settled} leg 1: was added`]);
    const transfer = await tamper((tx) =>
      tx.query(copy('transfer', `r.kind = 'lost'`, '{"id": -5, "reference": "mine"}')),
    );
    expect(transfer).toEqual(['sealed_rows_stand: transfer -5: was added']);
  });

  it('is told from another that was added when both happened', async () => {
    const found = await tamper(async (tx) => {
      await tx.query(`update call set price = price + 1 where id = '${journal.settled}'`);
      await tx.query(copy('call', `r.id = '${journal.released}'`, '{"leg": 1}'));
    });
    expect(found.sort()).toEqual(
      [
        `sealed_rows_stand: call ${journal.settled} leg 0: changed or added`,
        `sealed_rows_stand: call ${journal.released} leg 1: changed or added`,
      ].sort(),
    );
  });
});

describe('a block', () => {
  it('that is taken out of the chain is named', async () => {
    const last = Number(await one('select max(no) as it from seal_block'));
    for (let no = 1; no < last; no += 1) {
      const found = await tamper((tx) => tx.query('delete from seal_block where no = $1', [no]));
      expect(found).toContain(`blocks_are_chained: block ${no}: no such block`);
    }
    const two = await tamper((tx) => tx.query('delete from seal_block where no < 3'));
    expect(two).toContain('blocks_are_chained: blocks 1 to 2: no such block');
  });

  it('that is taken off the end shows as a tail, and against a note of it as gone', async () => {
    const { head } = await verifySeal(database.db, journalKey);
    if (head === undefined) throw new Error('there are blocks');
    const anchor: Anchor = { no: head.no, mac: head.mac.slice(0, 16) };
    expect((await verifySeal(database.db, journalKey, anchor)).differences).toEqual([]);
    const work = database.db.transaction(async (tx) => {
      await tx.query('delete from late_call');
      await tx.query('delete from seal_block');
      const report = await reportOnSeal(tx, journalKey, anchor);
      expect(report.tail).toMatchObject({ calls: 7, transfers: 6, oldestAt: expect.any(Date) });
      expect(report.differences.map(({ check, subject }) => `${check}: ${subject}`)).toEqual([
        `seal_is_anchored: block ${head.no}`,
      ]);
      throw new RolledBack();
    });
    await expect(work).rejects.toThrow(RolledBack);
    const wrong = { no: head.no, mac: '0'.repeat(16) };
    expect((await verifySeal(database.db, journalKey, wrong)).differences).toHaveLength(1);
  });

  it('cannot be made without the instance key', async () => {
    const other = createSecretBox(Buffer.alloc(32, 8), systemRandom).macKey('test');
    const { differences, blocks } = await verifySeal(database.db, other);
    expect(differences).toHaveLength(blocks);
    expect(new Set(differences.map(({ check }) => check))).toEqual(new Set(['blocks_are_chained']));
  });
});
