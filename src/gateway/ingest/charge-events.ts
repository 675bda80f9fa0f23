import { Fault, formatAmount, type Log } from '../../kernel/index.ts';
import {
  emptyLeg,
  type HoldResult,
  type Ledger,
  type Settlement,
  type SettlementLeg,
} from '../../ledger/index.ts';
import type { Limiter } from '../../limits/index.ts';
import type { Quote } from './quote.ts';

export interface ChargeParts {
  readonly ledger: Ledger;
  readonly limiter: Limiter;
  readonly log: Log;
}

/**
 * Sets aside what an event comes to, against the wallet and the limits of its payer. Undefined when
 * the price has changed since the quote. Faults: those of a call that is refused.
 */
export async function holdEvent(
  { ledger, limiter }: ChargeParts,
  callId: string,
  quote: Quote,
): Promise<true | undefined> {
  const result = await ledger.hold({ callId, legs: [quote.holdLeg] });
  if (result.outcome === 'held') return true;
  if (result.outcome === 'stale_price') return undefined;
  if (result.outcome === 'limited') throw await limiter.refusal(quote.limited, result);
  throw refusal(result, quote);
}

/** Charges what was set aside: what the wallet paid of the price. Fault: `charge_not_recorded`. */
export async function settleEvent(
  { ledger, log }: ChargeParts,
  callId: string,
  quote: Quote,
): Promise<bigint> {
  try {
    const result = await ledger.settle(settlementOf(callId, 'settled', quote.settlementLeg));
    if (result.result === 'late') throw new Error('the hold had expired');
    return result.charge;
  } catch (err) {
    log.warn({ err, callId }, 'A usage event could not be charged.');
    throw notRecorded(err);
  }
}

/** Gives back what was set aside. */
export async function releaseEvent(
  { ledger, log }: ChargeParts,
  callId: string,
  { holdLeg }: Quote,
): Promise<void> {
  const leg = emptyLeg(holdLeg.walletId, undefined);
  await ledger
    .settle(settlementOf(callId, 'released', leg))
    .catch((err) => log.warn({ err, callId }, 'release failed'));
}

function settlementOf(
  callId: string,
  outcome: Settlement['outcome'],
  leg: SettlementLeg,
): Settlement {
  return {
    ...{ callId, outcome, estimated: false, streamed: false },
    legs: [leg],
    status: outcome === 'settled' ? 200 : 409,
    upstreamId: undefined,
    firstByteMs: undefined,
    latencyMs: undefined,
    errorCode: outcome === 'settled' ? undefined : 'usage_event_in_progress',
  };
}

function refusal({ outcome, available }: HoldResult, { price, unit, scale }: Quote): Fault {
  const money = (amount: bigint) => `${formatAmount(amount, scale)} ${unit}`;
  switch (outcome) {
    case 'insufficient':
      return new Fault({
        code: 'INSUFFICIENT_CREDITS',
        status: 402,
        message:
          `This comes to ${money(price)}, and ${money(available)} is available. Top up and ` +
          "report it again, or report with 'on_insufficient=overrun'.",
      });
    case 'account_suspended':
    case 'platform_suspended':
      return new Fault({
        code: 'account_suspended',
        status: 403,
        message: 'This account is suspended. Let it go on first, and report the event again.',
      });
    default:
      return new Fault({
        code: 'internal_error',
        status: 500,
        message: 'Something went wrong on our side. Nothing was charged.',
        internal: `hold refused: ${outcome}`,
      });
  }
}

/** The books could not be reached. */
export function notRecorded(cause: unknown): Fault {
  return new Fault({
    code: 'charge_not_recorded',
    status: 503,
    message: 'The charge could not be recorded in time. Send the event again in a minute.',
    internal: cause instanceof Error ? cause.message : String(cause),
    retryAfterSeconds: 60,
    cause,
  });
}
