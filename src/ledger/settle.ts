import type { Connection } from '../db/index.ts';
import { assert } from '../kernel/index.ts';
import { plainArray, quotedArray } from './array-literal.ts';
import { countedTokens, otherAsJson, roundedOrNull } from './settlement-row.ts';
import type { Settlement, SettleResult } from './types.ts';

const SETTLE_BATCH = `select * from settle_batch($1, $2::uuid[], $3::smallint[], $4::bigint[],
  $5::bigint[], $6::text[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::jsonb[],
  $12::bigint[], $13::boolean[], $14::boolean[], $15::smallint[], $16::bigint[], $17::int[],
  $18::int[], $19::text[])`;

interface SettleRow {
  readonly result: 'new' | 'already' | 'late' | 'unknown';
  readonly charge: bigint;
  readonly available: bigint;
}

/**
 * Resolves a batch of holds in one statement, each at most once however often it is sent. The
 * result is undefined for a call that holds nothing. `now` replaces the database's clock
 * (simulation only).
 */
export async function settleBatch(
  connection: Connection,
  settlements: readonly Settlement[],
  now: Date | null,
): Promise<(SettleResult | undefined)[]> {
  if (settlements.length === 0) return [];
  const legs = settlements.flatMap((call) => call.legs.map((leg, index) => ({ call, leg, index })));
  const rows = await connection.prepared<SettleRow>('settle_batch', SETTLE_BATCH, [
    now,
    plainArray(legs.map(({ call }) => call.callId)),
    plainArray(legs.map(({ index }) => index)),
    plainArray(legs.map(({ leg }) => leg.walletId)),
    plainArray(legs.map(({ leg }) => leg.keyId ?? 0n)),
    plainArray(legs.map(({ call }) => call.outcome)),
    plainArray(legs.map(({ leg }) => leg.price)),
    plainArray(legs.map(({ leg }) => leg.input)),
    plainArray(legs.map(({ leg }) => leg.output)),
    plainArray(legs.map(({ leg }) => leg.cachedInput)),
    quotedArray(legs.map(({ leg }) => otherAsJson(leg))),
    plainArray(legs.map(({ leg }) => countedTokens(leg))),
    plainArray(legs.map(({ call }) => call.estimated)),
    plainArray(legs.map(({ call }) => call.streamed)),
    plainArray(legs.map(({ call }) => call.status)),
    plainArray(legs.map(({ call }) => call.upstreamId ?? 0n)),
    plainArray(legs.map(({ call }) => roundedOrNull(call.firstByteMs))),
    plainArray(legs.map(({ call }) => roundedOrNull(call.latencyMs))),
    quotedArray(legs.map(({ call }) => call.errorCode ?? null)),
  ]);
  let next = 0;
  return settlements.map((settlement) => {
    const first = rows[next] as SettleRow;
    next += settlement.legs.length;
    assert(first.charge >= 0n && first.available >= 0n, 'a wallet never goes below zero');
    if (first.result === 'unknown') return undefined;
    const result = first.result === 'new' ? 'settled' : first.result;
    return { result, charge: first.charge, available: first.available };
  });
}
