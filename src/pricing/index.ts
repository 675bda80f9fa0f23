export {
  COMPONENTS,
  type Component,
  type PriceBook,
  type PriceComponent,
  type Usage,
} from './components.ts';
export {
  affordableOutputTokens,
  type CallBounds,
  estimateInputTokens,
  upperBound,
} from './estimate.ts';
export { type PriceLine, price, priceAmount, withRequest } from './price.ts';
export { mergeUsage, usageFromOpenAI } from './usage.ts';
