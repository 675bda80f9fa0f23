import { createProduct, publishPrice } from '../src/catalog/index.ts';
import { systemRandom } from '../src/kernel/index.ts';
import { createKey } from '../src/tenants/index.ts';
import { type Books, give, holdOf, legOf, settlementOf, testIds } from './books.ts';
import type { ManageApi, TestPlatform } from './manage-api.ts';

/** A platform that sells one model, with a customer that has money, and calls of that customer. */
export interface PlatformCalls {
  readonly books: Books;
  readonly keyId: bigint;
  readonly walletId: bigint;
  /** Makes a settled call at `price`, or one that came to nothing; its id. */
  call(price: bigint, more?: Parameters<typeof settlementOf>[2]): Promise<string>;
  /** A call that is under way. */
  hold(): Promise<{ readonly callId: string; expire(): Promise<unknown> }>;
}

/** The model 'vendor/small': 0.25 USD a million tokens in, 1 USD a million out. */
export async function openPlatformCalls(
  api: ManageApi,
  { platformId, accountId }: TestPlatform,
): Promise<PlatformCalls> {
  const { db } = api;
  const slug = 'vendor/small';
  const productId = await createProduct(db, testIds, { platformId, slug, kind: 'chat' });
  const per = { fromContextTokens: 0n, per: 1_000_000n };
  const { priceId } = await publishPrice(db, testIds, {
    ...{ platformId, productId, unit: 'USD', source: 'manual' },
    components: [
      { component: 'input', amount: 250_000_000n, ...per },
      { component: 'output', amount: 1_000_000_000n, ...per },
    ],
  });
  const made = { ids: testIds, random: systemRandom };
  const { id: keyId } = await createKey(db, made, { platformId, accountId, name: 'test' });
  const [wallet] = await db.query<{ id: bigint }>('select id from wallet where account_id = $1', [
    accountId,
  ]);
  const walletId = wallet?.id ?? 0n;
  const books = { db, platformId, productId, priceId };
  const customer = { platformId, accountId, walletId, keyId };
  await give(books, customer, 1_000_000_000n);
  const { ledger } = api;
  return {
    ...{ books, keyId, walletId },
    hold: async () => {
      const request = holdOf(legOf(books, customer, 100n));
      await ledger.hold(request);
      const ended = settlementOf(request, 0n, { outcome: 'expired', status: 0 });
      return { callId: request.callId, expire: () => ledger.settle(ended) };
    },
    call: async (price, more = {}) => {
      const request = holdOf(legOf(books, customer, price));
      await ledger.hold(request);
      await ledger.settle(settlementOf(request, price, more));
      return request.callId;
    },
  };
}
