import type { Queryable } from '../db/index.ts';
import { assert, Fault, type Ids } from '../kernel/index.ts';
import type { Component, PriceComponent, Tiering } from '../pricing/index.ts';
import { checkPrice } from './check-price.ts';
import {
  type NewPrice,
  type PriceKind,
  type PublishedPrice,
  type Publishing,
  publishPrices,
  requireUnits,
} from './prices.ts';

/** A price that is being worked on; nothing sells by it. */
export interface PriceDraft {
  readonly id: bigint;
  readonly productId: bigint;
  /** The product's slug. */
  readonly product: string;
  readonly kind: PriceKind;
  readonly unit: string;
  /** Decimals of the unit. */
  readonly scale: number;
  readonly tiering: Tiering | null;
  readonly components: readonly PriceComponent[];
  readonly source: string;
  readonly note: string | null;
  readonly createdAt: Date;
  readonly changedAt: Date;
}

/** As the table keeps components: every number a text, so that none loses a digit. */
interface KeptComponent {
  readonly component: Component;
  readonly from_context_tokens: string;
  readonly from_month_quantity: string;
  readonly amount: string;
  readonly per: string;
}

type Row = Omit<PriceDraft, 'components'> & { readonly components: readonly KeptComponent[] };

const SELECT = `
  select d.id, d.product_id as "productId", product.slug as product, d.kind, d.unit, u.scale,
    d.tiering, d.components, d.source, d.note, d.created_at as "createdAt",
    d.changed_at as "changedAt"
  from price_draft d
  join product on product.platform_id = d.platform_id and product.id = d.product_id
  join unit u on u.platform_id = d.platform_id and u.code = d.unit
  where d.platform_id = $1`;

/** Begins a draft. Faults: `unit_unknown` and `price_invalid` (422). */
export async function createPriceDraft(
  tx: Queryable,
  ids: Ids,
  platformId: bigint,
  draft: NewPrice,
): Promise<PriceDraft> {
  checkPrice(draft);
  await requireUnits(tx, platformId, [draft]);
  const id = ids.rowId();
  await tx.query(
    `insert into price_draft (id, platform_id, product_id, kind, unit, tiering, components, source,
       note) values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8, $9)`,
    [
      ...[id, platformId, draft.productId, draft.kind ?? 'sale', draft.unit],
      ...[draft.tiering ?? null, keptAs(draft.components), draft.source, draft.note ?? null],
    ],
  );
  return requirePriceDraft(tx, platformId, id);
}

/** A platform's drafts, oldest first. */
export async function listPriceDrafts(
  db: Queryable,
  platformId: bigint,
  { productId, after, limit }: { productId?: bigint | undefined; after: bigint; limit: number },
): Promise<PriceDraft[]> {
  const rows = await db.query<Row>(
    `${SELECT} and d.id > $2 and ($3::bigint is null or d.product_id = $3)
     order by d.id limit $4`,
    [platformId, after, productId ?? null, limit],
  );
  return rows.map(read);
}

/** A draft by its id. Fault: `price_draft_not_found` (404). */
export async function requirePriceDraft(
  db: Queryable,
  platformId: bigint,
  draftId: bigint | undefined,
): Promise<PriceDraft> {
  const [row] = await db.query<Row>(`${SELECT} and d.id = $2`, [platformId, draftId ?? 0n]);
  if (row === undefined) throw draftNotFound();
  return read(row);
}

/** What of a draft can be changed. */
export type DraftChanges = {
  readonly [K in 'tiering' | 'components' | 'source' | 'note']?: PriceDraft[K] | undefined;
};

/** Changes a draft; what is not given stays. Faults as of {@link createPriceDraft}. */
export async function changePriceDraft(
  tx: Queryable,
  platformId: bigint,
  draft: PriceDraft,
  changes: DraftChanges,
): Promise<PriceDraft> {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const next: PriceDraft = { ...draft, ...Object.fromEntries(given) };
  checkPrice({ ...next, tiering: next.tiering ?? undefined });
  await tx.query(
    `update price_draft set tiering = $3, components = $4::jsonb, source = $5, note = $6,
       changed_at = now() where platform_id = $1 and id = $2`,
    [platformId, draft.id, next.tiering, keptAs(next.components), next.source, next.note],
  );
  return requirePriceDraft(tx, platformId, draft.id);
}

/** Throws a draft away; whether it was there. */
export async function deletePriceDraft(
  tx: Queryable,
  platformId: bigint,
  draftId: bigint,
): Promise<boolean> {
  const rows = await tx.query(
    'delete from price_draft where platform_id = $1 and id = $2 returning id',
    [platformId, draftId],
  );
  return rows.length > 0;
}

/**
 * Publishes a draft, which is no draft any more then. Of two who do, one finds it gone:
 * `price_draft_not_found` (404). Other Faults are those of publishing.
 */
export async function publishPriceDraft(
  tx: Queryable,
  ids: Ids,
  platformId: bigint,
  draft: PriceDraft,
  publishing: Publishing,
): Promise<PublishedPrice> {
  if (!(await deletePriceDraft(tx, platformId, draft.id))) throw draftNotFound();
  const { tiering, note, ...rest } = draft;
  const price = { ...rest, tiering: tiering ?? undefined, note: note ?? undefined };
  const [published] = await publishPrices(tx, ids, platformId, [price], publishing);
  assert(published !== undefined, 'publishing one price gives one result');
  return published;
}

function keptAs(components: readonly PriceComponent[]): string {
  const kept = components.map(
    (one): KeptComponent => ({
      component: one.component,
      from_context_tokens: one.fromContextTokens.toString(),
      from_month_quantity: (one.fromMonthQuantity ?? 0n).toString(),
      amount: one.amount.toString(),
      per: one.per.toString(),
    }),
  );
  return JSON.stringify(kept);
}

function read({ components, ...row }: Row): PriceDraft {
  return {
    ...row,
    components: components.map((one) => ({
      component: one.component,
      fromContextTokens: BigInt(one.from_context_tokens),
      ...(row.tiering !== null && { fromMonthQuantity: BigInt(one.from_month_quantity) }),
      amount: BigInt(one.amount),
      per: BigInt(one.per),
    })),
  };
}

function draftNotFound(): Fault {
  return new Fault({
    code: 'price_draft_not_found',
    status: 404,
    message: 'There is no such price draft for you.',
  });
}
