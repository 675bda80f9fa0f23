import type { Queryable } from '../../db/index.ts';
import type { PriceBook } from '../../pricing/index.ts';

interface CostVersion {
  readonly id: bigint;
  readonly from: number;
  readonly until: number | null;
}

/** What products cost their seller, at any instant. */
export interface Costs {
  /** The id of the cost version of a product in a unit that goes at that instant. */
  versionAt(productId: bigint, unit: string, at: Date): bigint | undefined;
}

/** Reads when which cost version of a platform's products goes. */
export async function loadCosts(db: Queryable, platformId: bigint): Promise<Costs> {
  const rows = await db.query<CostVersion & { productId: bigint; unit: string }>(
    `select id, product_id as "productId", unit, extract(epoch from valid_from)::float8 as from,
       extract(epoch from valid_until)::float8 as until
     from price where platform_id = $1 and kind = 'cost' and valid_until is distinct from valid_from
     order by valid_from`,
    [platformId],
  );
  const versions = new Map<string, CostVersion[]>();
  for (const row of rows) {
    const name = `${row.productId} ${row.unit}`;
    versions.set(name, [...(versions.get(name) ?? []), row]);
  }
  return {
    versionAt: (productId, unit, at) => {
      const seconds = at.getTime() / 1_000;
      return versions
        .get(`${productId} ${unit}`)
        ?.findLast(({ from, until }) => from <= seconds && (until === null || seconds < until))?.id;
    },
  };
}

/** Price books by their ids, each read once. */
export function createBooks(
  read: (priceId: bigint) => Promise<PriceBook | undefined>,
): (priceId: bigint) => Promise<PriceBook | undefined> | PriceBook | undefined {
  const known = new Map<bigint, PriceBook | undefined>();
  return (priceId) => {
    if (known.has(priceId)) return known.get(priceId);
    return read(priceId).then((book) => {
      known.set(priceId, book);
      return book;
    });
  };
}
