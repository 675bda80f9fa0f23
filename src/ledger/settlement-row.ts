import type { SettlementLeg } from './types.ts';

// Tokens are what the token limits count; seconds, images and requests are not tokens.
const NOT_TOKENS = new Set(['image', 'second', 'minute', 'character', 'request']);

/** The tokens of a leg's work, whatever their kind. */
export function countedTokens(leg: SettlementLeg): bigint {
  return Object.entries(leg.other).reduce(
    (sum, [component, quantity]) => (NOT_TOKENS.has(component) ? sum : sum + quantity),
    leg.input + leg.output + leg.cachedInput,
  );
}

/** A call's quantities that have no column of their own; null when there are none. */
export function otherAsJson(leg: SettlementLeg): string | null {
  const entries = Object.entries(leg.other).filter(([, quantity]) => quantity > 0n);
  if (entries.length === 0) return null;
  return JSON.stringify(Object.fromEntries(entries.map(([name, n]) => [name, n.toString()])));
}

/** Whole milliseconds. */
export function roundedOrNull(value: number | undefined): number | null {
  return value === undefined ? null : Math.round(value);
}
