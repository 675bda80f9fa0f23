export {
  COMPONENTS,
  type Component,
  type PriceBook,
  type PriceComponent,
  type Tiering,
  type Usage,
} from './components.ts';
export {
  affordableOutputTokens,
  type CallBounds,
  estimateInputTokens,
  upperBound,
} from './estimate.ts';
export { type PriceLine, price, priceAmount, withRequest } from './price.ts';
export { add, formatDecimal, formatRational, type Rational, ZERO } from './rational.ts';
export { mergeUsage, usageFromOpenAI } from './usage.ts';
export { type MonthPrice, priceInMonth } from './volume.ts';
