import { createProduct, createUpstream, publishPrices, routeProduct } from '../../catalog/index.ts';
import type { Queryable } from '../../db/index.ts';
import { assert, type Ids, parseAmount, type Random, type SecretBox } from '../../kernel/index.ts';
import { grantValue } from '../../ledger/index.ts';
import { createAccount, createKey, createPlatform } from '../../tenants/index.ts';
import { componentOf, MODEL_MARKET, MODELS, type PresetModel } from './preset.ts';

/** What a new instance shows its operator once. */
export interface Seeded {
  readonly platform: string;
  readonly account: string;
  /** The first key, in clear: it cannot be read again. */
  readonly key: string;
  readonly model: string;
}

/** Sets the platform up with its models, its example customer, 5 USD and a key. */
export async function seedModelMarket(
  tx: Queryable,
  made: { readonly ids: Ids; readonly random: Random; readonly secrets: SecretBox },
): Promise<Seeded> {
  const { ids, secrets } = made;
  const { slug, name, keyPrefix, units, customer } = MODEL_MARKET;
  const platform = await createPlatform(tx, ids, { slug, name, keyPrefix, units: [...units] });
  const upstreamId = await createUpstream(tx, ids, secrets, {
    platformId: platform.id,
    name: 'demo',
    baseUrl: 'demo:',
  });
  for (const model of MODELS) await seedModel(tx, ids, platform.id, upstreamId, model);
  const account = await createAccount(tx, ids, { platformId: platform.id, ...customer });
  await grantValue(tx, {
    grantId: ids.rowId(),
    platformId: platform.id,
    walletId: account.walletId,
    amount: MODEL_MARKET.startingBalance,
    source: 'bonus',
    priority: 0,
    expiresAt: undefined,
    reference: `seed:${account.id}`,
    reason: 'to try things out',
  });
  const key = await createKey(tx, made, {
    platformId: platform.id,
    accountId: account.id,
    name: 'first key',
    limits: MODEL_MARKET.keyLimits,
  });
  return { platform: slug, account: customer.mail, key: key.text, model: MODELS[0]?.slug ?? '' };
}

async function seedModel(
  tx: Queryable,
  ids: Ids,
  platformId: bigint,
  upstreamId: bigint,
  model: PresetModel,
): Promise<void> {
  const { usdPerMillion, ...product } = model;
  const productId = await createProduct(tx, ids, {
    ...product,
    platformId,
    kind: 'chat',
    ownedBy: 'farebox-demo',
  });
  const components = Object.entries(usdPerMillion).map(([component, usd]) => {
    const amount = parseAmount(usd, MODEL_MARKET.units[0].scale);
    assert(amount !== undefined, 'a price of the preset is an exact decimal');
    return componentOf(component as keyof PresetModel['usdPerMillion'], amount);
  });
  await publishPrices(tx, ids, platformId, [
    { productId, unit: 'USD', components, source: 'preset' },
  ]);
  await routeProduct(tx, {
    platformId,
    productId,
    upstreamId,
    upstreamModel: model.slug,
    priority: 0,
  });
}
