import type { Db, Queryable } from '../../db/index.ts';
import { assert, Fault, type Ids } from '../../kernel/index.ts';
import type { PriceComponent } from '../../pricing/index.ts';
import { publishPrices } from '../prices.ts';
import { routeProducts } from '../products.ts';
import { findUpstream } from '../upstreams.ts';
import type { Decimal } from './decimal.ts';
import { type ListedModel, type NotPriced, Refusal, type Refused } from './listing.ts';
import { parseMargin, priceComponents } from './price-components.ts';
import { type ListingOptions, readListing } from './read-listing.ts';

export interface ImportOptions extends ListingOptions {
  readonly platformId: bigint;
  /** The file's text. */
  readonly text: string;
  /** Factor on every price, as a decimal: '1.2'. */
  readonly margin: string;
  /** The upstream that serves the imported products; without it they get no route. */
  readonly upstream?: string | undefined;
}

/** What an import did. Every model of the file is counted once, as a product or as refused. */
export interface ImportReport {
  /** Models that are products of the platform now. */
  readonly products: number;
  /** Of those, the ones that got a new price. */
  readonly priced: number;
  /** Of those, the ones whose price was the same already. */
  readonly unchanged: number;
  /** Of those, the ones whose every price is zero, as the file says. */
  readonly free: number;
  readonly refused: readonly Refused[];
  readonly notPriced: readonly NotPriced[];
}

interface PricedModel extends ListedModel {
  readonly components: readonly PriceComponent[];
}

// The sources list US dollars, and nothing is converted silently.
const UNIT = 'USD';

/**
 * Brings a platform's catalogue up to a public price list: a product for each model, its price
 * with the margin as a new version where it differs, and a route to the upstream. All of it in one
 * transaction; importing the same again changes nothing. Products that the file does not list, and
 * names that the seller has changed, are left alone.
 *
 * Throws Faults: those of `readListing`, `margin_invalid`, `unit_unknown` (the platform has no
 * USD) and `upstream_unknown` (422).
 */
export async function importCatalog(
  db: Pick<Db, 'transaction'>,
  ids: Ids,
  options: ImportOptions,
): Promise<ImportReport> {
  const margin = parseMargin(options.margin);
  const listing = readListing(options.text, options);
  return db.transaction(async (tx) => {
    const upstreamId = await requireUpstream(tx, options);
    const scale = await requireScale(tx, options.platformId);
    const { models, refused } = priceModels(listing.models, margin, scale);
    const products = await writeProducts(tx, ids, options.platformId, models);
    if (upstreamId !== undefined) {
      const routes = products.map(({ productId, upstreamModel }) => {
        return { productId, upstreamId, upstreamModel, priority: 0 };
      });
      await routeProducts(tx, options.platformId, routes);
    }
    const prices = products.map(({ productId, components }) => {
      return { productId, unit: UNIT, components, source: listing.format };
    });
    const published = await publishPrices(tx, ids, options.platformId, prices);
    const priced = published.filter((one) => one.changed).length;
    const kept = new Set(models.map(({ model }) => model));
    return {
      products: models.length,
      priced,
      unchanged: models.length - priced,
      free: models.filter(({ components }) => components.every((one) => one.amount === 0n)).length,
      refused: [...listing.refused, ...refused],
      notPriced: listing.notPriced.filter(({ model }) => kept.has(model)),
    };
  });
}

async function requireUpstream(
  tx: Queryable,
  { platformId, upstream }: ImportOptions,
): Promise<bigint | undefined> {
  if (upstream === undefined) return undefined;
  const id = await findUpstream(tx, platformId, upstream);
  if (id !== undefined) return id;
  throw new Fault({
    code: 'upstream_unknown',
    status: 422,
    param: 'upstream',
    message: `The platform has no upstream '${upstream}'. Add it first, or import without one.`,
  });
}

async function requireScale(tx: Queryable, platformId: bigint): Promise<number> {
  const [row] = await tx.query<{ scale: number }>(
    'select scale from unit where platform_id = $1 and code = $2',
    [platformId, UNIT],
  );
  if (row !== undefined) return row.scale;
  throw new Fault({
    code: 'unit_unknown',
    status: 422,
    param: 'unit',
    message: `The file lists US dollars and the platform has no unit ${UNIT}. Add it first.`,
  });
}

function priceModels(
  models: readonly ListedModel[],
  margin: Decimal,
  scale: number,
): { models: PricedModel[]; refused: Refused[] } {
  const priced: PricedModel[] = [];
  const refused: Refused[] = [];
  for (const model of models) {
    try {
      priced.push({ ...model, components: priceComponents(model, margin, { code: UNIT, scale }) });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.push({ model: model.model, reason: error.message });
    }
  }
  return { models: priced, refused };
}

/** Adds what is missing and refreshes limits; gives the models with their products' ids. */
async function writeProducts(
  tx: Queryable,
  ids: Ids,
  platformId: bigint,
  models: readonly PricedModel[],
): Promise<(PricedModel & { readonly productId: bigint })[]> {
  await tx.query(
    `insert into product
       (platform_id, id, slug, kind, name, owned_by, context_tokens, max_output_tokens)
     select $1, * from unnest
       ($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[])
     order by 3
     on conflict (platform_id, slug) do update
       set context_tokens = excluded.context_tokens, max_output_tokens = excluded.max_output_tokens
       where (product.context_tokens, product.max_output_tokens)
         is distinct from (excluded.context_tokens, excluded.max_output_tokens)`,
    [
      platformId,
      models.map(() => ids.rowId()),
      models.map((model) => model.slug),
      models.map((model) => model.kind),
      models.map((model) => model.name),
      models.map((model) => model.ownedBy),
      models.map((model) => model.contextTokens ?? null),
      models.map((model) => model.maxOutputTokens ?? null),
    ],
  );
  const rows = await tx.query<{ id: bigint; slug: string }>(
    'select id, slug from product where platform_id = $1 and slug = any($2::text[])',
    [platformId, models.map((model) => model.slug)],
  );
  const idOf = new Map(rows.map((row) => [row.slug, row.id]));
  return models.map((model) => {
    const productId = idOf.get(model.slug);
    assert(productId !== undefined, 'an upserted product can be read in its own transaction');
    return { ...model, productId };
  });
}
