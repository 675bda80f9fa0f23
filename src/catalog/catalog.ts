import type { Db } from '../db/index.ts';
import type { Clock, Log, SecretBox } from '../kernel/index.ts';
import type { PriceBook } from '../pricing/index.ts';
import { loadProducts, type Product } from './load-snapshot.ts';
import { loadPriceBooks } from './price-books.ts';
import { nextChange, priceAt } from './price-timeline.ts';
import { createShelfReader } from './shelf-reader.ts';

/**
 * What platforms sell, held in memory from the first look at each on: a saved look-up, never a
 * decision. The hold re-checks in the database what it depends on.
 */
export interface Catalog {
  /** The active product that a platform's callers name so; undefined before the first read. */
  findProduct(platformId: bigint, slug: string): Product | undefined;
  /** A platform's active products, by slug. */
  listProducts(platformId: bigint): readonly Product[];
  /** Any version of a price, also one that has ended: read from the database once, then kept. */
  priceById(priceId: bigint): Promise<PriceBook | undefined>;
  /**
   * Reads a platform's catalogue anew, or without one those of all that are held. Resolves when
   * what is held is at least as new as this call; calls during a read share the one after it.
   */
  refresh(platformId?: bigint): Promise<void>;
  /** The same for what is held and told of: a platform that nobody asked for stays unread. */
  refreshIfHeld(platformId: bigint): Promise<void>;
  /** Refreshes what is older than that; a platform that is not held is. */
  refreshIfOlderThan(ageMs: number, platformId?: bigint): Promise<void>;
  /** Waits for a read that is under way. */
  close(): Promise<void>;
}

/** What one platform sells. */
interface Shelf {
  readonly readAtMs: number;
  readonly bySlug: ReadonlyMap<string, Product>;
  /** What to add to the monotonic clock to have the database's: never ahead of it. */
  readonly aheadMs: number;
  /** On the monotonic clock: when a price that is known already takes the place of another. */
  readonly changesAtMs: number;
  usedAtMs: number;
}

/** Products, and price versions, that are held at most: what was used longest ago goes first. */
const MOST_PRODUCTS = 50_000;
const MOST_BOOKS = 200_000;

/** An empty catalogue over the database. */
export function createCatalog(options: {
  readonly db: Db;
  readonly secrets: SecretBox;
  readonly clock: Clock;
  readonly log: Log;
}): Catalog {
  const { db, clock } = options;
  const shelves = new Map<bigint, Shelf>();
  const books = new Map<bigint, PriceBook>();

  const keep = (fresh: ReadonlyMap<bigint, PriceBook>) => {
    for (const [id, book] of fresh) books.set(id, book);
    for (const id of books.keys()) {
      if (books.size <= MOST_BOOKS) break;
      books.delete(id);
    }
  };
  const reader = createShelfReader(async (platformIds) => {
    const readAtMs = clock.monotonicMs();
    const {
      products,
      freshBooks,
      atMs = 0,
    } = await loadProducts(db, { ...options, platformIds, known: books });
    keep(freshBooks);
    // Reckoned from after the reading: what is taken for now has passed for the database too.
    const aheadMs = atMs - clock.monotonicMs();
    for (const [platformId, bySlug] of byPlatform(platformIds, products)) {
      const usedAtMs = shelves.get(platformId)?.usedAtMs ?? readAtMs;
      const changesAtMs = changeAfter(bySlug, atMs) - aheadMs;
      shelves.set(platformId, { readAtMs, bySlug, aheadMs, changesAtMs, usedAtMs });
    }
    dropLeastUsed(shelves);
  });
  const look = (platformId: bigint): Shelf | undefined => {
    const shelf = shelves.get(platformId);
    if (shelf === undefined) return undefined;
    shelf.usedAtMs = clock.monotonicMs();
    if (shelf.usedAtMs < shelf.changesAtMs) return shelf;
    const later = movedOn(shelf);
    shelves.set(platformId, later);
    return later;
  };
  const readAll = async (which: (shelf: Shelf) => boolean) => {
    const due = [...shelves].filter(([, shelf]) => which(shelf));
    await Promise.all(due.map(([platformId]) => reader.wish(platformId)));
  };
  return {
    findProduct: (platformId, slug) => look(platformId)?.bySlug.get(slug),
    listProducts: (platformId) => [...(look(platformId)?.bySlug.values() ?? [])],
    priceById: async (priceId) => {
      if (!books.has(priceId)) keep(await loadPriceBooks(db, [priceId]));
      return books.get(priceId);
    },
    refresh: (platformId) =>
      platformId === undefined ? readAll(() => true) : reader.wish(platformId),
    refreshIfHeld: async (platformId) => {
      if (shelves.has(platformId)) await reader.wish(platformId);
    },
    refreshIfOlderThan: async (ageMs, platformId) => {
      const nowMs = clock.monotonicMs();
      const isOld = (shelf: Shelf | undefined) =>
        shelf === undefined || nowMs - shelf.readAtMs > ageMs;
      if (platformId === undefined) await readAll(isOld);
      else if (isOld(shelves.get(platformId))) await reader.wish(platformId);
    },
    close: () => reader.idle(),
  };
}

function byPlatform(platformIds: readonly bigint[], products: readonly Product[]) {
  const found = new Map(platformIds.map((id) => [id, new Map<string, Product>()]));
  for (const product of products.filter((one) => one.active)) {
    found.get(product.platformId)?.set(product.slug, product);
  }
  return found;
}

/** When the next of these products changes its price, on the database's clock. */
function changeAfter(bySlug: ReadonlyMap<string, Product>, atMs: number): number {
  let next = Infinity;
  for (const { prices } of bySlug.values()) next = Math.min(next, nextChange(prices, atMs));
  return next;
}

/** The same at a later instant: prices that were read ahead have taken their places. */
function movedOn(shelf: Shelf): Shelf {
  const atMs = shelf.usedAtMs + shelf.aheadMs;
  const products = [...shelf.bySlug.values()].map((product) => {
    const price = priceAt(product.prices, atMs);
    return price === product.price ? product : { ...product, price };
  });
  const bySlug = new Map(products.map((product) => [product.slug, product]));
  return { ...shelf, bySlug, changesAtMs: changeAfter(bySlug, atMs) - shelf.aheadMs };
}

/** Keeps the one that was used last, however large it is. */
function dropLeastUsed(shelves: Map<bigint, Shelf>): void {
  let products = 0;
  for (const { bySlug } of shelves.values()) products += bySlug.size + 1;
  if (products <= MOST_PRODUCTS) return;
  const oldest = [...shelves].sort(([, a], [, b]) => a.usedAtMs - b.usedAtMs);
  for (const [platformId, { bySlug }] of oldest.slice(0, -1)) {
    if (products <= MOST_PRODUCTS) return;
    products -= bySlug.size + 1;
    shelves.delete(platformId);
  }
}
