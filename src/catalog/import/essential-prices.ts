import type { Component } from '../../pricing/index.ts';
import type { ProductKind } from '../product-kind.ts';
import { type ListedModel, Refusal } from './listing.ts';

const TOKENS: readonly Component[] = ['input', 'output'];

/** For each kind the sets of prices of which at least one must be complete. */
const ESSENTIAL: { readonly [K in ProductKind]: readonly (readonly Component[])[] } = {
  chat: [TOKENS],
  completion: [TOKENS],
  embedding: [['input']],
  image: [['image'], TOKENS],
  speech: [['character'], ['second'], TOKENS, ['input', 'output_audio']],
  transcription: [['second'], ['minute'], TOKENS],
  video: [['second'], TOKENS],
  moderation: [['input'], ['request']],
  service: [['request']],
};

/**
 * Kinds that their makers sell by the piece. A source that lists them at zero has no field for the
 * real price, so zero is not taken at its word.
 */
const NEVER_FREE: ReadonlySet<ProductKind> = new Set(['image', 'speech', 'transcription', 'video']);

/** Throws a {@link Refusal} when calls to this model could not be priced from what is listed. */
export function requireEssentialPrices({ kind, prices }: ListedModel): void {
  if (prices.length === 0) throw new Refusal('no price at all');
  const base = new Set(
    prices.filter((one) => one.fromContextTokens === 0n).map((one) => one.component),
  );
  const missing = ESSENTIAL[kind].map((set) => set.filter((component) => !base.has(component)));
  if (missing.every((set) => set.length > 0)) {
    const wanted = ESSENTIAL[kind].map((set) => set.join(' and ')).join(', or ');
    throw new Refusal(`a price is missing: kind ${kind} needs ${wanted}`);
  }
  const negative = prices.find((one) => one.dollars.digits < 0n);
  if (negative !== undefined) throw new Refusal(`the price of ${negative.component} is negative`);
  if (NEVER_FREE.has(kind) && prices.every((one) => one.dollars.digits === 0n)) {
    throw new Refusal(`every price is zero, and kind ${kind} is sold by the piece elsewhere`);
  }
}
