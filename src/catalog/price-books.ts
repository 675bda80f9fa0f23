import type { Queryable } from '../db/index.ts';
import type { PriceBook, PriceComponent, Tiering } from '../pricing/index.ts';

export type PriceBooks = ReadonlyMap<bigint, PriceBook>;

interface Row {
  readonly priceId: bigint;
  readonly unit: string;
  readonly tiering: Tiering | null;
  readonly component: PriceComponent['component'];
  readonly fromContextTokens: bigint;
  readonly fromMonthQuantity: bigint;
  readonly amount: bigint;
  readonly per: bigint;
}

/** Reads price versions, whenever they go, by their ids. */
export async function loadPriceBooks(
  db: Queryable,
  priceIds: readonly bigint[],
): Promise<PriceBooks> {
  if (priceIds.length === 0) return new Map();
  const rows = await db.query<Row>(
    `select c.price_id as "priceId", p.unit, p.tiering, c.component,
       c.from_context_tokens as "fromContextTokens",
       c.from_month_quantity as "fromMonthQuantity", c.amount, c.per
     from price p join price_component c on (c.platform_id, c.price_id) = (p.platform_id, p.id)
     where p.id = any($1::bigint[])
     order by c.price_id, c.component, c.from_context_tokens, c.from_month_quantity`,
    [priceIds],
  );
  const books = new Map<bigint, PriceBook & { components: PriceComponent[] }>();
  for (const { priceId, unit, tiering, fromMonthQuantity, ...component } of rows) {
    const book = books.get(priceId) ?? {
      ...{ priceId, unit, components: [] },
      ...(tiering !== null && { tiering }),
    };
    books.set(priceId, book);
    book.components.push(tiering === null ? component : { ...component, fromMonthQuantity });
  }
  for (const book of books.values()) {
    Object.freeze(book.components);
    Object.freeze(book);
  }
  return books;
}

/** A way to read versions one by one. */
export function createBookReader(
  db: Queryable,
): (priceId: bigint) => Promise<PriceBook | undefined> {
  return async (priceId) => (await loadPriceBooks(db, [priceId])).get(priceId);
}
