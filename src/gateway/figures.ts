import { formatAmount } from '../kernel/index.ts';
import { rateLimitHeaders, untilNextMinuteMs } from '../limits/index.ts';
import type { Admission } from './admission.ts';
import type { Offer } from './offer.ts';
import type { Receipt } from './open-call.ts';

/** What is known once a call is held: what was set aside, and what its rate limit leaves. */
export function admissionHeaders(admission: Admission, offer: Offer): Record<string, string> {
  const { request, result, held } = admission;
  const headers: Record<string, string> = { 'x-farebox-hold': formatAmount(held, offer.scale) };
  const claim = request.legs[0]?.claims[0];
  const [remaining] = result.remaining;
  if (claim === undefined || remaining === undefined) return headers;
  return {
    ...headers,
    ...rateLimitHeaders({
      limit: claim.cap,
      remaining,
      resetMs: untilNextMinuteMs(result.at),
    }),
  };
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
