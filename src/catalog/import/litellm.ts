import type { Component } from '../../pricing/index.ts';
import type { ProductKind } from '../product-kind.ts';
import { type Decimal, equalDecimals, parseDecimal } from './decimal.ts';
import { type ExactJson, type ExactObject, formatExact, isExactNumber } from './exact-json.ts';
import {
  asTokenLimit,
  type ListedPrice,
  type NotPriced,
  type Reading,
  Refusal,
} from './listing.ts';
import {
  LITELLM_IGNORED,
  LITELLM_KINDS,
  LITELLM_NOT_PRICED,
  LITELLM_PRICES,
} from './litellm-fields.ts';

/**
 * Reads one entry of LiteLLM's `model_prices_and_context_window` format: a flat object of fields,
 * prices in US dollars for one token, picture, second or character.
 */
export function readLitellmModel(model: string, fields: ExactObject): Reading {
  try {
    const kind = kindOf(fields);
    const notPriced: NotPriced[] = [];
    const prices = new PriceList();
    for (const [field, value] of Object.entries(fields)) {
      const reason = readField(fields, kind, field, value, prices);
      if (reason !== undefined) {
        notPriced.push({ model, field, value: formatExact(value), reason });
      }
    }
    return {
      model: {
        model,
        slug: model,
        upstreamModel: model,
        kind,
        name: model,
        ownedBy: typeof fields.litellm_provider === 'string' ? fields.litellm_provider : 'unknown',
        contextTokens: limitOf(fields.max_input_tokens),
        maxOutputTokens: limitOf(fields.max_output_tokens),
        prices: prices.list,
      },
      notPriced,
    };
  } catch (error) {
    if (error instanceof Refusal) return { model, reason: error.message };
    throw error;
  }
}

function kindOf(fields: ExactObject): ProductKind {
  const mode = fields.mode;
  if (typeof mode !== 'string') throw new Refusal('it has no mode');
  const kind = Object.hasOwn(LITELLM_KINDS, mode) ? LITELLM_KINDS[mode] : undefined;
  if (kind === undefined) throw new Refusal(`mode '${mode}' is not a kind of product here`);
  return kind;
}

/** Takes the field's price into the list, or tells why a price was not taken. */
function readField(
  fields: ExactObject,
  kind: ProductKind,
  field: string,
  value: ExactJson,
  prices: PriceList,
): string | undefined {
  if (value === null || matching(LITELLM_IGNORED, field) !== undefined) return undefined;
  const { base, fromContextTokens } = splitTier(field);
  const component = componentOf(fields, base);
  if (component === undefined) {
    return matching(LITELLM_NOT_PRICED, field) ?? 'not a field that this import knows';
  }
  const reason = whyNot(fields, kind, base);
  if (reason !== undefined) return reason;
  prices.add({ component, fromContextTokens, dollars: readPrice(field, value), perExponent: 0 });
  return undefined;
}

/**
 * `input_cost_per_token_above_200k_tokens` is the price of calls with more than 200,000 input
 * tokens, so it begins at 200,001.
 */
function splitTier(field: string): { base: string; fromContextTokens: bigint } {
  const match = /^(.+)_above_(\d{1,6})k_tokens$/.exec(field);
  if (match?.[1] === undefined || match[2] === undefined) {
    return { base: field, fromContextTokens: 0n };
  }
  return { base: match[1], fromContextTokens: BigInt(match[2]) * 1_000n + 1n };
}

function componentOf(fields: ExactObject, base: string): Component | undefined {
  if (base === 'output_cost_per_image_token') return pictureTokens(fields);
  return Object.hasOwn(LITELLM_PRICES, base) ? LITELLM_PRICES[base] : undefined;
}

/**
 * Picture tokens come back as output tokens. Where a model has no price for other output, or a
 * price for each picture, it is clear what to charge; with two prices for output tokens it is not.
 */
function pictureTokens(fields: ExactObject): Component | undefined {
  if (isExactNumber(fields.output_cost_per_image)) return undefined;
  if (!isExactNumber(fields.output_cost_per_token)) return 'output';
  throw new Refusal(
    'its output tokens have two prices, for text and for pictures, and no price for each picture',
  );
}

/** Why a price that has a component must not be taken all the same. */
function whyNot(fields: ExactObject, kind: ProductKind, base: string): string | undefined {
  const produced = fields.supported_output_modalities;
  if (base === 'output_cost_per_image' && Array.isArray(produced) && !produced.includes('image')) {
    return 'the model produces no pictures';
  }
  const producesSeconds = kind === 'speech' || kind === 'video';
  if (base === 'output_cost_per_second') {
    if (isExactNumber(fields.output_cost_per_audio_token)) {
      return 'its output audio is priced by token; a price by second would charge it twice';
    }
    if (!producesSeconds) return 'seconds are counted of the audio that was sent';
  }
  if (base === 'input_cost_per_second' && producesSeconds) {
    return 'seconds are counted of what was produced';
  }
  return undefined;
}

function readPrice(field: string, value: ExactJson): Decimal {
  const price = isExactNumber(value) ? parseDecimal(value.decimal) : undefined;
  if (price === undefined) throw new Refusal(`${field} is not a number`);
  return price;
}

function limitOf(value: ExactJson | undefined): number | undefined {
  return isExactNumber(value) ? asTokenLimit(parseDecimal(value.decimal)) : undefined;
}

function matching(
  table: readonly (readonly [RegExp, string])[],
  field: string,
): string | undefined {
  return table.find(([pattern]) => pattern.test(field))?.[1];
}

/** Prices of one model; two fields for one component and tier must agree. */
class PriceList {
  readonly list: ListedPrice[] = [];

  add(price: ListedPrice): void {
    const same = this.list.find(
      (one) =>
        one.component === price.component && one.fromContextTokens === price.fromContextTokens,
    );
    if (same === undefined) this.list.push(price);
    else if (!equalDecimals(same.dollars, price.dollars)) {
      throw new Refusal(`two different prices of ${price.component}`);
    }
  }
}
