import { formatAmount } from '../kernel/index.ts';
import type { Admission } from './admission.ts';
import type { Offer } from './offer.ts';
import type { Receipt } from './open-call.ts';

/** What is known once a call is held: what was set aside. */
export function admissionHeaders({ held }: Admission, offer: Offer): Record<string, string> {
  return { 'x-farebox-hold': formatAmount(held, offer.scale) };
}

/** What is known once a call is settled; a stream tells it in its trailers. */
export function settledFigures(
  receipt: Receipt,
  offer: Offer,
  overheadMs: number,
): Record<string, string> {
  return {
    'x-farebox-cost': formatAmount(receipt.charge, offer.scale),
    'x-farebox-balance': formatAmount(receipt.available, offer.scale),
    'x-farebox-overhead-ms': overheadMs.toFixed(2),
  };
}
