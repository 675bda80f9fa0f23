import type { Connection } from '../db/index.ts';
import { assert } from '../kernel/index.ts';
import { plainArray, quotedArray } from './array-literal.ts';
import { placesOf } from './group-rows.ts';
import { countedTokens, otherAsJson, roundedOrNull } from './settlement-row.ts';
import type { Settlement, SettlementLeg, SettleResult } from './types.ts';

const SETTLE_ORDINARY = `select * from settle_ordinary($1, $2::bigint[], $3::bigint[], $4, $5,
  $6::uuid[], $7::int[], $8::int[], $9::int[], $10::text[], $11::bigint[], $12::bigint[],
  $13::bigint[], $14::bigint[], $15::jsonb[], $16::bigint[], $17::boolean[], $18::boolean[],
  $19::smallint[], $20::bigint[], $21::int[], $22::int[], $23::text[])`;

/** What the function answers: places of wallets, ascending, and what each has available. */
interface Answer {
  readonly wallets: number[];
  readonly available: bigint[] | null;
}

/**
 * Can this call be resolved together with others, by sums? One leg does, whose price is known
 * before it is settled.
 */
export function isOrdinarySettlement({ legs }: Settlement): boolean {
  return legs.length === 1 && legs[0]?.inMonth === undefined;
}

/**
 * Resolves those calls of a batch that are held, whose hold covers their price, and whose wallet
 * has nothing else to do; the result is undefined for any other. Throws a unique violation
 * (SQLSTATE 23505), and nothing is resolved, when one of them was before. All are ordinary, no call
 * is named twice. `now` replaces the database's clock (simulation only).
 */
export async function settleOrdinary(
  connection: Connection,
  settlements: readonly Settlement[],
  now: Date | null,
): Promise<(SettleResult | undefined)[]> {
  if (settlements.length === 0) return [];
  const calls = settlements.map((call) => ({ call, leg: call.legs[0] as SettlementLeg }));
  const wallets = placesOf(calls.map(({ leg }) => leg.walletId));
  const keys = placesOf(calls.flatMap(({ leg }) => leg.keyId ?? []));
  const ids = settlements.map(({ callId }) => callId);
  const [answer] = await connection.prepared<Answer>('settle_ordinary', SETTLE_ORDINARY, [
    now,
    plainArray(keys.ids),
    plainArray(wallets.ids),
    ids.reduce((least, id) => (id < least ? id : least)),
    ids.reduce((most, id) => (id > most ? id : most)),
    plainArray(ids),
    plainArray(calls.map(({ leg }) => wallets.of(leg.walletId))),
    plainArray(calls.map(({ leg }) => (leg.keyId === undefined ? 0 : keys.of(leg.keyId)))),
    plainArray(countCharges(calls.map(({ leg }) => leg))),
    plainArray(calls.map(({ call }) => call.outcome)),
    plainArray(calls.map(({ leg }) => leg.price)),
    plainArray(calls.map(({ leg }) => leg.input)),
    plainArray(calls.map(({ leg }) => leg.output)),
    plainArray(calls.map(({ leg }) => leg.cachedInput)),
    quotedArray(calls.map(({ leg }) => otherAsJson(leg))),
    plainArray(calls.map(({ leg }) => countedTokens(leg))),
    plainArray(calls.map(({ call }) => call.estimated)),
    plainArray(calls.map(({ call }) => call.streamed)),
    plainArray(calls.map(({ call }) => call.status)),
    plainArray(calls.map(({ call }) => call.upstreamId ?? 0n)),
    plainArray(calls.map(({ call }) => roundedOrNull(call.firstByteMs))),
    plainArray(calls.map(({ call }) => roundedOrNull(call.latencyMs))),
    quotedArray(calls.map(({ call }) => call.errorCode ?? null)),
  ]);
  const found = new Map(
    answer?.wallets.map((place, row) => [wallets.ids[place - 1], answer.available?.[row]]),
  );
  return calls.map(({ leg }) => {
    const available = found.get(leg.walletId);
    if (available === undefined) return undefined;
    assert(available >= 0n, 'a wallet never goes below zero');
    return { result: 'settled', charge: leg.price, available };
  });
}

/** For each call the number of charges of its wallet up to it; 0 for a call without one. */
function countCharges(legs: readonly SettlementLeg[]): number[] {
  const counts = new Map<bigint, number>();
  return legs.map(({ walletId, price }) => {
    if (price === 0n) return 0;
    const count = (counts.get(walletId) ?? 0) + 1;
    counts.set(walletId, count);
    return count;
  });
}
