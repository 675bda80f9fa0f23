import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../../test/database.ts';
import {
  catalogIds as ids,
  openPlatform,
  catalogSecrets as secrets,
} from '../../test/platforms.ts';
import { createProduct } from './products.ts';
import { createUpstream } from './upstreams.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await openTestDatabase();
});
afterAll(() => test.close());

const addProduct = (platformId: bigint, slug: string) =>
  createProduct(test.db, ids, { platformId, slug, kind: 'chat' });

describe('upstreams and products', () => {
  it("keep a provider's key unreadable in the database", async () => {
    const platformId = await openPlatform(test.db);
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
    const platformId = await openPlatform(test.db);
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
      const upstream = { platformId: await openPlatform(test.db), name: 'u', baseUrl };
      await expect(createUpstream(test.db, ids, secrets, upstream)).rejects.toMatchObject({
        code: 'base_url_invalid',
      });
    },
  );
});
