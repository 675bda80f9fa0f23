import { createAuthenticator } from '../src/auth/index.ts';
import { createCatalog, createProduct, publishPrice } from '../src/catalog/index.ts';
import type { Db } from '../src/db/index.ts';
import { createManagedApp, type ManagedApp } from '../src/http/index.ts';
import { createLog, createSecretBox, systemClock, systemRandom } from '../src/kernel/index.ts';
import { errorShapeOf, mountModelApi } from '../src/routes/index.ts';
import { createAccount, createKey, createOrigins, createPlatform } from '../src/tenants/index.ts';
import { type Customer, testIds } from './books.ts';
import { openTestDatabase } from './database.ts';

const log = createLog('silent');

/** A platform that sells two models, with the routes that show them. */
export interface ModelApi {
  readonly db: Db;
  readonly app: ManagedApp;
  readonly platformId: bigint;
  /** The model 'vendor/small' and its price: input 0.25 USD, output 1 USD per million. */
  readonly productId: bigint;
  readonly priceId: bigint;
  /** Opens an account and a key of it; `get` calls a path with that key. */
  openCustomer(): Promise<
    Customer & { key: string; get(path: string): Response | Promise<Response> }
  >;
  close(): Promise<void>;
}

export async function openModelApi(): Promise<ModelApi> {
  const database = await openTestDatabase();
  const { db } = database;
  const platform = await createPlatform(db, testIds, {
    slug: 'shop',
    name: 'Shop',
    keyPrefix: 'ptr_',
    units: [{ code: 'USD', scale: 9 }],
  });
  const platformId = platform.id;
  const product = { platformId, kind: 'chat', ownedBy: 'vendor' } as const;
  const productId = await createProduct(db, testIds, {
    ...product,
    slug: 'vendor/small',
    name: 'Small',
    contextTokens: 8_192,
    maxOutputTokens: 1_024,
  });
  await createProduct(db, testIds, { ...product, slug: 'plain' });
  await createProduct(db, testIds, { ...product, slug: 'a-service', kind: 'service' });
  const per = { fromContextTokens: 0n, per: 1_000_000n };
  const { priceId } = await publishPrice(db, testIds, {
    platformId,
    productId,
    unit: 'USD',
    source: 'manual',
    components: [
      { component: 'input', amount: 250_000_000n, ...per },
      { component: 'output', amount: 1_000_000_000n, ...per },
    ],
  });
  const secrets = createSecretBox(systemRandom(32), systemRandom);
  const catalog = createCatalog({ db, secrets, clock: systemClock, log });
  await catalog.refresh(platformId);
  const auth = createAuthenticator({ db, clock: systemClock });
  const info = { title: 'Test', version: '1' };
  const maxBodyBytes = 1_000;
  const parts = { ids: testIds, clock: systemClock, log, errorShapeOf, maxBodyBytes, info };
  const app = createManagedApp(parts);
  const origins = createOrigins({ db });
  mountModelApi(app, { db, auth, catalog, origins, trustedProxies: 0 });
  const openCustomer = async () => {
    const account = await db.transaction((tx) =>
      createAccount(tx, testIds, { platformId, externalId: `user-${testIds.rowId()}` }),
    );
    const made = { ids: testIds, random: systemRandom };
    const accountId = account.id;
    const key = await createKey(db, made, { platformId, accountId, name: 'test' });
    const headers = { authorization: `Bearer ${key.text}` };
    return {
      platformId,
      accountId,
      walletId: account.walletId,
      keyId: key.id,
      key: key.text,
      get: (path: string) => app.request(path, { headers }),
    };
  };
  const close = async () => {
    await catalog.close();
    await database.close();
  };
  return { db, app, platformId, productId, priceId, openCustomer, close };
}
