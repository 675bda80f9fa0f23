import { vi } from 'vitest';
import {
  createProduct,
  createUpstream,
  publishPrices,
  routeProduct,
} from '../../src/catalog/index.ts';
import { parseCallId } from '../../src/kernel/index.ts';
import type { PriceComponent } from '../../src/pricing/index.ts';
import { findPlatform } from '../../src/tenants/index.ts';
import { testIds } from '../books.ts';
import { rawCall } from '../raw-call.ts';
import type { Serving, TestCustomer } from '../serving.ts';

/** The platform that the tests' models are sold on. */
export async function platformOf({ db }: Pick<Serving, 'db'>): Promise<bigint> {
  const platform = await findPlatform(db, 'model-market');
  if (platform === undefined) throw new Error('the platform does not exist');
  return platform.id;
}

/** Prices per token in nano-dollars. */
export type TokenPrices = Partial<Record<PriceComponent['component'], bigint>>;

/** Waits until this no longer throws, long enough for a machine that is busy with other things. */
export function eventually<T>(check: () => T | Promise<T>, intervalMs = 20): Promise<T> {
  return vi.waitFor(check, { timeout: 15_000, interval: intervalMs });
}

/** Sells a model through upstreams of its own, the first one first. Returns their row ids. */
export async function sellThrough(
  serving: Pick<Serving, 'db' | 'instance'>,
  slug: string,
  prices: TokenPrices,
  baseUrls: readonly string[],
  timeoutMs = 15_000,
): Promise<bigint[]> {
  const { db, instance } = serving;
  const platformId = await platformOf(serving);
  return db.transaction(async (tx) => {
    const productId = await createProduct(tx, testIds, { platformId, slug, kind: 'chat' });
    await publishPrices(tx, testIds, platformId, [
      { productId, unit: 'USD', components: componentsOf(prices), source: 'test' },
    ]);
    const upstreamIds: bigint[] = [];
    for (const [priority, baseUrl] of baseUrls.entries()) {
      const upstreamId = await createUpstream(tx, testIds, instance.secrets, {
        platformId,
        name: `${slug}-${priority}`,
        baseUrl,
        credential: 'sk-of-the-seller',
        firstByteTimeoutMs: timeoutMs,
        idleTimeoutMs: timeoutMs,
      });
      const route = { platformId, productId, upstreamId, upstreamModel: slug, priority };
      await routeProduct(tx, route);
      upstreamIds.push(upstreamId);
    }
    return upstreamIds;
  });
}

/** Waits until the instance has read these models from the catalogue (within a second or so). */
export async function untilSold(serving: Serving, ...slugs: string[]): Promise<void> {
  const { key } = await serving.openCustomer(0n);
  for (const model of slugs) {
    const body = { model, messages: [{ role: 'user', content: '' }] };
    await eventually(async () => {
      const answer = await rawCall(serving.url, { key, body });
      if (answer.status !== 402) throw new Error(`${model}: ${answer.status}`);
    }, 100);
  }
}

/** Makes these the model's prices from now on. */
export async function changePrices(
  serving: Pick<Serving, 'db'>,
  slug: string,
  prices: TokenPrices,
): Promise<void> {
  const platformId = await platformOf(serving);
  await serving.db.transaction(async (tx) => {
    const [product] = await tx.query<{ id: bigint }>('select id from product where slug = $1', [
      slug,
    ]);
    if (product === undefined) throw new Error('the product does not exist');
    await publishPrices(tx, testIds, platformId, [
      { productId: product.id, unit: 'USD', components: componentsOf(prices), source: 'test' },
    ]);
  });
}

function componentsOf(prices: TokenPrices): PriceComponent[] {
  return Object.entries(prices).map(([component, amount]) => ({
    component: component as PriceComponent['component'],
    fromContextTokens: 0n,
    amount,
    per: 1n,
  }));
}

/** A call's row, as far as the tests look at it. */
export interface CallRow {
  readonly outcome: string;
  readonly status: number;
  readonly streamed: boolean;
  readonly estimated: boolean;
  readonly held: bigint;
  readonly price: bigint;
  readonly charge: bigint;
  readonly input: bigint;
  readonly output: bigint;
  readonly cached_input: bigint;
  readonly upstream_id: bigint | null;
  readonly error_code: string | null;
}

const CALL = `select outcome, status, streamed, estimated, held, price, charge, input, output,
  cached_input, upstream_id, error_code from call`;

/** The row of a call, by the `x-request-id` of its answer. */
export async function callRow(serving: Serving, requestId: unknown): Promise<CallRow> {
  const callId = parseCallId(String(requestId));
  const [row] = await serving.db.query<CallRow>(`${CALL} where id = $1`, [callId]);
  if (row === undefined) throw new Error(`there is no call ${String(requestId)}`);
  return row;
}

/** All calls of a customer that have ended, in their order. */
export function callsOf(serving: Serving, customer: TestCustomer): Promise<CallRow[]> {
  return serving.db.query<CallRow>(`${CALL} where account_id = $1 order by id`, [
    customer.accountId,
  ]);
}

/** Waits until the customer's only call has ended, and returns its row. */
export async function endedCall(serving: Serving, customer: TestCustomer): Promise<CallRow> {
  return eventually(async () => {
    const [call] = await callsOf(serving, customer);
    if (call === undefined) throw new Error('no call has ended yet');
    return call;
  });
}

/** A customer's wallet as it stands. */
export async function walletOf(
  { db }: Pick<Serving, 'db'>,
  customer: TestCustomer,
): Promise<{ balance: bigint; held: bigint }> {
  const [row] = await db.query<{ balance: bigint; held: bigint }>(
    'select balance, held from wallet where id = $1',
    [customer.walletId],
  );
  if (row === undefined) throw new Error('the wallet does not exist');
  return row;
}

/** A chat request with the demo provider's directives. */
export function chat(model: string, demo: object = {}, more: object = {}): Record<string, unknown> {
  return { model, messages: [{ role: 'user', content: 'Hello there' }], demo, ...more };
}
