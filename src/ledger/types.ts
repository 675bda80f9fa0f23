import type { Amount } from '../kernel/index.ts';

/** The counters that limits may name; they stand in the key's row or in the account's wallet. */
export const COUNTERS = [
  'minute.requests',
  'minute.tokens',
  'day.requests',
  'day.tokens',
  'day.spent',
  'month.requests',
  'month.tokens',
  'month.spent',
  'total.spent',
  'open.requests',
] as const;

export type Counter = `${'key' | 'account'}.${(typeof COUNTERS)[number]}`;

/** One limit applied to one call: the counter may reach `cap` with this call's `amount` in it. */
export interface Claim {
  readonly counter: Counter;
  /** What the call adds. Ignored for `spent`, where the call adds what it holds. */
  readonly amount: bigint;
  readonly cap: bigint;
}

/** One wallet that a call draws on. Leg 0 is the caller's. */
export interface HoldLeg {
  readonly platformId: bigint;
  readonly accountId: bigint;
  readonly walletId: bigint;
  readonly keyId: bigint | undefined;
  readonly productId: bigint;
  readonly priceId: bigint;
  /** Below this the call is refused; up to `maximum` it gets what is there. Unit: the wallet's. */
  readonly minimum: Amount;
  readonly maximum: Amount;
  /** Tokens set aside in the token counters until the call is settled. */
  readonly tokens: bigint;
  readonly claims: readonly Claim[];
}

export interface HoldRequest {
  readonly callId: string;
  readonly legs: readonly HoldLeg[];
}

export type Refusal =
  | 'insufficient'
  | 'limited'
  | 'key_inactive'
  | 'account_suspended'
  | 'platform_suspended'
  | 'stale_price'
  | 'wallet_missing'
  | 'wrong_unit';

export interface HoldResult {
  readonly outcome: 'held' | Refusal;
  /** Set aside for each leg; zeros when refused. */
  readonly granted: readonly Amount[];
  /** What the first leg's wallet has left to spend after this. */
  readonly available: Amount;
  /** The limit that refused the call. */
  readonly refusedClaim: Claim | undefined;
  /** The leg that refused the call, where that is not the first: its caller must not hear why. */
  readonly refusedLeg?: number;
  /**
   * What is left under each claim of the first leg, in their order, after the decision; below zero
   * where more is used than a cap that was lowered. Empty when an answer was lost and read again.
   */
  readonly remaining: readonly bigint[];
  /** The database's time of the decision; it decides which windows the call counts in. */
  readonly at: Date;
}

/** What one leg's work came to. Quantities partition: a token is counted in one of them only. */
export interface SettlementLeg {
  readonly walletId: bigint;
  readonly keyId: bigint | undefined;
  readonly price: Amount;
  readonly input: bigint;
  readonly output: bigint;
  readonly cachedInput: bigint;
  /** Every other quantity by its component's name. */
  readonly other: Quantities;
  /**
   * Set where the price depends on what the account used of the product before, in the month of
   * the hold: gives the price after so much, and what is used with it. `price` is not looked at
   * then. Called while the month's counter is locked; it must not throw.
   */
  readonly inMonth?: ((used: Quantities) => { price: Amount; used: Quantities }) | undefined;
}

/** Quantities by the name of what is counted. */
export type Quantities = Readonly<Record<string, bigint>>;

/** The leg of a call that cost nothing. */
export function emptyLeg(walletId: bigint, keyId: bigint | undefined): SettlementLeg {
  return { walletId, keyId, price: 0n, input: 0n, output: 0n, cachedInput: 0n, other: {} };
}

export interface Settlement {
  readonly callId: string;
  readonly outcome: 'settled' | 'released' | 'expired';
  readonly legs: readonly SettlementLeg[];
  readonly estimated: boolean;
  readonly streamed: boolean;
  /** The HTTP status the caller got; 0 when none was sent. */
  readonly status: number;
  readonly upstreamId: bigint | undefined;
  readonly firstByteMs: number | undefined;
  readonly latencyMs: number | undefined;
  readonly errorCode: string | undefined;
}

export interface SettleResult {
  /**
   * `settled` now, `already` before by the same call (a repeated message), `late`: the hold had
   * expired, nothing was charged and the price went to the platform's lost account.
   */
  readonly result: 'settled' | 'already' | 'late';
  /** What the first leg's wallet paid. */
  readonly charge: Amount;
  /** What the first leg's wallet has left to spend after this. */
  readonly available: Amount;
}
