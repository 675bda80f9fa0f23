import type { Component } from '../../pricing/index.ts';
import type { ProductKind } from '../product-kind.ts';
import type { Decimal } from './decimal.ts';

/** A price as a source lists it: exact US dollars for 10^`perExponent` counted. */
export interface ListedPrice {
  readonly component: Component;
  readonly fromContextTokens: bigint;
  readonly dollars: Decimal;
  readonly perExponent: number;
}

/** A model of a source, with every price of it that has a component here. */
export interface ListedModel {
  /** How the source and the report call it: `gpt-5`, `openai/gpt-5`. */
  readonly model: string;
  readonly slug: string;
  readonly upstreamModel: string;
  readonly kind: ProductKind;
  readonly name: string;
  readonly ownedBy: string;
  readonly contextTokens: number | undefined;
  readonly maxOutputTokens: number | undefined;
  readonly prices: readonly ListedPrice[];
}

/** A model that was not taken at all. */
export interface Refused {
  readonly model: string;
  readonly reason: string;
}

/** A price of a model that was taken, which has no component here: the seller should know. */
export interface NotPriced {
  readonly model: string;
  readonly field: string;
  readonly value: string;
  readonly reason: string;
}

/** What a source's reader makes of one model. */
export type Reading =
  | { readonly model: ListedModel; readonly notPriced: readonly NotPriced[] }
  | Refused;

/** Thrown inside a reader: this model cannot be sold as the source lists it. */
export class Refusal extends Error {
  override name = 'Refusal';
}

/** A limit of tokens that the database can hold; a source's zero means that it does not know. */
export function asTokenLimit(limit: Decimal | undefined): number | undefined {
  if (limit === undefined || limit.exponent < 0 || limit.exponent > 10) return undefined;
  const tokens = Number(limit.digits) * 10 ** limit.exponent;
  return tokens > 0 && tokens < 2 ** 31 ? tokens : undefined;
}
