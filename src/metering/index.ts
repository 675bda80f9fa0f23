export type { CallFilter, Outcome } from './filter.ts';
export { findAnyCall, type OwnedCall } from './find-any-call.ts';
export { type CallRecord, findCall } from './find-call.ts';
export { type CallLine, listCalls } from './list-calls.ts';
export { listMovements, type Movement, type MovementCursor } from './list-movements.ts';
export {
  readUsage,
  totalUsage,
  USAGE_PARTS,
  type UsagePart,
  type UsageRow,
} from './read-usage.ts';
export { type PriceDifference, verifyPrices } from './verify-prices.ts';
