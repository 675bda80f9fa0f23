import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import { catalogIds as ids, openPlatform } from '../../test/platforms.ts';
import type { Component, PriceComponent } from '../pricing/index.ts';
import { publishPrice } from './prices.ts';
import { createProduct } from './products.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.close());

const perMillion = (component: Component, amount: bigint): PriceComponent => ({
  component,
  fromContextTokens: 0n,
  amount,
  per: 1_000_000n,
});
const chat = [perMillion('input', 3n), perMillion('output', 15n)];

const addProduct = (platformId: bigint, slug: string) =>
  createProduct(test.db, ids, { platformId, slug, kind: 'chat' });

const publish = (
  platformId: bigint,
  productId: bigint,
  components: PriceComponent[],
  unit = 'USD',
) => publishPrice(test.db, ids, { platformId, productId, unit, components, source: 'manual' });

describe('publishPrice', () => {
  it('ends the old version at the instant the new one begins, and edits nothing', async () => {
    const platformId = await openPlatform(test.db);
    const productId = await addProduct(platformId, 'm');
    const first = await publish(platformId, productId, chat);
    const second = await publish(platformId, productId, [...chat, perMillion('reasoning', 9n)]);
    const rows = await test.db.query(
      `select id, version, valid_until is null as current,
         valid_until = lead(valid_from) over (order by version) as gapless,
         (select count(*) from price_component where price_id = price.id) as components
       from price where product_id = $1 order by version`,
      [productId],
    );
    expect(rows).toEqual([
      { id: first.priceId, version: 1, current: false, gapless: true, components: 2n },
      { id: second.priceId, version: 2, current: true, gapless: null, components: 3n },
    ]);
  });

  it('publishes nothing when the price is the current one, in whatever order', async () => {
    const platformId = await openPlatform(test.db);
    const productId = await addProduct(platformId, 'm');
    const first = await publish(platformId, productId, chat);
    expect(first.changed).toBe(true);
    expect(await publish(platformId, productId, chat.toReversed())).toEqual({
      priceId: first.priceId,
      changed: false,
    });
  });

  it('gives gapless versions when twenty publish at once', async () => {
    const platformId = await openPlatform(test.db);
    const productId = await addProduct(platformId, 'm');
    const amounts = Array.from({ length: 20 }, (_, index) => BigInt(index));
    await Promise.all(
      amounts.map((amount) => publish(platformId, productId, [perMillion('input', amount)])),
    );
    const [row] = await test.db.query(
      `select count(*) as versions, max(version) as last,
         count(*) filter (where valid_until is null) as current,
         bool_and(valid_until >= valid_from) filter (where valid_until is not null) as ordered
       from price where product_id = $1`,
      [productId],
    );
    expect(row).toEqual({ versions: 20n, last: 20, current: 1n, ordered: true });
  });

  it.each([
    ['no components', []],
    ['a negative amount', [perMillion('input', -1n)]],
    ['an amount beyond the database', [perMillion('input', 2n ** 63n)]],
    ['a quantity of zero', [{ ...perMillion('input', 1n), per: 0n }]],
    ['a component twice', [perMillion('input', 1n), perMillion('input', 2n)]],
  ])('refuses %s', async (_, components) => {
    const platformId = await openPlatform(test.db);
    const productId = await addProduct(platformId, 'm');
    await expect(publish(platformId, productId, components)).rejects.toMatchObject({
      code: 'price_invalid',
    });
  });

  it("refuses another platform's product and a unit that the platform does not have", async () => {
    const [platformId, other] = [await openPlatform(test.db), await openPlatform(test.db)];
    const productId = await addProduct(other, 'm');
    await expect(publish(platformId, productId, chat)).rejects.toMatchObject({
      code: 'product_unknown',
      status: 404,
    });
    await expect(publish(other, productId, chat, 'EUR')).rejects.toMatchObject({
      code: 'unit_unknown',
    });
  });
});
