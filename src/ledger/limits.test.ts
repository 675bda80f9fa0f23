import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Batches, openBatches } from '../../test/batches.ts';
import {
  type Books,
  type Customer,
  holdOf,
  legOf,
  openLedger,
  seedBooks,
  seedCustomer,
  settlementOf,
  walletOf,
} from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { COUNTERS, type Counter, type HoldLeg, verifyLedger } from './index.ts';

describe('a limit', () => {
  let database: TestDatabase;
  let books: Books;
  let batches: Batches;
  const noon = new Date('2026-03-10T12:00:30Z');
  beforeAll(async () => {
    database = await openTestDatabase();
    books = await seedBooks(database.db);
    batches = await openBatches(database.db, noon);
  });
  afterEach(async () => {
    expect(await verifyLedger(database.db)).toEqual([]);
    batches.now = noon;
  });
  afterAll(async () => {
    await batches.close();
    await database.close();
  });

  const counters = (['key', 'account'] as const).flatMap((scope) =>
    COUNTERS.map((counter): Counter => `${scope}.${counter}`),
  );
  /** A call of 10 units and 10 tokens; what it adds to the counter, and that counter's cap. */
  const claimed = (customer: Customer, counter: Counter, cap: bigint, more?: Partial<HoldLeg>) => {
    const amount = counter.endsWith('requests') ? 1n : 10n;
    return holdOf(
      legOf(books, customer, 10n, { tokens: 10n, claims: [{ counter, amount, cap }], ...more }),
    );
  };
  const capFor = (counter: Counter, calls: bigint) =>
    counter.endsWith('requests') ? calls : calls * 10n;
  const countersOf = async (customer: Customer) => {
    const columns = `minute_requests, minute_tokens, day_requests, day_tokens, day_spent,
      month_requests, month_tokens, month_spent, total_spent, open_holds`;
    const [wallet] = await books.db.query<Record<string, bigint>>(
      `select ${columns} from wallet where id = $1`,
      [customer.walletId],
    );
    const [key] = await books.db.query<Record<string, bigint>>(
      `select ${columns} from api_key where id = $1`,
      [customer.keyId],
    );
    return { wallet, key };
  };

  it.each(counters)(
    'on %s admits exactly its cap, in one batch and over several',
    async (counter) => {
      const customer = await seedCustomer(books, 1_000n);
      const ask = () => claimed(customer, counter, capFor(counter, 3n));
      const results = [
        ...(await batches.hold(ask())),
        ...(await batches.hold(ask(), ask(), ask())),
        ...(await batches.hold(ask())),
      ];
      expect(results.map((result) => result.outcome)).toEqual([
        'held',
        'held',
        'held',
        'limited',
        'limited',
      ]);
      expect(results.map((result) => result.remaining)).toEqual(
        [2n, 1n, 0n, 0n, 0n].map((calls) => [capFor(counter, calls)]),
      );
      expect(results[4]?.refusedClaim?.counter).toBe(counter);
      const [free] = await batches.hold(holdOf(legOf(books, customer, 10n)));
      expect(free?.outcome).toBe('held');
    },
  );

  it('that refuses a call is named, and the call counts nowhere: all claims or none', async () => {
    const customer = await seedCustomer(books, 1_000n);
    const before = await countersOf(customer);
    for (const tight of counters) {
      const claims = counters.map((counter) => ({
        counter,
        amount: counter.endsWith('requests') ? 1n : 10n,
        cap: counter === tight ? 0n : 1_000n,
      }));
      const [result] = await batches.hold(
        holdOf(legOf(books, customer, 10n, { tokens: 10n, claims })),
      );
      expect(result).toMatchObject({ outcome: 'limited', refusedClaim: { counter: tight } });
      expect(result?.granted).toEqual([0n]);
    }
    expect(await countersOf(customer)).toEqual(before);
    expect(await walletOf(books.db, customer)).toMatchObject({ held: 0n });
  });

  it('of the second leg refuses the first leg as well', async () => {
    const [retail, wholesale] = [await seedCustomer(books, 99n), await seedCustomer(books, 99n)];
    const claims = [{ counter: 'account.day.requests' as const, amount: 1n, cap: 1n }];
    const ask = () =>
      holdOf(
        legOf(books, retail, 10n, {
          claims: [{ counter: 'key.minute.requests', amount: 1n, cap: 5n }],
        }),
        legOf(books, wholesale, 10n, { keyId: undefined, claims }),
      );
    const results = await batches.hold(ask(), ask());
    expect(results.map((result) => result.outcome)).toEqual(['held', 'limited']);
    expect(results[1]?.refusedClaim).toEqual(claims[0]);
    expect((await countersOf(retail)).key).toMatchObject({ minute_requests: 1n, open_holds: 1n });
    expect(await walletOf(books.db, retail)).toMatchObject({ held: 10n });
  });

  it('of a minute slides: a burst at its end leaves almost nothing after its turn', async () => {
    const customer = await seedCustomer(books, 10_000n);
    const minute = async (time: string, calls: number, counter: Counter, cap: bigint) => {
      batches.now = new Date(`2026-03-10T${time}Z`);
      const asked = Array.from({ length: calls }, () => claimed(customer, counter, cap));
      const results = await batches.hold(...asked);
      return results.filter((result) => result.outcome === 'held').length;
    };
    expect(await minute('12:00:59', 61, 'key.minute.requests', 60n)).toBe(60);
    expect(await minute('12:01:01', 9, 'key.minute.requests', 60n)).toBe(1);
    expect(await minute('12:01:30', 60, 'key.minute.requests', 60n)).toBe(29);
    // A whole minute later only this minute's 30 are left to count, and they fade.
    expect(await minute('12:02:00', 60, 'key.minute.requests', 60n)).toBe(30);
    expect(await minute('12:04:00', 61, 'key.minute.requests', 60n)).toBe(60);
  });

  it('of a minute slides exactly: 20 s into the next one, 2 of 3 calls count', async () => {
    const customer = await seedCustomer(books, 1_000n);
    const ask = () => claimed(customer, 'key.minute.requests', 4n);
    batches.now = new Date('2026-03-10T12:00:30Z');
    await batches.hold(ask(), ask(), ask());
    batches.now = new Date('2026-03-10T12:01:20Z');
    const results = await batches.hold(ask(), ask(), ask());
    expect(results.map((result) => [result.outcome, result.remaining])).toEqual([
      ['held', [1n]],
      ['held', [0n]],
      ['limited', [0n]],
    ]);
  });

  it('of tokens a minute slides as well', async () => {
    const customer = await seedCustomer(books, 1_000n);
    const ask = () => claimed(customer, 'account.minute.tokens', 100n);
    batches.now = new Date('2026-03-10T12:00:59Z');
    await batches.hold(...Array.from({ length: 10 }, ask));
    batches.now = new Date('2026-03-10T12:01:15Z');
    const results = await batches.hold(ask(), ask(), ask());
    // 75 of the 100 still lie within 60 seconds.
    expect(results.map((result) => [result.outcome, result.remaining])).toEqual([
      ['held', [15n]],
      ['held', [5n]],
      ['limited', [5n]],
    ]);
  });

  it.each([
    // The clocks go forward on 8 March 2026, back on 1 November.
    ['America/New_York', 'day', '2026-03-08T05:00:00Z', '2026-03-09T04:00:00Z'],
    ['America/New_York', 'day', '2026-11-01T04:00:00Z', '2026-11-02T05:00:00Z'],
    ['America/New_York', 'month', '2026-03-01T05:00:00Z', '2026-04-01T04:00:00Z'],
    ['Asia/Kolkata', 'day', '2026-02-27T18:30:00Z', '2026-02-28T18:30:00Z'],
    ['Asia/Kolkata', 'month', '2026-01-31T18:30:00Z', '2026-02-28T18:30:00Z'],
    ['UTC', 'month', '2028-02-01T00:00:00Z', '2028-03-01T00:00:00Z'],
    // Midnight of 24 April 2026 does not exist there.
    ['Africa/Cairo', 'day', '2026-04-23T22:00:00Z', '2026-04-24T21:00:00Z'],
  ])('in %s counts a %s from %s until %s', async (timeZone, window, from, until) => {
    const zone = await seedBooks(database.db, timeZone);
    const [start, end] = [Date.parse(from), Date.parse(until)];
    for (const counted of ['key', 'account'].flatMap((owner) =>
      ['requests', 'tokens', 'spent'].map((what) => `${owner}.${window}.${what}` as Counter),
    )) {
      const customer = await seedCustomer(zone, 1_000n);
      const ask = async (time: number) => {
        batches.now = new Date(time);
        const claims = [{ counter: counted, amount: 1n, cap: 1n }];
        const leg = legOf(zone, customer, 1n, { claims, tokens: 1n });
        const [result] = await batches.hold(holdOf(leg));
        return result?.outcome;
      };
      expect(await ask(start - 1)).toBe('held');
      expect(await ask(start - 1)).toBe('limited');
      expect(await ask(start)).toBe('held');
      expect(await ask(end - 1)).toBe('limited');
      expect(await ask(end)).toBe('held');
    }
  });

  it('of a budget bounds what is held, and a settlement gives back what was not used', async () => {
    const customer = await seedCustomer(books, 1_000n);
    const ask = () => claimed(customer, 'key.month.spent', 100n, { minimum: 20n, maximum: 500n });
    const first = ask();
    expect(await batches.hold(first)).toMatchObject([{ outcome: 'held', granted: [100n] }]);
    expect(await batches.hold(ask())).toMatchObject([{ outcome: 'limited' }]);
    await batches.settle(settlementOf(first, 35n));
    const second = ask();
    expect(await batches.hold(second)).toMatchObject([
      { outcome: 'held', granted: [65n], remaining: [0n] },
    ]);
    await batches.settle(settlementOf(second, 0n, { outcome: 'released' }));
    expect((await countersOf(customer)).key).toMatchObject({
      day_spent: 35n,
      month_spent: 35n,
      total_spent: 35n,
    });
  });

  it('of a budget counts what a call cost beyond its hold', async () => {
    const customer = await seedCustomer(books, 1_000n);
    const request = claimed(customer, 'account.total.spent', 100n);
    await batches.hold(request);
    await batches.settle(settlementOf(request, 130n));
    expect((await countersOf(customer)).wallet).toMatchObject({ total_spent: 130n });
    const free = { minimum: 0n, maximum: 0n };
    expect(await batches.hold(claimed(customer, 'account.total.spent', 100n, free))).toMatchObject([
      { outcome: 'limited', remaining: [-30n] },
    ]);
  });

  it('of concurrent calls is free again once one is resolved, whatever its outcome', async () => {
    const customer = await seedCustomer(books, 1_000n);
    const ask = () => claimed(customer, 'account.open.requests', 2n);
    const [first, second] = [ask(), ask()];
    await batches.hold(first, second);
    expect(await batches.hold(ask())).toMatchObject([{ outcome: 'limited' }]);
    await batches.settle(settlementOf(first, 10n));
    await batches.settle(settlementOf(first, 10n));
    await batches.settle(settlementOf(second, 0n, { outcome: 'expired' }));
    const results = await batches.hold(ask(), ask(), ask());
    expect(results.map((result) => result.outcome)).toEqual(['held', 'held', 'limited']);
  });

  it('of tokens is corrected in the windows of the hold and in no later ones', async () => {
    const customer = await seedCustomer(books, 1_000n);
    const ask = () => holdOf(legOf(books, customer, 10n, { tokens: 100n }));
    const used = { leg: { input: 5n, output: 6n, other: { reasoning: 7n, image: 1_000n } } };
    const [same, nextMinute, nextDay] = [ask(), ask(), ask()];
    await batches.hold(same, nextMinute, nextDay);
    await batches.settle(settlementOf(same, 1n, used));
    const first = { minute_tokens: 218n, day_tokens: 218n, month_tokens: 218n };
    expect(await countersOf(customer)).toMatchObject({ wallet: first, key: first });
    batches.now = new Date('2026-03-10T12:01:10Z');
    await batches.hold(ask());
    await batches.settle(settlementOf(nextMinute, 1n, used));
    const second = { minute_tokens: 100n, day_tokens: 236n, month_tokens: 236n };
    expect(await countersOf(customer)).toMatchObject({ wallet: second, key: second });
    batches.now = new Date('2026-03-11T00:00:00Z');
    await batches.hold(ask());
    await batches.settle(settlementOf(nextDay, 1n, used));
    const third = { minute_tokens: 100n, day_tokens: 100n, month_tokens: 254n };
    expect(await countersOf(customer)).toMatchObject({ wallet: third, key: third });
  });

  it('of 50 admits exactly 50 of 200 calls that come at once, through two processes', async () => {
    const customer = await seedCustomer(books, 10_000n);
    const ledgers = [await openLedger(database.db), await openLedger(database.db)];
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        ledgers[index % 2]?.hold(claimed(customer, 'key.day.requests', 50n)),
      ),
    );
    expect(results.filter((result) => result?.outcome === 'held')).toHaveLength(50);
    expect(results.filter((result) => result?.outcome === 'limited')).toHaveLength(150);
    for (const ledger of ledgers) await ledger.close();
  });

  it('that names a counter twice, or one of a key that is not there, is a mistake', async () => {
    const customer = await seedCustomer(books, 100n);
    const ledger = await openLedger(database.db);
    const claim = { counter: 'key.day.requests' as const, amount: 1n, cap: 5n };
    const twice = holdOf(legOf(books, customer, 1n, { claims: [claim, { ...claim, cap: 9n }] }));
    await expect(ledger.hold(twice)).rejects.toThrow('each counter once');
    const keyless = holdOf(legOf(books, customer, 1n, { keyId: undefined, claims: [claim] }));
    await expect(ledger.hold(keyless)).rejects.toThrow('without a key');
    await ledger.close();
  });
});
