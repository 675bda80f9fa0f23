import type { ListedPrice, ReplayModel } from './price-list.ts';

/** What a call counted. Cached tokens are part of the prompt, reasoning of the completion. */
export interface Counted {
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly completionTokens: number;
  readonly reasoningTokens: number;
}

/** An exact fraction. */
interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

const NANO = 1_000_000_000n;

/**
 * What a call costs in nano-dollars: the sum of quantity x price over its classes of tokens and
 * the request itself, as one fraction, rounded up once. It reads the list of prices and nothing
 * else, and shares no code with what it is there to check.
 */
export function exactCost(model: ReplayModel, counted: Counted): bigint {
  const { promptTokens, cachedTokens, completionTokens, reasoningTokens } = counted;
  const priceOf = (component: ListedPrice['component']) =>
    applicable(model, component, promptTokens);
  const bill: readonly (readonly [number, ListedPrice | undefined])[] = [
    [promptTokens - cachedTokens, priceOf('input')],
    [cachedTokens, priceOf('cached_input') ?? priceOf('input')],
    [completionTokens - reasoningTokens, priceOf('output')],
    [reasoningTokens, priceOf('reasoning') ?? priceOf('output')],
    [1, priceOf('request')],
  ];
  let total: Fraction = { top: 0n, bottom: 1n };
  for (const [quantity, price] of bill) {
    if (price === undefined) continue;
    const { top, bottom } = nanoDollars(price);
    total = {
      top: total.top * bottom + BigInt(quantity) * top * total.bottom,
      bottom: total.bottom * bottom,
    };
  }
  const whole = total.top / total.bottom;
  return whole * total.bottom === total.top ? whole : whole + 1n;
}

/** A listed price as nano-dollars for one token or request. */
export function nanoDollars(price: ListedPrice): Fraction {
  const [whole = '', decimals = ''] = price.usd.split('.');
  return {
    top: BigInt(whole + decimals) * NANO,
    bottom: 10n ** BigInt(decimals.length) * BigInt(price.per),
  };
}

/** The price of the highest tier that a call of this many input tokens reaches. */
function applicable(
  model: ReplayModel,
  component: ListedPrice['component'],
  inputTokens: number,
): ListedPrice | undefined {
  return model.prices
    .filter((price) => price.component === component && price.from <= inputTokens)
    .sort((left, right) => right.from - left.from)[0];
}
