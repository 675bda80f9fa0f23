import { Fault, type Unit } from '../../kernel/index.ts';
import type { Component, PriceComponent } from '../../pricing/index.ts';
import { amountPer, type Decimal, multiplyDecimals, parseDecimal } from './decimal.ts';
import { type ListedModel, Refusal } from './listing.ts';

/** Prices of these are kept for a million or more counted, those of others for one or more. */
const COUNTED_BY_THE_MILLION: ReadonlySet<Component> = new Set([
  'input',
  'cached_input',
  'cache_write',
  'input_audio',
  'input_image',
  'output',
  'reasoning',
  'output_audio',
  'character',
]);

/**
 * Reads the factor between a source's price and ours: `1.2` sells at a fifth more. Throws the Fault
 * `margin_invalid` (status 422) unless it is a positive decimal.
 */
export function parseMargin(text: string): Decimal {
  const margin = parseDecimal(text.trim());
  if (margin !== undefined && margin.digits > 0n) return margin;
  throw new Fault({
    code: 'margin_invalid',
    status: 422,
    param: 'margin',
    message:
      `The margin '${text}' is not a positive decimal. ` +
      'Write 1.2 to sell at 20 % above the list.',
  });
}

/**
 * What a listed model costs with the margin, exactly, in smallest parts of a dollar unit. Throws a
 * {@link Refusal} for a price with more digits than the database can hold.
 */
export function priceComponents(model: ListedModel, margin: Decimal, unit: Unit): PriceComponent[] {
  return model.prices.map(({ component, fromContextTokens, dollars, perExponent }) => {
    const { digits, exponent } = multiplyDecimals(dollars, margin);
    const forOne = { digits, exponent: exponent + unit.scale - perExponent };
    const exact = amountPer(forOne, COUNTED_BY_THE_MILLION.has(component) ? 6 : 0);
    if (exact === undefined) {
      throw new Refusal(`the price of ${component} has more digits than can be kept exactly`);
    }
    return { component, fromContextTokens, ...exact };
  });
}
