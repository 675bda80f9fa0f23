import { assert, type Clock, Fault } from '../kernel/index.ts';
import {
  emptyLeg,
  type HoldLeg,
  type Ledger,
  type Settlement,
  type SettlementLeg,
} from '../ledger/index.ts';
import {
  COMPONENTS,
  type Component,
  type PriceBook,
  priceAmount,
  priceInMonth,
  type Usage,
  withRequest,
} from '../pricing/index.ts';
import type { Admission } from './admission.ts';
import type { Offer } from './offer.ts';

/** Quantities that a leg has by their name; all others are kept together. */
const OWN_COLUMNS: ReadonlySet<Component> = new Set(['input', 'output', 'cached_input']);

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

/**
 * A held call that has to be resolved exactly once. A class and no literal with a getter: made for
 * each call, those were seen to bring what the call had allocated into the old generation.
 */
export class OpenCall {
  readonly #ledger: Ledger;
  readonly #clock: Clock;
  readonly #callId: string;
  readonly #legs: readonly HoldLeg[];
  readonly #offer: Offer;
  readonly #isStreamed: boolean;
  readonly #startedMs: number;
  #isResolved = false;

  constructor(
    { ledger, clock }: { readonly ledger: Ledger; readonly clock: Clock },
    call: {
      readonly admission: Admission;
      readonly offer: Offer;
      readonly isStreamed: boolean;
      readonly startedMs: number;
    },
  ) {
    const { callId, legs } = call.admission.request;
    assert(legs.length > 0, 'a held call has its first leg');
    this.#ledger = ledger;
    this.#clock = clock;
    this.#callId = callId;
    this.#legs = legs;
    this.#offer = call.offer;
    this.#isStreamed = call.isStreamed;
    this.#startedMs = call.startedMs;
  }

  get isResolved(): boolean {
    return this.#isResolved;
  }

  /**
   * Charges what was measured. Throws the Faults `PRICING_MISSING` (and the hold is still open) and
   * `USAGE_TRANSACTION_FAILED` when the charge could not be recorded: then nothing was taken.
   */
  async settle({ usage, isEstimated }: Measured, facts: CallFacts): Promise<Receipt> {
    assert(!this.#isResolved, 'a call is resolved once');
    const legs = this.#legs.map((leg, place) => billedAt(leg, this.#bookOf(place), usage));
    this.#isResolved = true;
    try {
      const result = await this.#ledger.settle(this.#rowOf('settled', legs, isEstimated, facts));
      if (result.result === 'late') throw new Error('the hold had expired');
      return { charge: result.charge, available: result.available };
    } catch (error) {
      throw chargeNotRecorded(error);
    }
  }

  /** Gives the hold back: the call cost nothing. */
  async release(facts: CallFacts): Promise<void> {
    assert(!this.#isResolved, 'a call is resolved once');
    this.#isResolved = true;
    const legs = this.#legs.map(({ walletId, keyId }) => emptyLeg(walletId, keyId));
    await this.#ledger.settle(this.#rowOf('released', legs, false, facts));
  }

  /** What the caller pays, then what is paid for it in turn. */
  #bookOf(place: number): PriceBook {
    return this.#offer.wholesale[place - 1]?.book ?? this.#offer.book;
  }

  #rowOf(
    outcome: Settlement['outcome'],
    legs: readonly SettlementLeg[],
    estimated: boolean,
    facts: CallFacts,
  ): Settlement {
    return {
      callId: this.#callId,
      outcome,
      legs,
      estimated,
      streamed: this.#isStreamed,
      status: facts.status,
      upstreamId: facts.upstreamId,
      firstByteMs: facts.firstByteMs,
      latencyMs: this.#clock.monotonicMs() - this.#startedMs,
      errorCode: facts.errorCode,
    };
  }
}

/** Who is charged. */
type Payer = Pick<HoldLeg, 'walletId' | 'keyId'>;

function billedAt(held: HoldLeg, book: PriceBook, usage: Usage): SettlementLeg {
  // The row keeps the request too where it has a price: all that is charged can be derived.
  return pricedLeg(held, book, withRequest(book, usage));
}

/** What is charged for what was measured, at a price. */
export function pricedLeg(held: Payer, book: PriceBook, billed: Usage): SettlementLeg {
  return book.tiering === undefined
    ? billedLeg(held, billed, priceAmount(book, billed))
    : monthlyLeg(held, billed, book);
}

/** Of a price with tiers by the month: the ledger prices it, once it knows what came before. */
function monthlyLeg(held: Payer, billed: Usage, book: PriceBook): SettlementLeg {
  const { amount } = priceInMonth(book, billed);
  const inMonth: SettlementLeg['inMonth'] = (before) => {
    const { amount: price, used } = priceInMonth(book, billed, before);
    return { price, used };
  };
  return { ...billedLeg(held, billed, amount), inMonth };
}

/** What a call is charged for, as its row has it. */
function billedLeg({ walletId, keyId }: Payer, billed: Usage, amount: bigint): SettlementLeg {
  const other: Record<string, bigint> = {};
  for (const component of COMPONENTS) {
    const quantity = billed[component];
    if (quantity !== undefined && !OWN_COLUMNS.has(component)) other[component] = quantity;
  }
  return {
    walletId,
    keyId,
    price: amount,
    input: billed.input ?? 0n,
    output: billed.output ?? 0n,
    cachedInput: billed.cached_input ?? 0n,
    other,
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
