import { createProduct, createUpstream, publishPrices, routeProduct } from '../../catalog/index.ts';
import type { Queryable } from '../../db/index.ts';
import type { Ids } from '../../kernel/index.ts';
import { grantValue } from '../../ledger/index.ts';
import { createAccount, createKey, createPlatform, type Platform } from '../../tenants/index.ts';
import type { Instance } from '../host.ts';
import { nanoDollars } from './exact-cost.ts';
import { accountName, DEFAULT_OUTPUT_TOKENS, keyName, type Spread } from './plan-call.ts';
import { type ListedPrice, REPLAY_MODELS, type ReplayModel } from './price-list.ts';

/** A platform that sells the replay's models to its customers, who have value and keys. */
export interface ReplayPlatform {
  readonly slug: string;
  /** The keys in clear, by account and key name. */
  readonly keys: ReadonlyMap<string, string>;
}

export interface ReplayGrant {
  readonly source: 'bonus' | 'allowance' | 'purchase';
  /** Nano-dollars. */
  readonly amount: bigint;
  /** Lower is spent first. */
  readonly priority: number;
}

/**
 * What every wallet is given, in this order. It is spent in another: the bonus and the allowance
 * first, which a handful of calls use up, so that charges run over from one grant into the next.
 */
export const REPLAY_GRANTS: readonly ReplayGrant[] = [
  { source: 'purchase', amount: 100_000_000_000_000n, priority: 2 },
  { source: 'allowance', amount: 40_000_003n, priority: 1 },
  { source: 'bonus', amount: 5_000_007n, priority: 0 },
];

export const keyOf = (account: string, key: string) => `${account} ${key}`;

/** How an account's grant is called in the books. */
export const grantReference = (account: string, grant: ReplayGrant) =>
  `replay:${account}:${grant.source}`;

/** Sets the platform up, all or nothing. */
export function openReplayPlatform(
  instance: Pick<Instance, 'db' | 'ids' | 'random' | 'secrets'>,
  spread: Spread,
): Promise<ReplayPlatform> {
  const { db, ids, secrets } = instance;
  return db.transaction(async (tx) => {
    const slug = `replay-${ids.rowId().toString(36)}`;
    const platform = await createPlatform(tx, ids, {
      slug,
      name: 'Replay of a trace',
      keyPrefix: 'sk-replay-',
      units: [{ code: 'USD', scale: 9 }],
      defaultOutputTokens: DEFAULT_OUTPUT_TOKENS,
    });
    const upstreamId = await createUpstream(tx, ids, secrets, {
      platformId: platform.id,
      name: 'demo',
      baseUrl: 'demo:',
    });
    for (const model of REPLAY_MODELS) await sell(tx, ids, platform.id, upstreamId, model);
    const keys = new Map<string, string>();
    for (let index = 0; index < spread.accounts; index += 1) {
      const account = accountName(index);
      const accountId = await openCustomer(tx, ids, platform, account);
      for (let number = 0; number < spread.keysPerAccount; number += 1) {
        const name = keyName(number);
        const key = await createKey(tx, instance, { platformId: platform.id, accountId, name });
        keys.set(keyOf(account, name), key.text);
      }
    }
    return { slug, keys };
  });
}

async function sell(
  tx: Queryable,
  ids: Ids,
  platformId: bigint,
  upstreamId: bigint,
  model: ReplayModel,
): Promise<void> {
  const { slug } = model;
  const productId = await createProduct(tx, ids, {
    platformId,
    slug,
    kind: 'chat',
    ownedBy: 'replay',
  });
  const components = model.prices.map(componentOf);
  await publishPrices(tx, ids, platformId, [
    { productId, unit: 'USD', components, source: 'replay' },
  ]);
  await routeProduct(tx, {
    platformId,
    productId,
    upstreamId,
    upstreamModel: 'demo-large',
    priority: 0,
  });
}

/** A listed price as the catalogue takes it. */
export function componentOf(price: ListedPrice) {
  const { top, bottom } = nanoDollars(price);
  const divisor = commonDivisor(top, bottom);
  return {
    component: price.component,
    fromContextTokens: BigInt(price.from),
    amount: top / divisor,
    per: bottom / divisor,
  };
}

/** The greatest one. The catalogue's numbers are bounded, so prices go there in lowest terms. */
function commonDivisor(left: bigint, right: bigint): bigint {
  return right === 0n ? left : commonDivisor(right, left % right);
}

async function openCustomer(
  tx: Queryable,
  ids: Ids,
  platform: Platform,
  name: string,
): Promise<bigint> {
  const platformId = platform.id;
  const account = await createAccount(tx, ids, { platformId, externalId: name });
  for (const grant of REPLAY_GRANTS) {
    await grantValue(tx, {
      grantId: ids.rowId(),
      platformId,
      walletId: account.walletId,
      amount: grant.amount,
      source: grant.source,
      priority: grant.priority,
      expiresAt: undefined,
      reference: grantReference(name, grant),
      reason: 'to pay for a replay',
    });
  }
  return account.id;
}
