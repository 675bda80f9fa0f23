import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import {
  catalogIds as ids,
  openPlatform,
  catalogSecrets as secrets,
} from '../../test/platforms.ts';
import {
  createLog,
  createSecretBox,
  type SecretBox,
  systemClock,
  systemRandom,
} from '../kernel/index.ts';
import type { Component, PriceComponent } from '../pricing/index.ts';
import { createCatalog } from './catalog.ts';
import { publishPrice } from './prices.ts';
import { createProduct, routeProduct } from './products.ts';
import { createUpstream } from './upstreams.ts';

const log = createLog('silent');

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.close());

const openCatalog = (box: SecretBox = secrets, clock = systemClock) =>
  createCatalog({ db: test.db, secrets: box, clock, log });

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

describe('the catalogue', () => {
  it('holds products with their routes opened, in the order to try them', async () => {
    const platformId = await openPlatform(test.db);
    const productId = await createProduct(test.db, ids, {
      platformId,
      slug: 'gpt',
      kind: 'chat',
      name: 'GPT',
      contextTokens: 128_000,
      estimateFactorThousandths: 1_250,
    });
    const { priceId } = await publish(platformId, productId, chat);
    const upstream = (name: string, credential?: string) =>
      createUpstream(test.db, ids, secrets, {
        platformId,
        name,
        baseUrl: 'https://api.provider.example/v1/',
        credential,
      });
    const [second, first] = [await upstream('second', 'sk-2'), await upstream('first')];
    const route = { platformId, productId, upstreamModel: 'gpt-x' };
    await routeProduct(test.db, { ...route, upstreamId: second, priority: 5 });
    await routeProduct(test.db, { ...route, upstreamId: first, priority: 9 });
    await routeProduct(test.db, { ...route, upstreamId: first, priority: 1 });

    const catalog = openCatalog();
    expect(catalog.findProduct(platformId, 'gpt')).toBe(undefined);
    await catalog.refresh(platformId);
    const product = catalog.findProduct(platformId, 'gpt');
    expect(product).toMatchObject({
      id: productId,
      name: 'GPT',
      ownedBy: 'farebox',
      contextTokens: 128_000,
      maxOutputTokens: undefined,
      estimateFactorThousandths: 1_250,
      price: { priceId, unit: 'USD' },
      routes: [
        { upstreamName: 'first', credential: undefined, priority: 1 },
        {
          upstreamName: 'second',
          credential: 'sk-2',
          baseUrl: 'https://api.provider.example/v1',
          upstreamModel: 'gpt-x',
          firstByteTimeoutMs: 60_000,
          idleTimeoutMs: 120_000,
        },
      ],
    });
  });

  it("lists a platform's own active products by slug and finds no one else's", async () => {
    const [platformId, other] = [await openPlatform(test.db), await openPlatform(test.db)];
    for (const slug of ['b', 'a', 'c']) await addProduct(platformId, slug);
    await addProduct(other, 'foreign');
    await test.db.query(`update product set active = false where platform_id = $1 and slug = 'b'`, [
      platformId,
    ]);
    const catalog = openCatalog();
    await catalog.refresh(platformId);
    expect(catalog.listProducts(platformId).map(({ slug }) => slug)).toEqual(['a', 'c']);
    expect(catalog.findProduct(platformId, 'b')).toBe(undefined);
    expect(catalog.findProduct(platformId, 'foreign')).toBe(undefined);
    expect(catalog.listProducts(other)).toEqual([]);
  });

  it('keeps the same price object while the price stays, and old versions on demand', async () => {
    const platformId = await openPlatform(test.db);
    const productId = await addProduct(platformId, 'm');
    const first = await publish(platformId, productId, chat);
    const catalog = openCatalog();
    await catalog.refresh(platformId);
    const book = catalog.findProduct(platformId, 'm')?.price;
    await catalog.refresh(platformId);
    expect(catalog.findProduct(platformId, 'm')?.price).toBe(book);
    expect(Object.isFrozen(book)).toBe(true);

    const second = await publish(platformId, productId, [...chat, perMillion('reasoning', 9n)]);
    await catalog.refresh(platformId);
    expect(catalog.findProduct(platformId, 'm')?.price?.priceId).toBe(second.priceId);
    expect(await catalog.priceById(first.priceId)).toBe(book);
    const younger = openCatalog();
    expect(await younger.priceById(first.priceId)).toEqual(book);
    expect(await younger.priceById(7n)).toBe(undefined);
  });

  it('shows in a refresh whatever was committed before it was asked for', async () => {
    const platformId = await openPlatform(test.db);
    const catalog = openCatalog();
    const running = catalog.refresh(platformId);
    await addProduct(platformId, 'late');
    await Promise.all([catalog.refresh(platformId), catalog.refresh(platformId)]);
    await running;
    expect(catalog.findProduct(platformId, 'late')).toBeDefined();
  });

  it('shares one read among all who ask for a fresh catalogue at once', async () => {
    const platformId = await openPlatform(test.db);
    let [nowMs, reads] = [0, 0];
    const db = {
      ...test.db,
      query: <Row>(text: string, values?: readonly unknown[]) => {
        reads += text.includes('from product p') ? 1 : 0;
        return test.db.query<Row>(text, values);
      },
    };
    const clock = { ...systemClock, nowMs: () => nowMs, monotonicMs: () => nowMs };
    const catalog = createCatalog({ db, secrets, clock, log });
    await Promise.all(
      Array.from({ length: 20 }, () => catalog.refreshIfOlderThan(1_000, platformId)),
    );
    expect(reads).toBe(1);
    nowMs = 1_000;
    await catalog.refreshIfOlderThan(1_000, platformId);
    expect(reads).toBe(1);
    nowMs = 1_001;
    await catalog.refreshIfOlderThan(1_000, platformId);
    expect(reads).toBe(2);
    await Promise.all(Array.from({ length: 20 }, () => catalog.refresh(platformId)));
    expect(reads).toBe(3);
    await Promise.all([catalog.refresh(), catalog.refresh(platformId), catalog.refresh()]);
    expect(reads).toBe(4);
    await catalog.close();
  });

  it('reads nothing of a platform before somebody asks for it, nor when it changes', async () => {
    const [platformId, other] = [await openPlatform(test.db), await openPlatform(test.db)];
    for (const id of [platformId, other]) await addProduct(id, 'm');
    const catalog = openCatalog();
    await catalog.refresh();
    await catalog.refreshIfHeld(platformId);
    expect(catalog.findProduct(platformId, 'm')).toBeUndefined();
    await catalog.refreshIfOlderThan(1_000, platformId);
    expect(catalog.findProduct(platformId, 'm')).toBeDefined();
    await addProduct(platformId, 'n');
    await catalog.refreshIfHeld(platformId);
    expect(catalog.findProduct(platformId, 'n')).toBeDefined();
    expect(catalog.findProduct(other, 'm')).toBeUndefined();
  });

  it('holds so many products, and lets go first what was used longest ago', async () => {
    const platforms = await Promise.all([1, 2, 3].map(() => openPlatform(test.db)));
    await test.db.query(
      `insert into product (id, platform_id, slug, kind, name)
       select row_number() over (), id, 'p' || n, 'chat', 'P'
       from unnest($1::bigint[]) id, generate_series(1, 20000) n`,
      [platforms],
    );
    const catalog = openCatalog();
    const [first = 0n, second = 0n, third = 0n] = platforms;
    await catalog.refresh(first);
    await catalog.refresh(second);
    const held = () => platforms.map((id) => catalog.findProduct(id, 'p7') !== undefined);
    expect(held()).toEqual([true, true, false]);
    catalog.findProduct(first, 'p1');
    await catalog.refresh(third);
    expect(held()).toEqual([true, false, true]);
  });

  it('goes on with what it has after a read that failed', async () => {
    const platformId = await openPlatform(test.db);
    await addProduct(platformId, 'm');
    let broken = false;
    const db = {
      ...test.db,
      query: <Row>(text: string, values?: readonly unknown[]) =>
        broken ? Promise.reject(new Error('gone')) : test.db.query<Row>(text, values),
    };
    const catalog = createCatalog({ db, secrets, clock: systemClock, log });
    await catalog.refresh(platformId);
    broken = true;
    const [first, second] = await Promise.allSettled([
      catalog.refresh(platformId),
      catalog.refresh(platformId),
    ]);
    expect([first.status, second.status]).toEqual(['rejected', 'rejected']);
    expect(catalog.findProduct(platformId, 'm')).toBeDefined();
    broken = false;
    await catalog.refresh(platformId);
  });

  it('leaves out the routes of an upstream whose credential another instance sealed', async () => {
    const platformId = await openPlatform(test.db);
    const productId = await addProduct(platformId, 'm');
    const upstreamId = await createUpstream(test.db, ids, secrets, {
      platformId,
      name: 'u',
      baseUrl: 'demo:',
      credential: 'sk-1',
    });
    await routeProduct(test.db, {
      platformId,
      productId,
      upstreamId,
      upstreamModel: 'm',
      priority: 0,
    });
    const stranger = openCatalog(createSecretBox(Buffer.alloc(32, 2), systemRandom));
    await stranger.refresh(platformId);
    expect(stranger.findProduct(platformId, 'm')?.routes).toEqual([]);
  });

  it('keeps prices in two units apart', async () => {
    const platformId = await openPlatform(test.db, ['USD', 'call']);
    const productId = await addProduct(platformId, 'm');
    const dollars = await publish(platformId, productId, chat);
    const calls = await publish(platformId, productId, [perMillion('request', 1n)], 'call');
    const catalog = openCatalog();
    await catalog.refresh(platformId);
    expect(catalog.findProduct(platformId, 'm')?.price?.priceId).toBe(dollars.priceId);
    expect((await catalog.priceById(calls.priceId))?.unit).toBe('call');
  });
});
