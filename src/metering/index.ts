export type { CallFilter, Outcome } from './filter.ts';
export { findAnyCall, type OwnedCall } from './find-any-call.ts';
export { type CallRecord, findCall } from './find-call.ts';
export { type CallLine, listCalls } from './list-calls.ts';
export {
  readUsage,
  totalUsage,
  USAGE_PARTS,
  type UsagePart,
  type UsageRow,
} from './read-usage.ts';
export type { AccountChange } from './reprice/most-affected.ts';
export { type ProductSums, type Repriced, reprice, type Trial } from './reprice/reprice.ts';
export { type PriceDifference, verifyPrices } from './verify-prices.ts';
