import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import {
  createIds,
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

const ids = createIds(systemClock, systemRandom);
const secrets = createSecretBox(Buffer.alloc(32, 1), systemRandom);
const log = createLog('silent');

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.close());

async function openPlatform(): Promise<bigint> {
  const platformId = ids.rowId();
  await test.db.transaction(async (tx) => {
    await tx.query(
      `insert into platform (id, slug, name, key_prefix, default_unit)
       values ($1, $2, 'Test', 'sk-fb-', 'USD')`,
      [platformId, `test-${platformId}`],
    );
    await tx.query(
      `insert into unit (platform_id, code, scale) values ($1, 'USD', 9), ($1, 'call', 0)`,
      [platformId],
    );
  });
  return platformId;
}

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

describe('publishPrice', () => {
  it('ends the old version at the instant at which the new one begins, and edits nothing', async () => {
    const platformId = await openPlatform();
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
    const platformId = await openPlatform();
    const productId = await addProduct(platformId, 'm');
    const first = await publish(platformId, productId, chat);
    expect(first.changed).toBe(true);
    expect(await publish(platformId, productId, chat.toReversed())).toEqual({
      priceId: first.priceId,
      changed: false,
    });
  });

  it('gives gapless versions when twenty publish at once', async () => {
    const platformId = await openPlatform();
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

  it('keeps prices in two units apart', async () => {
    const platformId = await openPlatform();
    const productId = await addProduct(platformId, 'm');
    const dollars = await publish(platformId, productId, chat);
    const calls = await publish(platformId, productId, [perMillion('request', 1n)], 'call');
    const catalog = openCatalog();
    await catalog.refresh();
    expect(catalog.findProduct(platformId, 'm')?.price?.priceId).toBe(dollars.priceId);
    expect((await catalog.priceById(calls.priceId))?.unit).toBe('call');
  });

  it.each([
    ['no components', []],
    ['a negative amount', [perMillion('input', -1n)]],
    ['an amount beyond the database', [perMillion('input', 2n ** 63n)]],
    ['a quantity of zero', [{ ...perMillion('input', 1n), per: 0n }]],
    ['a component twice', [perMillion('input', 1n), perMillion('input', 2n)]],
  ])('refuses %s', async (_, components) => {
    const platformId = await openPlatform();
    const productId = await addProduct(platformId, 'm');
    await expect(publish(platformId, productId, components)).rejects.toMatchObject({
      code: 'price_invalid',
    });
  });

  it("refuses another platform's product and a unit that the platform does not have", async () => {
    const [platformId, other] = [await openPlatform(), await openPlatform()];
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

describe('the catalogue', () => {
  it('holds products with their routes opened, in the order to try them', async () => {
    const platformId = await openPlatform();
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
    await catalog.refresh();
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
    expect(catalog.findProductById(productId)).toBe(product);
  });

  it("lists a platform's own active products by slug and finds no one else's", async () => {
    const [platformId, other] = [await openPlatform(), await openPlatform()];
    for (const slug of ['b', 'a', 'c']) await addProduct(platformId, slug);
    const foreign = await addProduct(other, 'foreign');
    await test.db.query(`update product set active = false where platform_id = $1 and slug = 'b'`, [
      platformId,
    ]);
    const catalog = openCatalog();
    await catalog.refresh();
    expect(catalog.listProducts(platformId).map(({ slug }) => slug)).toEqual(['a', 'c']);
    expect(catalog.findProduct(platformId, 'b')).toBe(undefined);
    expect(catalog.findProduct(platformId, 'foreign')).toBe(undefined);
    expect(catalog.findProductById(foreign)?.platformId).toBe(other);
    expect(catalog.listProducts(1n)).toEqual([]);
  });

  it('keeps the same price object while the price stays, and old versions on demand', async () => {
    const platformId = await openPlatform();
    const productId = await addProduct(platformId, 'm');
    const first = await publish(platformId, productId, chat);
    const catalog = openCatalog();
    await catalog.refresh();
    const book = catalog.findProduct(platformId, 'm')?.price;
    await catalog.refresh();
    expect(catalog.findProduct(platformId, 'm')?.price).toBe(book);
    expect(Object.isFrozen(book)).toBe(true);

    const second = await publish(platformId, productId, [...chat, perMillion('reasoning', 9n)]);
    await catalog.refresh();
    expect(catalog.findProduct(platformId, 'm')?.price?.priceId).toBe(second.priceId);
    expect(await catalog.priceById(first.priceId)).toBe(book);
    const younger = openCatalog();
    expect(await younger.priceById(first.priceId)).toEqual(book);
    expect(await younger.priceById(7n)).toBe(undefined);
  });

  it('shows in a refresh whatever was committed before it was asked for', async () => {
    const platformId = await openPlatform();
    const catalog = openCatalog();
    const running = catalog.refresh();
    await addProduct(platformId, 'late');
    await Promise.all([catalog.refresh(), catalog.refresh()]);
    await running;
    expect(catalog.findProduct(platformId, 'late')).toBeDefined();
  });

  it('shares one read among all who ask for a fresh catalogue at once', async () => {
    let [nowMs, reads] = [0, 0];
    const db = {
      ...test.db,
      query: <Row>(text: string, values?: readonly unknown[]) => {
        reads += text.includes('from product p') ? 1 : 0;
        return test.db.query<Row>(text, values);
      },
    };
    const clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };
    const catalog = createCatalog({ db, secrets, clock, log });
    await Promise.all(Array.from({ length: 20 }, () => catalog.refreshIfOlderThan(1_000)));
    expect(reads).toBe(1);
    nowMs = 1_000;
    await catalog.refreshIfOlderThan(1_000);
    expect(reads).toBe(1);
    nowMs = 1_001;
    await catalog.refreshIfOlderThan(1_000);
    expect(reads).toBe(2);
    await Promise.all(Array.from({ length: 20 }, () => catalog.refresh()));
    expect(reads).toBe(4);
    await catalog.close();
  });

  it('goes on with what it has after a read that failed', async () => {
    const platformId = await openPlatform();
    await addProduct(platformId, 'm');
    let broken = false;
    const db = {
      ...test.db,
      query: <Row>(text: string, values?: readonly unknown[]) =>
        broken ? Promise.reject(new Error('gone')) : test.db.query<Row>(text, values),
    };
    const catalog = createCatalog({ db, secrets, clock: systemClock, log });
    await catalog.refresh();
    broken = true;
    const [first, second] = await Promise.allSettled([catalog.refresh(), catalog.refresh()]);
    expect([first.status, second.status]).toEqual(['rejected', 'rejected']);
    expect(catalog.findProduct(platformId, 'm')).toBeDefined();
    broken = false;
    await catalog.refresh();
  });

  it('leaves out the routes of an upstream whose credential another instance sealed', async () => {
    const platformId = await openPlatform();
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
    await stranger.refresh();
    expect(stranger.findProduct(platformId, 'm')?.routes).toEqual([]);
  });
});

describe('upstreams and products', () => {
  it("keep a provider's key unreadable in the database", async () => {
    const platformId = await openPlatform();
    const name = 'secretive';
    await createUpstream(test.db, ids, secrets, {
      platformId,
      name,
      baseUrl: 'https://api.provider.example/v1',
      credential: 'sk-very-secret',
    });
    const [row] = await test.db.query<{ credential: Buffer; text: string }>(
      'select credential, upstream::text as text from upstream where platform_id = $1',
      [platformId],
    );
    expect(row?.credential.includes('sk-very-secret')).toBe(false);
    expect(row?.text).not.toContain(Buffer.from('sk-very-secret').toString('hex'));
    expect(secrets.open(row?.credential ?? Buffer.alloc(0))).toBe('sk-very-secret');
  });

  it('refuse a name that is taken', async () => {
    const platformId = await openPlatform();
    const upstream = { platformId, name: 'u', baseUrl: 'demo:' };
    await addProduct(platformId, 'm');
    await createUpstream(test.db, ids, secrets, upstream);
    await expect(addProduct(platformId, 'm')).rejects.toMatchObject({ code: 'product_exists' });
    await expect(createUpstream(test.db, ids, secrets, upstream)).rejects.toMatchObject({
      code: 'upstream_exists',
    });
  });

  it.each(['ftp://x', 'x', 'https://user:pass@x', 'https://x/v1?key=1', 'https://x/#a', ''])(
    'refuse the base URL %j',
    async (baseUrl) => {
      const upstream = { platformId: await openPlatform(), name: 'u', baseUrl };
      await expect(createUpstream(test.db, ids, secrets, upstream)).rejects.toMatchObject({
        code: 'base_url_invalid',
      });
    },
  );
});
