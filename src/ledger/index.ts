export { type Adjusted, type AdjustRequest, adjustWallet, setBalance } from './adjust.ts';
export { type BooksSize, countBooks } from './count-books.ts';
export { endGrant } from './end-grant.ts';
export { persist } from './failures.ts';
export { ledgerFunctionFiles } from './functions.ts';
export { createLedger, type Ledger, type LedgerOptions } from './ledger.ts';
export {
  counterOf,
  isBudget,
  LIMIT_NAMES,
  type LimitChanges,
  type LimitName,
  type Limits,
  mergedLimits,
  readLimits,
  type WithLimits,
  withLimits,
  writeLimits,
} from './limit-set.ts';
export { findGrant, type GrantState, listGrants } from './list-grants.ts';
export { findOrOpenWallet, listWallets, listWalletsOf, type WalletState } from './list-wallets.ts';
export { type MovedValue, mergeWallets } from './merge-wallets.ts';
export { type MinuteCounter, readMinuteCounter } from './minute-counter.ts';
export { giveToMany, type Opening, openWalletsWith } from './open-many.ts';
export { ensurePartitions } from './partitions.ts';
export { sealKey } from './seal/seal-key.ts';
export { type Sealer, type SealerOptions, startSealer } from './seal/sealer.ts';
export type { Tail } from './seal/tail.ts';
export { type Anchor, SEAL_CHECKS, type SealReport, verifySeal } from './seal/verify-seal.ts';
export { countedTokens } from './settlement-row.ts';
export {
  type Claim,
  COUNTERS,
  type Counter,
  emptyLeg,
  type HoldLeg,
  type HoldRequest,
  type HoldResult,
  type Quantities,
  type Refusal,
  type Settlement,
  type SettlementLeg,
  type SettleResult,
} from './types.ts';
export { startUpkeep } from './upkeep.ts';
export { type Difference, verifyLedger } from './verify.ts';
export { type GrantRequest, type GrantSource, grantValue, openWallet } from './wallet.ts';
