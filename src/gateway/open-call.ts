import type { Clock } from '../kernel/index.ts';
import { assert, Fault } from '../kernel/index.ts';
import { emptyLeg, type Ledger, type Settlement } from '../ledger/index.ts';
import { price, type Usage, withRequest } from '../pricing/index.ts';
import type { Admission } from './admission.ts';
import type { Offer } from './offer.ts';

/** What a call was measured to have used. */
export interface Measured {
  readonly usage: Usage;
  /** Counted by us, because the provider did not say. */
  readonly isEstimated: boolean;
}

/** How a call went, for its row. */
export interface CallFacts {
  readonly status: number;
  readonly errorCode: string | undefined;
  readonly upstreamId: bigint | undefined;
  readonly firstByteMs: number | undefined;
}

/** What was taken for a call, and what is left. */
export interface Receipt {
  readonly charge: bigint;
  readonly available: bigint;
}

/** A held call that has to be resolved exactly once. */
export interface OpenCall {
  readonly isResolved: boolean;
  /**
   * Charges what was measured. Throws the Faults `PRICING_MISSING` (and the hold is still open) and
   * `USAGE_TRANSACTION_FAILED` when the charge could not be recorded: then nothing was taken.
   */
  settle(measured: Measured, facts: CallFacts): Promise<Receipt>;
  /** Gives the hold back: the call cost nothing. */
  release(facts: CallFacts): Promise<void>;
}

export function createOpenCall(parts: {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly admission: Admission;
  readonly offer: Offer;
  readonly isStreamed: boolean;
  readonly startedMs: number;
}): OpenCall {
  const { ledger, clock, admission, offer } = parts;
  const { callId, legs } = admission.request;
  const [leg] = legs;
  assert(leg !== undefined, 'a held call has its first leg');
  let isResolved = false;

  const rowOf = (facts: CallFacts): Omit<Settlement, 'outcome' | 'legs' | 'estimated'> => ({
    callId,
    streamed: parts.isStreamed,
    status: facts.status,
    upstreamId: facts.upstreamId,
    firstByteMs: facts.firstByteMs,
    latencyMs: clock.monotonicMs() - parts.startedMs,
    errorCode: facts.errorCode,
  });

  return {
    get isResolved() {
      return isResolved;
    },
    settle: async ({ usage, isEstimated }, facts) => {
      assert(!isResolved, 'a call is resolved once');
      // The row keeps the request too where it has a price: all that is charged can be derived.
      const billed = withRequest(offer.book, usage);
      const { amount } = price(offer.book, billed);
      const { input = 0n, output = 0n, cached_input = 0n, ...other } = billed;
      isResolved = true;
      try {
        const quantities = { input, output, cachedInput: cached_input, other };
        const result = await ledger.settle({
          ...rowOf(facts),
          outcome: 'settled',
          legs: [{ ...emptyLeg(leg.walletId, leg.keyId), price: amount, ...quantities }],
          estimated: isEstimated,
        });
        if (result.result === 'late') throw new Error('the hold had expired');
        return { charge: result.charge, available: result.available };
      } catch (error) {
        throw chargeNotRecorded(error);
      }
    },
    release: async (facts) => {
      assert(!isResolved, 'a call is resolved once');
      isResolved = true;
      await ledger.settle({
        ...rowOf(facts),
        outcome: 'released',
        legs: [emptyLeg(leg.walletId, leg.keyId)],
        estimated: false,
      });
    },
  };
}

function chargeNotRecorded(cause: unknown): Fault {
  return new Fault({
    code: 'USAGE_TRANSACTION_FAILED',
    status: 500,
    message:
      'The charge for this call could not be recorded, so its answer is withheld. Try again.',
    internal: cause instanceof Error ? cause.message : String(cause),
    cause,
  });
}
