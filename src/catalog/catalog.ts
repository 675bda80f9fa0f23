import type { Db } from '../db/index.ts';
import type { Clock, Log, SecretBox } from '../kernel/index.ts';
import type { PriceBook } from '../pricing/index.ts';
import { loadPriceBooks, loadProducts, type Product } from './load-snapshot.ts';

/**
 * What all platforms sell, held in memory: a saved look-up, never a decision. The hold re-checks
 * in the database what it depends on.
 */
export interface Catalog {
  /** The active product that a platform's callers name so; undefined before the first refresh. */
  findProduct(platformId: bigint, slug: string): Product | undefined;
  /** A product by id, active or not. */
  findProductById(productId: bigint): Product | undefined;
  /** A platform's active products, by slug. */
  listProducts(platformId: bigint): readonly Product[];
  /** Any version of a price, also one that has ended: read from the database once, then kept. */
  priceById(priceId: bigint): Promise<PriceBook | undefined>;
  /**
   * Reads the catalogue anew. Resolves when what is held is at least as new as this call; calls
   * during a read share the one that follows it.
   */
  refresh(): Promise<void>;
  /** Refreshes, or joins the read under way, when what is held is older than that. */
  refreshIfOlderThan(ageMs: number): Promise<void>;
  /** Waits for a read that is under way. */
  close(): Promise<void>;
}

interface Snapshot {
  readonly readAtMs: number;
  readonly byId: ReadonlyMap<bigint, Product>;
  readonly byPlatform: ReadonlyMap<bigint, ReadonlyMap<string, Product>>;
}

const EMPTY: Snapshot = {
  readAtMs: Number.NEGATIVE_INFINITY,
  byId: new Map(),
  byPlatform: new Map(),
};

/** An empty catalogue over the database; `refresh` fills it. */
export function createCatalog(options: {
  readonly db: Db;
  readonly secrets: SecretBox;
  readonly clock: Clock;
  readonly log: Log;
}): Catalog {
  const { db, clock } = options;
  let snapshot = EMPTY;
  const books = new Map<bigint, PriceBook>();
  let running: Promise<void> | undefined;
  let following: Promise<void> | undefined;

  const keep = (fresh: ReadonlyMap<bigint, PriceBook>) => {
    for (const [id, book] of fresh) books.set(id, book);
  };
  const read = async () => {
    const readAtMs = clock.monotonicMs();
    const { products, freshBooks } = await loadProducts(db, { ...options, known: books });
    keep(freshBooks);
    snapshot = indexProducts(products, readAtMs);
  };
  const start = () => {
    running = read().finally(() => {
      running = undefined;
    });
    return running;
  };
  const refresh = () => {
    if (running === undefined) return start();
    following ??= running
      .catch(() => undefined)
      .then(() => {
        following = undefined;
        return start();
      });
    return following;
  };
  return {
    findProduct: (platformId, slug) => snapshot.byPlatform.get(platformId)?.get(slug),
    findProductById: (productId) => snapshot.byId.get(productId),
    listProducts: (platformId) => [...(snapshot.byPlatform.get(platformId)?.values() ?? [])],
    priceById: async (priceId) => {
      if (!books.has(priceId)) keep(await loadPriceBooks(db, [priceId]));
      return books.get(priceId);
    },
    refresh,
    refreshIfOlderThan: async (ageMs) => {
      if (clock.monotonicMs() - snapshot.readAtMs > ageMs) await (running ?? refresh());
    },
    close: async () => {
      await Promise.allSettled([running, following]);
    },
  };
}

function indexProducts(products: readonly Product[], readAtMs: number): Snapshot {
  const byPlatform = new Map<bigint, Map<string, Product>>();
  for (const product of products.filter((one) => one.active)) {
    const ofPlatform = byPlatform.get(product.platformId) ?? new Map<string, Product>();
    ofPlatform.set(product.slug, product);
    byPlatform.set(product.platformId, ofPlatform);
  }
  return { readAtMs, byId: new Map(products.map((one) => [one.id, one])), byPlatform };
}
