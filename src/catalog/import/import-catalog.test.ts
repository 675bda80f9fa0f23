import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../../test/database.ts';
import {
  catalogIds as ids,
  openPlatform,
  catalogSecrets as secrets,
} from '../../../test/platforms.ts';
import { readPriceList } from '../../../test/price-lists.ts';
import { createLog, systemClock } from '../../kernel/index.ts';
import { type PriceBook, price } from '../../pricing/index.ts';
import { createCatalog } from '../catalog.ts';
import { createUpstream } from '../upstreams.ts';
import { type ImportOptions, importCatalog } from './import-catalog.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.close());

async function openPlatformWithDemo(unit = 'USD'): Promise<bigint> {
  const platformId = await openPlatform(test.db, [unit]);
  await createUpstream(test.db, ids, secrets, { platformId, name: 'demo', baseUrl: 'demo:' });
  return platformId;
}

const run = (options: Partial<ImportOptions> & { platformId: bigint; text: string }) =>
  importCatalog(test.db, ids, { format: 'auto', margin: '1', ...options });

/** Every row of the catalogue with its physical place: equal means that nothing was written. */
function fingerprint(platformId: bigint): Promise<unknown[]> {
  const tables = ['product', 'product_route', 'price', 'price_component'];
  return test.db.query(
    tables
      .map(
        (name) => `select '${name}' as name, count(*) as rows,
          md5(string_agg(t.ctid::text || t::text, ',' order by t.ctid)) as content
          from ${name} t where platform_id = $1`,
      )
      .join(' union all '),
    [platformId],
  );
}

const list = (input: string, limit = '') =>
  `{"m":{"litellm_provider":"p","mode":"chat","input_cost_per_token":${input},${limit}
    "output_cost_per_token":2e-06,"supports_vision":true}}`;

describe('importCatalog', () => {
  it.each(['model-prices', 'models-dev'] as const)(
    'takes the whole of %s, and changes nothing the second time',
    async (name) => {
      const platformId = await openPlatformWithDemo();
      const text = await readPriceList(name);
      const first = await run({ platformId, text, margin: '1.2', upstream: 'demo' });
      expect(first.priced).toBe(first.products);
      expect(first.products).toBeGreaterThan(first.refused.length);
      const before = await fingerprint(platformId);
      const second = await run({ platformId, text, margin: '1.2', upstream: 'demo' });
      expect(second).toEqual({ ...first, priced: 0, unchanged: first.products });
      expect(await fingerprint(platformId)).toEqual(before);
    },
  );

  it('sells through the upstream under its name for the model, with the margin', async () => {
    const platformId = await openPlatformWithDemo();
    await run({ platformId, text: list('3e-06'), margin: '1.25', upstream: 'demo' });
    const catalog = createCatalog({
      db: test.db,
      secrets,
      clock: systemClock,
      log: createLog('silent'),
    });
    await catalog.refresh(platformId);
    const product = catalog.findProduct(platformId, 'm');
    expect(product?.routes).toMatchObject([{ upstreamName: 'demo', upstreamModel: 'm' }]);
    expect(price(product?.price as PriceBook, { input: 1_000n, output: 10n }).amount).toBe(
      3_750_000n + 25_000n,
    );
  });

  it('publishes a new version where a price changed, and leaves the old one alone', async () => {
    const platformId = await openPlatformWithDemo();
    await run({ platformId, text: list('3e-06') });
    const report = await run({ platformId, text: list('4e-06') });
    expect(report).toMatchObject({ products: 1, priced: 1, unchanged: 0 });
    const rows = await test.db.query(
      `select version, valid_until is null as current, source, amount from price p
       join price_component c on c.price_id = p.id and c.component = 'input'
       where p.platform_id = $1 order by version`,
      [platformId],
    );
    expect(rows).toEqual([
      { version: 1, current: false, source: 'litellm', amount: 3_000_000_000n },
      { version: 2, current: true, source: 'litellm', amount: 4_000_000_000n },
    ]);
  });

  it("refreshes limits but keeps the seller's names", async () => {
    const platformId = await openPlatformWithDemo();
    await run({ platformId, text: list('3e-06') });
    await test.db.query(`update product set name = 'Mine' where platform_id = $1`, [platformId]);
    await run({ platformId, text: list('3e-06', '"max_input_tokens":9000,') });
    const rows = await test.db.query(
      'select name, context_tokens from product where platform_id = $1',
      [platformId],
    );
    expect(rows).toEqual([{ name: 'Mine', context_tokens: 9000 }]);
  });

  it('does not sell what it cannot price, and says so', async () => {
    const platformId = await openPlatformWithDemo();
    const report = await run({
      platformId,
      text: `{"free":{"mode":"chat","input_cost_per_token":0,"output_cost_per_token":0,
          "output_cost_per_video_token":1},
        "half":{"mode":"chat","input_cost_per_token":1},
        "long":{"mode":"embedding","input_cost_per_token":1.23456789012345678901e-06,
          "rpm":5,"input_cost_per_video_per_second":1}}`,
      format: 'litellm',
    });
    expect(report).toEqual({
      products: 1,
      priced: 1,
      unchanged: 0,
      free: 1,
      refused: [
        { model: 'half', reason: expect.stringContaining('needs input and output') },
        { model: 'long', reason: expect.stringContaining('more digits') },
      ],
      notPriced: [expect.objectContaining({ model: 'free', field: 'output_cost_per_video_token' })],
    });
  });

  it('writes nothing at all when it cannot write everything', async () => {
    const platformId = await openPlatformWithDemo();
    const empty = await fingerprint(platformId);
    const text = list('3e-06');
    await expect(run({ platformId, text, upstream: 'none' })).rejects.toMatchObject({
      code: 'upstream_unknown',
    });
    await expect(run({ platformId, text, margin: '-1' })).rejects.toMatchObject({
      code: 'margin_invalid',
    });
    const failing = {
      ...test.db,
      transaction: <T>(work: Parameters<typeof test.db.transaction<T>>[0]) =>
        test.db.transaction((tx) =>
          work({
            query: (sql, values) =>
              sql.includes('insert into price_component')
                ? Promise.reject(new Error('cut'))
                : tx.query(sql, values),
          }),
        ),
    };
    const cut = importCatalog(failing, ids, { platformId, text, format: 'auto', margin: '1' });
    await expect(cut).rejects.toThrow('cut');
    expect(await fingerprint(platformId)).toEqual(empty);
  });

  it('refuses a platform without dollars instead of converting', async () => {
    const platformId = await openPlatformWithDemo('credit');
    await expect(run({ platformId, text: list('3e-06') })).rejects.toMatchObject({
      code: 'unit_unknown',
    });
  });

  it('is safe to run twice at once', async () => {
    const platformId = await openPlatformWithDemo();
    const reports = await Promise.all([
      run({ platformId, text: list('3e-06') }),
      run({ platformId, text: list('3e-06') }),
    ]);
    expect(reports.map(({ priced }) => priced).sort()).toEqual([0, 1]);
  });
});
