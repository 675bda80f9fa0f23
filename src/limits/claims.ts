import type { Claim } from '../ledger/index.ts';

/** The rules that apply to a caller; undefined where there is none. */
export interface Rules {
  readonly requestsPerMinute: number | undefined;
}

/**
 * Turns a caller's rules into what the hold must check and count, in a fixed order: the first
 * claim is the one whose remainder the rate limit headers tell.
 */
export function claimsFor(rules: Rules): readonly Claim[] {
  const { requestsPerMinute } = rules;
  if (requestsPerMinute === undefined) return [];
  return [{ counter: 'key.minute.requests', amount: 1n, cap: BigInt(requestsPerMinute) }];
}
