export { findAnyCall, type OwnedCall } from './find-any-call.ts';
export { type CallRecord, findCall } from './find-call.ts';
export { type PriceDifference, verifyPrices } from './verify-prices.ts';
