import type { Connection } from '../db/index.ts';
import { plainArray } from './array-literal.ts';
import type { Claim, HoldLeg, HoldRequest, HoldResult } from './types.ts';

const HOLD_BATCH = `select * from hold_batch($1, $2, $3::uuid[], $4::smallint[], $5::bigint[],
  $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[],
  $12::bigint[], $13::bigint[], $14::int[], $15::text[], $16::bigint[], $17::bigint[])`;

interface Leg {
  readonly callId: string;
  readonly index: number;
  readonly leg: HoldLeg;
}

interface HoldRow {
  readonly outcome: HoldResult['outcome'];
  readonly granted: bigint;
  readonly available: bigint;
  readonly refused_claim: number;
  readonly refused_leg: number;
  readonly remaining: readonly bigint[] | null;
  readonly instant: Date;
}

/**
 * Decides a batch of calls in one statement, in their order: each is held whole or refused whole.
 * `now` replaces the database's clock (simulation only).
 */
export async function holdBatch(
  connection: Connection,
  replicaId: bigint,
  requests: readonly HoldRequest[],
  now: Date | null,
): Promise<HoldResult[]> {
  if (requests.length === 0) return [];
  const legs: Leg[] = requests.flatMap(({ callId, legs }) =>
    legs.map((leg, index) => ({ callId, index, leg })),
  );
  const claims = legs.flatMap(({ leg }, row) =>
    leg.claims.map((claim) => ({ row: row + 1, claim })),
  );
  const rows = await connection.prepared<HoldRow>('hold_batch', HOLD_BATCH, [
    replicaId,
    now,
    plainArray(legs.map((row) => row.callId)),
    plainArray(legs.map((row) => row.index)),
    plainArray(legs.map((row) => row.leg.platformId)),
    plainArray(legs.map((row) => row.leg.accountId)),
    plainArray(legs.map((row) => row.leg.walletId)),
    plainArray(legs.map((row) => row.leg.keyId ?? 0n)),
    plainArray(legs.map((row) => row.leg.productId)),
    plainArray(legs.map((row) => row.leg.priceId)),
    plainArray(legs.map((row) => row.leg.minimum)),
    plainArray(legs.map((row) => row.leg.maximum)),
    plainArray(legs.map((row) => row.leg.tokens)),
    plainArray(claims.map(({ row }) => row)),
    plainArray(claims.map(({ claim }) => claim.counter)),
    plainArray(claims.map(({ claim }) => claim.amount)),
    plainArray(claims.map(({ claim }) => claim.cap)),
  ]);
  return readResults(
    requests,
    rows,
    claims.map(({ claim }) => claim),
  );
}

function readResults(
  requests: readonly HoldRequest[],
  rows: readonly HoldRow[],
  claims: readonly Claim[],
): HoldResult[] {
  let next = 0;
  return requests.map((request) => {
    const own = rows.slice(next, next + request.legs.length);
    next += request.legs.length;
    const first = own[0] as HoldRow;
    return {
      outcome: first.outcome,
      granted: own.map((row) => row.granted),
      available: first.available,
      refusedClaim: claims[first.refused_claim - 1],
      ...(first.refused_leg > 0 && { refusedLeg: first.refused_leg }),
      remaining: first.remaining ?? [],
      at: first.instant,
    };
  });
}

/** Which of these calls are held already, read after a commit of unknown fate. */
export async function findHolds(
  connection: Connection,
  requests: readonly HoldRequest[],
): Promise<Map<string, HoldResult>> {
  const rows = await connection.query<{
    id: string;
    granted: bigint[];
    available: bigint;
    at: Date;
  }>(
    `select h.id, array_agg(h.amount order by h.leg) as granted, min(h.held_at) as at,
       min(w.balance - w.held) filter (where h.leg = 0) as available
     from hold h join wallet w on w.id = h.wallet_id where h.id = any ($1::uuid[]) group by h.id`,
    [plainArray(requests.map((request) => request.callId))],
  );
  return new Map(
    rows.map(({ id, granted, available, at }) => [
      id,
      { outcome: 'held', granted, available, refusedClaim: undefined, remaining: [], at },
    ]),
  );
}
