import { emptyLeg, type HoldRequest, type Settlement } from './types.ts';

type Leg = Pick<Settlement['legs'][number], 'walletId' | 'keyId'>;

/** Resolves a call without a charge, for a reason of ours that its row tells. */
export function emptySettlement(
  call: { readonly callId: string; readonly legs: readonly Leg[] },
  outcome: 'released' | 'expired',
  errorCode: string,
): Settlement {
  return {
    callId: call.callId,
    outcome,
    legs: call.legs.map(({ walletId, keyId }) => emptyLeg(walletId, keyId)),
    estimated: false,
    streamed: false,
    status: 0,
    upstreamId: undefined,
    firstByteMs: undefined,
    latencyMs: undefined,
    errorCode,
  };
}

/** Gives back what a call may have held although its caller was told that it did not. */
export function releaseOf(request: HoldRequest): Settlement {
  return emptySettlement(request, 'released', 'database_unavailable');
}

/** What is left to do for a call whose charge could not be recorded in time: nothing is taken. */
export function expiryOf(settlement: Settlement): Settlement {
  return emptySettlement(settlement, 'expired', 'settle_failed');
}
