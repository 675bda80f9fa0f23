import { type Caller, requireModel } from '../auth/index.ts';
import type { Catalog, Product } from '../catalog/index.ts';
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
}

/**
 * Finds what the caller asks for. Faults: `model_not_allowed` (403) for what its key is not made
 * for, `model_not_found` (404), `PRICING_MISSING` (500), `MODEL_UNAVAILABLE` (503, no upstream),
 * `INSUFFICIENT_CREDITS` (402, no wallet in its unit).
 */
export async function findOffer(catalog: Catalog, caller: Caller, model: string): Promise<Offer> {
  requireModel(caller, model);
  let product = catalog.findProduct(caller.platformId, model);
  if (product === undefined || product.price === undefined || product.routes.length === 0) {
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
  if (product.routes.length === 0 && !caller.isTest) {
    throw new Fault({
      code: 'MODEL_UNAVAILABLE',
      status: 503,
      message: 'No provider is set up for this model at the moment. Tell the seller.',
    });
  }
  const walletId = caller.wallets.get(product.price.unit);
  const scale = caller.platform.scales.get(product.price.unit);
  if (walletId === undefined || scale === undefined) {
    throw insufficientCredits(`This model is paid in ${product.price.unit}, and you have none.`);
  }
  const offer = { product, book: product.price, walletId, scale };
  return caller.isTest ? testOffer(offer) : offer;
}

/** The caller cannot pay: 402, which clients do not retry. */
export function insufficientCredits(
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Fault {
  return new Fault({ code: 'INSUFFICIENT_CREDITS', status: 402, message, headers });
}
