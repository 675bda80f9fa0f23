import { type Caller, requireModel } from '../auth/index.ts';
import type { Catalog, Product, Resale, Route } from '../catalog/index.ts';
import { Fault } from '../kernel/index.ts';
import type { PriceBook } from '../pricing/index.ts';
import { testOffer } from './test-offer.ts';

/** A product that this caller can be sold now: its price, and the wallet that pays it. */
export interface Offer {
  readonly product: Product;
  readonly book: PriceBook;
  readonly walletId: bigint;
  /** Decimals of the price's unit. */
  readonly scale: number;
  /** Who answers: the routes of the product, or of the one that it is sold on from. */
  readonly routes: readonly Route[];
  /** What the platform pays others for it, where it sells their product on: else nothing. */
  readonly wholesale: readonly Wholesale[];
}

/** One purchase behind a sale: an account of the reseller's pays for the product of its seller. */
export interface Wholesale {
  readonly product: Product;
  readonly book: PriceBook;
  readonly walletId: bigint;
  readonly resale: Resale;
}

/** Through so many hands a product may go before it is sold. */
const MOST_RESALES = 3;

/**
 * Finds what the caller asks for. Faults: `model_not_allowed` (403) for what its key is not made
 * for, `model_not_found` (404), `PRICING_MISSING` (500), `MODEL_UNAVAILABLE` (503, no upstream, or
 * it cannot be bought where it comes from), `INSUFFICIENT_CREDITS` (402, no wallet in its unit).
 */
export async function findOffer(catalog: Catalog, caller: Caller, model: string): Promise<Offer> {
  requireModel(caller, model);
  let product = catalog.findProduct(caller.platformId, model);
  if (product === undefined || product.price === undefined || !isAnswered(product)) {
    // The first look at this platform, or it was set up a moment ago by another process.
    await catalog.refreshIfOlderThan(1_000, caller.platformId);
    product = catalog.findProduct(caller.platformId, model);
  }
  if (product === undefined || !product.active || product.kind !== 'chat') {
    throw new Fault({
      code: 'model_not_found',
      status: 404,
      message: `There is no model '${model.slice(0, 100)}' here. GET /v1/models lists all.`,
      param: 'model',
    });
  }
  if (product.price === undefined) {
    throw new Fault({
      code: 'PRICING_MISSING',
      status: 500,
      message: 'This model has no price yet, so it cannot be sold. Tell the seller.',
    });
  }
  const { routes, resale } = product;
  if (!isAnswered(product) && !caller.isTest) {
    throw new Fault({
      code: 'MODEL_UNAVAILABLE',
      status: 503,
      message: 'No provider is set up for this model at the moment. Tell the seller.',
    });
  }
  const isBought = resale !== undefined && !caller.isTest;
  const source = isBought ? await buy(catalog, product) : { routes, wholesale: NONE };
  const walletId = caller.wallets.get(product.price.unit);
  const scale = caller.platform.scales.get(product.price.unit);
  if (walletId === undefined || scale === undefined) {
    throw insufficientCredits(`This model is paid in ${product.price.unit}, and you have none.`);
  }
  const offer = { product, book: product.price, walletId, scale, ...source };
  return caller.isTest ? testOffer(offer) : offer;
}

const isAnswered = ({ routes, resale }: Product) => routes.length > 0 || resale !== undefined;

/** What has to be paid on the way to a product that is sold on, and who answers it at the end. */
async function buy(catalog: Catalog, sold: Product): Promise<Pick<Offer, 'routes' | 'wholesale'>> {
  const wholesale: Wholesale[] = [];
  let product = sold;
  while (product.resale !== undefined) {
    if (wholesale.length === MOST_RESALES) throw notForSale('it goes through too many hands');
    const { resale } = product;
    const { sellerPlatformId, sellerSlug } = resale;
    let source = catalog.findProduct(sellerPlatformId, sellerSlug);
    if (source?.price === undefined) {
      await catalog.refreshIfOlderThan(1_000, sellerPlatformId);
      source = catalog.findProduct(sellerPlatformId, sellerSlug);
    }
    if (source?.price === undefined) throw notForSale(`'${sellerSlug}' is not sold`);
    const walletId = resale.wallets.get(source.price.unit);
    if (walletId === undefined) throw notForSale(`account ${resale.accountId} has no such wallet`);
    wholesale.push({ product: source, book: source.price, walletId, resale });
    product = source;
  }
  if (product.routes.length === 0) throw notForSale(`product ${product.id} has no upstream`);
  return { routes: product.routes, wholesale };
}

const NONE: readonly Wholesale[] = [];

/**
 * The platform cannot buy what it sells on: 503. Why is between it and its seller, so the caller is
 * told no more.
 */
export function notForSale(why: string): Fault {
  return new Fault({
    code: 'MODEL_UNAVAILABLE',
    status: 503,
    message: 'This model cannot be served at the moment. Nothing was charged; tell the seller.',
    internal: `resale: ${why}`,
  });
}

/** The caller cannot pay: 402, which clients do not retry. */
export function insufficientCredits(
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Fault {
  return new Fault({ code: 'INSUFFICIENT_CREDITS', status: 402, message, headers });
}
