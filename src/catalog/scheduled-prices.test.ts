import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdOf, legOf, openLedger, seedBooks, seedCustomer, testIds } from '../../test/books.ts';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createLog, createSecretBox, systemClock, systemRandom } from '../kernel/index.ts';
import type { PriceComponent } from '../pricing/index.ts';
import { createCatalog } from './catalog.ts';
import { nextChange, priceAt } from './price-timeline.ts';
import { withdrawPrice } from './price-versions.ts';
import { publishPrice } from './prices.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.close());

const input = (amount: bigint): PriceComponent => ({
  ...{ component: 'input', fromContextTokens: 0n, amount, per: 1n },
});
const openCatalog = (clock = systemClock) =>
  createCatalog({
    ...{ db: test.db, clock, log: createLog('silent') },
    secrets: createSecretBox(systemRandom(32), systemRandom),
  });
/** An instant of the database's clock, so far from its now. */
const instantIn = async (ms: number) => {
  const [row] = await test.db.query<{ at: string }>(
    `select (clock_timestamp() + make_interval(secs => $1))::text as at`,
    [ms / 1_000],
  );
  return row?.at ?? '';
};

describe('a price that is published for an instant to come', () => {
  it('is sold by from then on without being told, and the hold agrees', async () => {
    const books = await seedBooks(test.db);
    const { platformId, productId } = books;
    const price = { platformId, productId, unit: 'USD', source: 'manual' };
    const publish = (amount: bigint, at?: string) =>
      publishPrice(test.db, testIds, { ...price, components: [input(amount)], at });
    const ledger = await openLedger(test.db);
    const customer = await seedCustomer(books, 1_000_000n);
    const ask = async (priceId: bigint) =>
      (await ledger.hold(holdOf(legOf(books, customer, 1n, { priceId })))).outcome;
    const first = await publish(1n);
    const far = await publish(3n, await instantIn(3_600_000));
    const catalog = openCatalog();
    await catalog.refresh(platformId);
    const offered = () => catalog.findProduct(platformId, 'm')?.price?.priceId ?? 0n;
    expect(offered()).toBe(first.priceId);
    expect(await ask(first.priceId)).toBe('held');
    expect(await ask(far.priceId)).toBe('stale_price');
    const second = await publish(2n, await instantIn(1_000));
    await catalog.refresh(platformId);
    await expect.poll(offered, { timeout: 5_000, interval: 5 }).toBe(second.priceId);
    // What the catalogue takes for begun has begun for the database too.
    expect(await ask(second.priceId)).toBe('held');
    expect(await ask(first.priceId)).toBe('stale_price');
    await ledger.close();
    await catalog.close();
  });

  it('changes over at its instant on a clock that is far from that of the database', async () => {
    const { platformId, productId } = await seedBooks(test.db);
    const price = { platformId, productId, unit: 'USD', source: 'manual' };
    const first = await publishPrice(test.db, testIds, { ...price, components: [input(1n)] });
    const at = await instantIn(3_600_000);
    const second = await publishPrice(test.db, testIds, { ...price, components: [input(2n)], at });
    let nowMs = 5_000;
    const catalog = openCatalog({ ...systemClock, nowMs: () => 0, monotonicMs: () => nowMs });
    await catalog.refresh(platformId);
    const offered = () => catalog.findProduct(platformId, 'm')?.price?.priceId;
    nowMs += 3_590_000;
    expect(offered()).toBe(first.priceId);
    nowMs += 10_001;
    expect(offered()).toBe(second.priceId);
    await catalog.close();
  });

  it('leaves no instant without a price or with two, in whatever order they are set', async () => {
    const { platformId, productId } = await seedBooks(test.db);
    const price = { platformId, productId, unit: 'USD', source: 'manual' };
    const offsets = [9, 3, 6, 3, 12, 1];
    for (const [index, hours] of offsets.entries()) {
      const at = await instantIn(hours * 3_600_000);
      await publishPrice(test.db, testIds, { ...price, components: [input(BigInt(index))], at });
    }
    await publishPrice(test.db, testIds, { ...price, components: [input(99n)] });
    const [third] = await test.db.query<{ id: bigint }>(
      'select id from price where product_id = $1 and version = 4',
      [productId],
    );
    await test.db.transaction((tx) => withdrawPrice(tx, platformId, third?.id));
    const rows = await test.db.query<{ gap: boolean; last: boolean }>(
      `select valid_until is distinct from lead(valid_from) over w as gap,
         valid_until is null as last
       from price where product_id = $1 and valid_until is distinct from valid_from
       window w as (order by valid_from)`,
      [productId],
    );
    expect(rows.some(({ gap }) => gap)).toBe(false);
    expect(rows.filter(({ last }) => last)).toHaveLength(1);
    expect(rows).toHaveLength(offsets.length + 1);
  });
});

describe('versions in the order of preference', () => {
  const version = (priceId: bigint, fromMs: number, untilMs: number) => ({
    ...{ book: { priceId, unit: 'USD', components: [] }, fromMs, untilMs },
  });
  const versions = [version(1n, 10, 20), version(2n, 20, Infinity), version(3n, 0, Infinity)];

  it.each([
    [5, 3n, 10],
    [10, 1n, 20],
    [19, 1n, 20],
    [20, 2n, Infinity],
  ])('give at %i the version %i, up to %d', (atMs, priceId, next) => {
    expect(priceAt(versions, atMs)?.priceId).toBe(priceId);
    expect(nextChange(versions, atMs)).toBe(next);
  });
});
