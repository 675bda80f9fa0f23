import type { Db, Queryable } from '../db/index.ts';
import { AMOUNT_MAX, assert, Fault, type Ids } from '../kernel/index.ts';
import type { PriceComponent } from '../pricing/index.ts';

export interface NewPrice {
  readonly productId: bigint;
  readonly unit: string;
  readonly components: readonly PriceComponent[];
  /** Where the price comes from: 'manual', 'litellm'. */
  readonly source: string;
}

/** What became of a price: `changed` is false when the product already had exactly this one. */
export interface PublishedPrice {
  readonly priceId: bigint;
  readonly changed: boolean;
}

/**
 * Makes this the product's price in its unit from now on (the database's now). The earlier version
 * ends at the same instant and stays as it was, for the calls that were admitted under it. A price
 * equal to the current one publishes nothing.
 *
 * Throws Faults: `product_unknown` (404), `unit_unknown` (422), `price_invalid` (422).
 */
export function publishPrice(
  db: Db,
  ids: Ids,
  price: NewPrice & { readonly platformId: bigint },
): Promise<PublishedPrice> {
  return db.transaction(async (tx) => {
    const [published] = await publishPrices(tx, ids, price.platformId, [price]);
    assert(published !== undefined, 'publishing one price gives one result');
    return published;
  });
}

/** {@link publishPrice} for many products at once, inside a transaction; results in their order. */
export async function publishPrices(
  tx: Queryable,
  ids: Ids,
  platformId: bigint,
  prices: readonly NewPrice[],
): Promise<PublishedPrice[]> {
  for (const price of prices) checkComponents(price);
  await requireUnits(tx, platformId, prices);
  await lockProducts(tx, platformId, prices);
  const current = await currentPrices(tx, platformId, prices);
  const results = prices.map((price) => {
    const earlier = current.get(keyOf(price));
    const changed = earlier?.fingerprint !== fingerprint(price.components);
    const priceId = changed ? ids.rowId() : earlier.priceId;
    return { price, earlier, changed, priceId };
  });
  const fresh = results.filter((one) => one.changed);
  if (fresh.length > 0) {
    await replacePrices(tx, platformId, fresh);
    await insertComponents(tx, platformId, fresh);
  }
  return results.map(({ priceId, changed }) => ({ priceId, changed }));
}

interface CurrentPrice {
  readonly priceId: bigint;
  readonly version: number;
  readonly fingerprint: string;
}

interface FreshPrice {
  readonly price: NewPrice;
  readonly priceId: bigint;
  readonly earlier: CurrentPrice | undefined;
}

const keyOf = ({ productId, unit }: { productId: bigint; unit: string }) => `${productId} ${unit}`;

/** The same for the same components in any order, and for no others. */
function fingerprint(components: readonly PriceComponent[]): string {
  return components
    .map((one) => `${one.component} ${one.fromContextTokens} ${one.amount} ${one.per}`)
    .sort()
    .join('\n');
}

function checkComponents({ components }: NewPrice): void {
  const places = components.map((one) => `${one.component} from ${one.fromContextTokens}`);
  const fits = (value: bigint, least: bigint) => value >= least && value <= AMOUNT_MAX;
  const sound = components.every(
    (one) => fits(one.amount, 0n) && fits(one.per, 1n) && fits(one.fromContextTokens, 0n),
  );
  if (components.length > 0 && sound && new Set(places).size === places.length) return;
  throw new Fault({
    code: 'price_invalid',
    status: 422,
    param: 'components',
    message:
      'A price needs at least one component, each with an amount of 0 or more for each 1 or more ' +
      'counted, and each only once in a context tier.',
  });
}

async function requireUnits(
  tx: Queryable,
  platformId: bigint,
  prices: readonly NewPrice[],
): Promise<void> {
  const wanted = [...new Set(prices.map((price) => price.unit))];
  const rows = await tx.query<{ code: string }>(
    'select code from unit where platform_id = $1 and code = any($2::text[])',
    [platformId, wanted],
  );
  const missing = wanted.find((unit) => !rows.some((row) => row.code === unit));
  if (missing === undefined) return;
  throw new Fault({
    code: 'unit_unknown',
    status: 422,
    param: 'unit',
    message: `The platform has no unit '${missing}'. Use one of its units, or add that one first.`,
  });
}

/** In the order of ids, so that two publishers wait for each other instead of deadlocking. */
async function lockProducts(
  tx: Queryable,
  platformId: bigint,
  prices: readonly NewPrice[],
): Promise<void> {
  const wanted = new Set(prices.map((price) => price.productId));
  const rows = await tx.query<{ id: bigint }>(
    `select id from product where platform_id = $1 and id = any($2::bigint[])
     order by id for no key update`,
    [platformId, [...wanted]],
  );
  if (rows.length === wanted.size) return;
  throw new Fault({
    code: 'product_unknown',
    status: 404,
    param: 'product',
    message: 'The platform has no such product. Create it before publishing its price.',
  });
}

async function currentPrices(
  tx: Queryable,
  platformId: bigint,
  prices: readonly NewPrice[],
): Promise<Map<string, CurrentPrice>> {
  const rows = await tx.query<{
    id: bigint;
    product_id: bigint;
    unit: string;
    version: number;
    components: string[];
  }>(
    `select p.id, p.product_id, p.unit, p.version,
       array_agg(concat_ws(' ', c.component, c.from_context_tokens, c.amount, c.per)) as components
     from price p left join price_component c on (c.platform_id, c.price_id) = (p.platform_id, p.id)
     where p.platform_id = $1 and p.valid_until is null and p.product_id = any($2::bigint[])
     group by p.id`,
    [platformId, prices.map((price) => price.productId)],
  );
  return new Map(
    rows.map((row) => [
      keyOf({ productId: row.product_id, unit: row.unit }),
      { priceId: row.id, version: row.version, fingerprint: row.components.sort().join('\n') },
    ]),
  );
}

/**
 * One instant ends the old prices and begins the new ones. It is read after the products are
 * locked: the transaction's own `now()` could lie before a price that another one published while
 * this one waited. As text it keeps its microseconds.
 */
async function replacePrices(
  tx: Queryable,
  platformId: bigint,
  fresh: readonly FreshPrice[],
): Promise<void> {
  const [moment] = await tx.query<{ at: string }>('select clock_timestamp()::text as at');
  await tx.query(
    `update price set valid_until = $3::timestamptz
     where platform_id = $1 and id = any($2::bigint[])`,
    [platformId, fresh.flatMap(({ earlier }) => earlier?.priceId ?? []), moment?.at],
  );
  await tx.query(
    `insert into price (platform_id, valid_from, id, product_id, unit, version, source)
     select $1, $2::timestamptz, *
     from unnest($3::bigint[], $4::bigint[], $5::text[], $6::int[], $7::text[])`,
    [
      platformId,
      moment?.at,
      fresh.map((one) => one.priceId),
      fresh.map((one) => one.price.productId),
      fresh.map((one) => one.price.unit),
      fresh.map((one) => (one.earlier?.version ?? 0) + 1),
      fresh.map((one) => one.price.source),
    ],
  );
}

async function insertComponents(
  tx: Queryable,
  platformId: bigint,
  fresh: readonly FreshPrice[],
): Promise<void> {
  const rows = fresh.flatMap(({ price, priceId }) =>
    price.components.map((one) => ({ priceId, ...one })),
  );
  await tx.query(
    `insert into price_component
       (platform_id, price_id, component, from_context_tokens, amount, per)
     select $1, * from unnest($2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[])`,
    [
      platformId,
      rows.map((row) => row.priceId),
      rows.map((row) => row.component),
      rows.map((row) => row.fromContextTokens),
      rows.map((row) => row.amount),
      rows.map((row) => row.per),
    ],
  );
}
