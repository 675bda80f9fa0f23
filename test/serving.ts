import { type AppOptions, startApp } from '../src/app.ts';
import {
  createCatalog,
  createProduct,
  createUpstream,
  findUpstream,
  publishPrices,
  routeProduct,
} from '../src/catalog/index.ts';
import type { Db } from '../src/db/index.ts';
import { type Seeded, seedNewInstance } from '../src/editions/index.ts';
import { type DemoProvider, startDemoProvider, verifyIdempotency } from '../src/gateway/index.ts';
import type { Instance } from '../src/instance.ts';
import { createLog, createSecretBox, systemClock, systemRandom } from '../src/kernel/index.ts';
import {
  grantValue,
  type LimitChanges,
  sealKey,
  verifyLedger,
  verifySeal,
} from '../src/ledger/index.ts';
import { verifyPrices } from '../src/metering/index.ts';
import type { PriceComponent } from '../src/pricing/index.ts';
import { createAccount, createKey, findPlatform } from '../src/tenants/index.ts';
import { testIds } from './books.ts';
import { openTestDatabase } from './database.ts';
import { sealAll } from './journal.ts';

/** A whole instance serving on loopback over a database of its own, and a provider to watch. */
export interface Serving {
  readonly url: string;
  readonly db: Db;
  readonly instance: Instance;
  readonly seeded: Seeded;
  /** The provider behind the models that {@link Serving.sellModel} makes. */
  readonly provider: DemoProvider;
  /** Sells a model answered by `provider`, priced per token in nano-dollars. */
  sellModel(slug: string, price: { input: bigint; output: bigint; cached?: bigint }): Promise<void>;
  /** Opens an account with that many nano-dollars and a key with these limits. */
  openCustomer(balance: bigint, limits?: LimitChanges): Promise<TestCustomer>;
  /** Stops serving, as SIGTERM does; the database stays. Returns the number of cut answers. */
  stop(graceMs: number): Promise<number>;
  /** Closes everything, and fails when the books do not hold. */
  close(): Promise<void>;
}

export interface TestCustomer {
  readonly key: string;
  readonly keyId: bigint;
  readonly accountId: bigint;
  readonly walletId: bigint;
}

export async function startServing(
  options: Partial<AppOptions> & { log?: Instance['log'] } = {},
): Promise<Serving> {
  const database = await openTestDatabase();
  const { db } = database;
  const instance: Instance = {
    db,
    secrets: createSecretBox(systemRandom(32), systemRandom),
    ids: testIds,
    random: systemRandom,
    clock: systemClock,
    log: options.log ?? createLog(process.env.TEST_LOG ?? 'silent'),
    isSoleServer: true,
    close: database.close,
  };
  const seeded = await seedNewInstance(db, instance);
  const platform = await findPlatform(db, 'model-market');
  if (seeded === undefined || platform === undefined) throw new Error('the database was not new');
  const provider = await startDemoProvider({ clock: systemClock });
  await createUpstream(db, testIds, instance.secrets, {
    platformId: platform.id,
    name: 'watched',
    baseUrl: provider.url,
    firstByteTimeoutMs: 15_000,
    idleTimeoutMs: 15_000,
  });
  const app = await startApp(instance, {
    host: '127.0.0.1',
    port: 0,
    maxBodyBytes: 10 * 1024 * 1024,
    version: 'test',
    ...options,
  });
  let stopped: Promise<number> | undefined;
  const stop = (graceMs: number) => {
    stopped ??= app.close(graceMs);
    return stopped;
  };
  return {
    url: `http://127.0.0.1:${app.port}`,
    db,
    instance,
    seeded,
    provider,
    sellModel: (slug, price) => sellModel(db, platform.id, slug, price),
    openCustomer: (balance, limits) => openCustomer(db, platform.id, balance, limits),
    stop,
    close: async () => {
      await stop(2_000);
      await provider.close();
      const differences: object[] = [...(await verifyLedger(db)), ...(await verifyIdempotency(db))];
      for await (const one of verifyPrices(db, createCatalog(instance).priceById)) {
        differences.push({ ...one, expected: String(one.expected), found: String(one.found) });
      }
      const key = sealKey(instance.secrets);
      await sealAll(db, key);
      differences.push(...(await verifySeal(db, key)).differences);
      await database.close();
      if (differences.length > 0) throw new Error(JSON.stringify(differences, null, 1));
    },
  };
}

async function sellModel(
  db: Db,
  platformId: bigint,
  slug: string,
  price: { input: bigint; output: bigint; cached?: bigint },
): Promise<void> {
  const upstreamId = await findUpstream(db, platformId, 'watched');
  if (upstreamId === undefined) throw new Error('the upstream does not exist');
  const component = (name: PriceComponent['component'], amount: bigint): PriceComponent => ({
    component: name,
    fromContextTokens: 0n,
    amount,
    per: 1n,
  });
  await db.transaction(async (tx) => {
    const productId = await createProduct(tx, testIds, { platformId, slug, kind: 'chat' });
    const components = [component('input', price.input), component('output', price.output)];
    if (price.cached !== undefined) components.push(component('cached_input', price.cached));
    await publishPrices(tx, testIds, platformId, [
      { productId, unit: 'USD', components, source: 'test' },
    ]);
    await routeProduct(tx, { platformId, productId, upstreamId, upstreamModel: slug, priority: 0 });
  });
}

async function openCustomer(
  db: Db,
  platformId: bigint,
  balance: bigint,
  limits: LimitChanges = {},
): Promise<TestCustomer> {
  const mail = `${testIds.rowId()}@customer.example`;
  const account = await db.transaction((tx) => createAccount(tx, testIds, { platformId, mail }));
  if (balance > 0n) {
    await grantValue(db, {
      grantId: testIds.rowId(),
      platformId,
      walletId: account.walletId,
      amount: balance,
      source: 'purchase',
      priority: 0,
      expiresAt: undefined,
      reference: `test:${account.id}`,
      reason: undefined,
    });
  }
  const made = { ids: testIds, random: systemRandom };
  const key = await createKey(db, made, {
    platformId,
    accountId: account.id,
    name: 'test',
    limits,
  });
  return { key: key.text, keyId: key.id, accountId: account.id, walletId: account.walletId };
}
