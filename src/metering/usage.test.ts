import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Batches, openBatches } from '../../test/batches.ts';
import {
  type Books,
  type Customer,
  holdOf,
  legOf,
  seedBooks,
  seedCustomer,
  settlementOf,
} from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { idsBefore, sealAll, sealUntil } from '../../test/journal.ts';
import { callStartMs, systemClock } from '../kernel/index.ts';
import type { HoldLeg, HoldRequest } from '../ledger/index.ts';
import { verifyLedger } from '../ledger/index.ts';
import { type CallFilter, listCalls, readUsage } from './index.ts';

const HOUR_MS = 3_600_000;
const ZONE = 'Asia/Kolkata';

let database: TestDatabase;
let books: Books;
let batches: Batches;
let customers: Customer[];
let products: { productId: bigint; priceId: bigint }[];
let open: HoldRequest[];
beforeAll(async () => {
  database = await openTestDatabase();
  books = await seedBooks(database.db, ZONE);
  customers = [await seedCustomer(books, 10_000_000n), await seedCustomer(books, 10_000_000n)];
  products = [books, await addProduct('other')];
  batches = await openBatches(database.db, new Date(systemClock.nowMs()));
  await database.db.query(`update replica set asks_since = 'ffffffff-ffff-ffff-ffff-ffffffffffff'`);
});
afterAll(async () => {
  expect(await verifyLedger(database.db)).toEqual([]);
  await batches.close();
  await database.close();
});

async function addProduct(slug: string) {
  const productId = books.productId + 1n;
  await database.db.query(
    `insert into product (id, platform_id, slug, kind, name) values ($1, $2, $3, 'chat', 'M')`,
    [productId, books.platformId, slug],
  );
  await database.db.query(
    `insert into price (id, platform_id, product_id, unit, version, valid_from)
     values ($1, $2, $1, 'USD', 1, '2020-01-01')`,
    [productId, books.platformId],
  );
  return { productId, priceId: productId };
}

/** Calls of every customer, product and outcome that began so long ago; the last stay open. */
async function makeCalls(ageMs: number): Promise<HoldRequest[]> {
  const newId = idsBefore(ageMs);
  const requests = [...customers, ...customers, ...customers].flatMap((customer, index) =>
    products.map((product) => {
      const one = index === 5 ? { ...customer, keyId: undefined } : customer;
      return {
        ...holdOf({ ...legOf(books, customer, 100n), ...product, ...one }),
        callId: newId(),
      };
    }),
  );
  await batches.hold(...requests);
  const [settled, released, left] = [
    requests.slice(0, 8),
    requests.slice(8, 10),
    requests.slice(10),
  ];
  await batches.settle(
    ...settled.map((each, index) =>
      settlementOf(each, BigInt(10 + index), {
        leg: { input: 3n, output: 2n, other: { reasoning: 7n } },
      }),
    ),
    ...released.map((each) => settlementOf(each, 0n, { outcome: 'released', status: 502 })),
  );
  return left;
}

type Row = Readonly<Record<'id' | 'outcome', string>> &
  Readonly<Record<'account_id' | 'product_id' | 'input' | 'charge', bigint>> & {
    readonly key_id: bigint | null;
  };

/** The calls that match, by going through all of them. */
async function matching(filter: CallFilter): Promise<Row[]> {
  const rows = await database.db.query<Row>('select * from call order by id desc');
  return rows.filter(
    (row) =>
      (filter.accountId ?? row.account_id) === row.account_id &&
      (filter.keyId ?? row.key_id) === row.key_id &&
      (filter.productId ?? row.product_id) === row.product_id &&
      (filter.outcome ?? row.outcome) === row.outcome &&
      callStartMs(row.id) >= (filter.from?.getTime() ?? 0) &&
      callStartMs(row.id) < (filter.until?.getTime() ?? Number.POSITIVE_INFINITY),
  );
}

/** Every filter there is, alone and with others, over all time and over some whole hours. */
function filters(): CallFilter[] {
  const platform = { platformId: books.platformId };
  const [first, second] = customers as [Customer, Customer];
  // Hours of this zone begin at half past.
  const whole = (ms: number) => new Date(Math.floor(ms / HOUR_MS) * HOUR_MS - HOUR_MS / 2);
  const now = systemClock.nowMs();
  const times = [{}, { from: whole(now - 20 * HOUR_MS), until: whole(now - 2 * HOUR_MS) }];
  const owners = [
    {},
    { accountId: first.accountId },
    { accountId: second.accountId, keyId: second.keyId },
  ];
  const others = [
    {},
    { productId: products[1]?.productId as bigint },
    { outcome: 'released' as const },
    { outcome: 'expired' as const },
  ];
  return times.flatMap((time) =>
    owners.flatMap((owner) =>
      others.map((other) => ({ ...platform, ...time, ...owner, ...other })),
    ),
  );
}

async function expectExact() {
  for (const filter of filters()) {
    const calls = await matching(filter);
    for (const part of ['hour', 'day', 'model', 'status', 'key', 'account'] as const) {
      const { totals } = await readUsage(database.db, filter, { by: [part] });
      const [sum] = totals;
      expect(sum?.calls ?? 0n).toBe(BigInt(calls.length));
      expect(sum?.charge ?? 0n).toBe(calls.reduce((all, { charge }) => all + charge, 0n));
      expect(sum?.input ?? 0n).toBe(calls.reduce((all, { input }) => all + input, 0n));
    }
    const listed: string[] = [];
    for (let before: { before?: string } = {}; ; ) {
      const { lines, next } = await listCalls(database.db, filter, { limit: 3, ...before });
      listed.push(...lines.map(({ id }) => id));
      if (next === undefined) break;
      before = { before: next };
    }
    expect(listed).toEqual(calls.map(({ id }) => id));
  }
}

describe('sums and lists of calls', () => {
  it('F19: are exact while nothing is sealed, some is, calls come late, and all is', async () => {
    open = [...(await makeCalls(26 * HOUR_MS)), ...(await makeCalls(3 * HOUR_MS))];
    await expectExact();
    await sealAll(database.db);
    await expectExact();
    await makeCalls(0);
    await batches.settle(...open.slice(0, 2).map((each) => settlementOf(each, 5n)));
    await expectExact();
    await Promise.all([1, 2, 3].map(() => sealAll(database.db)));
    await expectExact();
    expect(await verifyLedger(database.db)).toEqual([]);
  });

  it('F29: find the few that match among very many, by the hours that the sums name', async () => {
    await sealUntil(database.db, ({ calls }) => calls === 0);
    const [rare] = await database.db.query<{ id: string; account_id: bigint }>(
      `select id, account_id from call where outcome = 'released' order by id limit 1`,
    );
    await database.db.query(
      `insert into call select (jsonb_populate_record(c, jsonb_build_object('id',
         overlay(c.id::text placing lpad(to_hex(n), 12, '0') from 25)))).*
       from call c, generate_series(1, 7000) n
       where c.id = (select id from call where outcome = 'settled' order by id desc limit 1)`,
    );
    const platform = { platformId: books.platformId, outcome: 'released' as const };
    const all = (await matching(platform)).map(({ id }) => id);
    const found = await listCalls(database.db, platform, { limit: 100 });
    expect(found.lines.map(({ id }) => id)).toEqual(all);
    expect(all.at(-1)).toBe(rare?.id);
    const account = { ...platform, accountId: rare?.account_id as bigint };
    const ofAccount = await listCalls(database.db, account, { limit: 100 });
    expect(ofAccount.lines.map(({ id }) => id)).toEqual(
      (await matching(account)).map(({ id }) => id),
    );
    await database.db.query(
      `delete from call c where not exists (select from hold where id = c.id)`,
    );
  });
});

describe('a call with two legs on one platform', () => {
  it('is never divided between two pages of the log', async () => {
    const newId = idsBefore(0);
    const [first, second] = customers.map((customer) => legOf(books, customer, 100n));
    const twofold = () => ({
      ...holdOf(first as HoldLeg, second as HoldLeg),
      callId: newId(),
    });
    const requests = [twofold(), twofold(), twofold()];
    await batches.hold(...requests);
    await batches.settle(...requests.map((each) => settlementOf(each, 5n)));
    const platform = { platformId: books.platformId };
    const sizes: number[] = [];
    for (let before: { before?: string } = {}; sizes.length < 3; ) {
      const { lines, next } = await listCalls(database.db, platform, { limit: 1, ...before });
      expect(new Set(lines.map(({ id }) => id)).size).toBe(1);
      sizes.push(lines.length);
      before = { before: next as string };
    }
    expect(sizes).toEqual([2, 2, 2]);
    const odd = await listCalls(database.db, platform, { limit: 3 });
    expect(odd.lines).toHaveLength(4);
  });
});

describe('an hour', () => {
  it("is one of the platform's own clock, and a day its own day", async () => {
    const ofPlatform = { platformId: books.platformId };
    const [row] = (await readUsage(database.db, ofPlatform, { by: ['hour'] })).rows;
    expect(row?.parts.hour).toMatch(/^\d{4}-\d\d-\d\d \d\d:00$/);
    const [first] = await database.db.query<{ day: string; hour: string }>(
      `select to_char(min(call_started_at(id)) at time zone '${ZONE}', 'YYYY-MM-DD') as day,
         to_char(min(call_started_at(id)) at time zone '${ZONE}', 'YYYY-MM-DD HH24:00') as hour
       from call`,
    );
    expect(row?.parts.hour).toBe(first?.hour);
    const [day] = (await readUsage(database.db, ofPlatform, { by: ['day'] })).rows;
    expect(day?.parts.day).toBe(first?.day);
  });
});

describe('verify', () => {
  it.each([
    ['usage_of_account', 'usage_is_sealed_calls'],
    ['usage_of_platform', 'usage_of_platform_is_its_accounts'],
  ])('names a sum of %s that was changed or taken away', async (table, check) => {
    const one = `ctid = (select min(ctid) from ${table})`;
    const kept = `kept_${table}`;
    await database.db.query(`create table ${kept} as select * from ${table}`);
    for (const change of [
      `update ${table} set input = input + 1 where ${one}`,
      `delete from ${table} where ${one}`,
    ]) {
      await database.db.query(change);
      const found = await verifyLedger(database.db);
      expect(found.map((each) => each.check)).toContain(check);
      expect(found[0]?.subject).toContain('usage_of_');
      await database.db.query(`truncate ${table}`);
      await database.db.query(`insert into ${table} select * from ${kept}`);
    }
  });
});
