export { usageOf as countedOf } from './call-usage.ts';
export { EXPORT_FORMATS, type ExportFormat, exportCalls } from './export-calls.ts';
export { partName, usageCsv } from './export-usage.ts';
export type { CallFilter, Outcome } from './filter.ts';
export { findAnyCall, type OwnedCall } from './find-any-call.ts';
export { type CallRecord, findCall } from './find-call.ts';
export { type CallLine, type CallPage, listCalls } from './list-calls.ts';
export { listMovements, type Movement, type MovementCursor } from './list-movements.ts';
export {
  isUsageCursor,
  readUsage,
  USAGE_PARTS,
  type UsagePage,
  type UsagePart,
  type UsageQuestion,
  type UsageRow,
  type UsageSums,
} from './read-usage.ts';
export type { AccountChange } from './reprice/most-affected.ts';
export { type ProductSums, type Repriced, reprice, type Trial } from './reprice/reprice.ts';
export { type PriceDifference, verifyPrices } from './verify-prices.ts';
