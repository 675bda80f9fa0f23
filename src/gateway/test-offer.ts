import type { Route } from '../catalog/index.ts';
import type { Offer } from './offer.ts';

/** The demo provider, known to the upstreams by this address. */
const DEMO: Omit<Route, 'upstreamModel'> = {
  upstreamId: undefined,
  upstreamName: 'demo',
  baseUrl: 'demo:',
  credential: undefined,
  priority: 0,
  firstByteTimeoutMs: 60_000,
  idleTimeoutMs: 120_000,
};

/**
 * The same product as a test key gets it: answered by the demo provider, whatever its routes are,
 * and free, at the current version of its price, which fills no tiers of a month then; nobody else
 * is paid for it either. Everything else is as for any other key.
 */
export function testOffer({ product, book: { tiering: _, ...book }, ...offer }: Offer): Offer {
  const components = book.components.map((component) => ({ ...component, amount: 0n }));
  const routes = [{ ...DEMO, upstreamModel: product.slug }];
  return { ...offer, product, routes, wholesale: [], book: { ...book, components } };
}
