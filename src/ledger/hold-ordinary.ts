import type { Connection } from '../db/index.ts';
import { plainArray } from './array-literal.ts';
import { add, countedBy, counterPlace, type Demand, type Demands, demandsOf } from './demands.ts';
import { placesOf } from './group-rows.ts';
import type { Claim, HoldLeg, HoldRequest, HoldResult } from './types.ts';

const HOLD_ORDINARY = `select * from hold_ordinary($1, $2, $3::bigint[], $4::bigint[],
  $5::bigint[], $6::int[], $7::bigint[], $8::int[], $9::int[], $10::bigint[], $11::bigint[],
  $12::bigint[], $13::int[], $14::bigint[], $15::bigint[], $16::bigint[], $17::int[],
  $18::bigint[], $19::bigint[], $20::bigint[], $21::int[], $22::bigint[], $23::uuid[], $24::int[],
  $25::int[], $26::int[], $27::bigint[], $28::bigint[])`;

const HOLD_ONE = `select * from hold_one($1, $2, $3, $4, $5, $6, $7::bigint[], $8, $9,
  $10::bigint[], $11, $12, $13)`;

/** What the functions answer: places of wallets and keys, ascending, and how each stands. */
interface Answer {
  readonly wallets: number[] | null;
  readonly available: bigint[] | null;
  /** The counters of each; null where none has a cap. */
  readonly wallet_used: bigint[][] | null;
  readonly keys: number[] | null;
  readonly key_used: bigint[][] | null;
  readonly instant: Date;
}

/**
 * Can this call be asked together with others, by sums? One leg does, whose claims count what the
 * call itself counts. Others are decided by themselves.
 */
export function isOrdinary({ legs }: HoldRequest): boolean {
  const [leg] = legs;
  return leg !== undefined && legs.length === 1 && leg.claims.every((claim) => adds(claim, leg));
}

function adds({ counter, amount }: Claim, leg: HoldLeg): boolean {
  if (counter.endsWith('.tokens')) return amount === leg.tokens;
  return amount === 1n || counter.endsWith('.spent');
}

/**
 * Holds those calls of a batch whose wallets and keys have enough for all of them, each at its
 * maximum; the result is undefined for a call that has to be decided by itself. All are ordinary.
 * `now` replaces the database's clock (simulation only).
 */
export async function holdOrdinary(
  connection: Connection,
  replicaId: bigint,
  requests: readonly HoldRequest[],
  now: Date | null,
): Promise<(HoldResult | undefined)[]> {
  if (requests.length === 0) return [];
  const agreeing = agreeingCalls(requests);
  const legs = agreeing.map(({ legs: [leg] }) => leg as HoldLeg);
  const wallets = demandsOf(legs, 'account');
  const keys = demandsOf(legs, 'key');
  const [only] = agreeing;
  const [answer] =
    agreeing.length === 1 && only !== undefined
      ? await connection.prepared<Answer>('hold_one', HOLD_ONE, [
          replicaId,
          now,
          ...parametersOfOne(only, wallets, keys),
        ])
      : await connection.prepared<Answer>('hold_ordinary', HOLD_ORDINARY, [
          replicaId,
          now,
          ...parameters(agreeing, legs, wallets, keys),
        ]);
  if (!answer?.wallets) return requests.map(() => undefined);
  const results = resultsOf(agreeing, wallets, keys, answer);
  return requests.map((request) => results.get(request));
}

function resultsOf(
  requests: readonly HoldRequest[],
  wallets: Demands,
  keys: Demands,
  answer: Answer,
): Map<HoldRequest, HoldResult> {
  const ofWallet = rowsOf(wallets, answer.wallets);
  const ofKey = rowsOf(keys, answer.keys);
  const results = new Map<HoldRequest, HoldResult>();
  // From the last to the first: what a call leaves is what there is now and what those behind took.
  for (const request of requests.toReversed()) {
    const leg = request.legs[0] as HoldLeg;
    const row = ofWallet.get(leg.walletId);
    if (row === undefined) continue;
    const wallet = wallets.of(leg.walletId);
    const key = leg.keyId === undefined ? undefined : keys.of(leg.keyId);
    const keyRow = leg.keyId === undefined ? undefined : ofKey.get(leg.keyId);
    const used = (claim: Claim) => {
      const isKeys = claim.counter.startsWith('key.');
      const [counters, at] = isKeys ? [answer.key_used, keyRow] : [answer.wallet_used, row];
      const now = counters?.[at as number]?.[counterPlace(claim.counter)] ?? 0n;
      return now - countedBy(claim, ((isKeys ? key : wallet) as Demand).later);
    };
    results.set(request, {
      outcome: 'held',
      granted: [leg.maximum],
      available: (answer.available?.[row] as bigint) + wallet.later.spent,
      refusedClaim: undefined,
      remaining: leg.claims.map((claim) => claim.cap - used(claim)),
      at: answer.instant,
    });
    add(wallet.later, leg);
    if (key !== undefined) add(key.later, leg);
  }
  return results;
}

/** For each wallet or key of an answer: as the how many-eth it stands there. */
function rowsOf({ places }: Demands, found: readonly number[] | null): Map<bigint, number> {
  return new Map((found ?? []).map((place, row) => [places.ids[place - 1] as bigint, row]));
}

/** By an id, the first leg that names it. */
type FirstLegs = Map<bigint, HoldLeg>;

/** Leaves out whatever says otherwise of a wallet, key or price than a call before it. */
function agreeingCalls(requests: readonly HoldRequest[]): readonly HoldRequest[] {
  const wallets: FirstLegs = new Map();
  const keys: FirstLegs = new Map();
  const prices: FirstLegs = new Map();
  const first = (said: FirstLegs, id: bigint, leg: HoldLeg) => {
    const before = said.get(id);
    if (before === undefined) said.set(id, leg);
    return before ?? leg;
  };
  return requests.filter(({ legs: [one] }) => {
    const leg = one as HoldLeg;
    const wallet = first(wallets, leg.walletId, leg);
    const key = leg.keyId === undefined ? leg : first(keys, leg.keyId, leg);
    const price = first(prices, leg.priceId, leg);
    return (
      wallet.platformId === leg.platformId &&
      wallet.accountId === leg.accountId &&
      key.walletId === leg.walletId &&
      price.platformId === leg.platformId &&
      price.productId === leg.productId
    );
  });
}

function parametersOfOne(
  { callId, legs: [one] }: HoldRequest,
  { capSets: [walletCaps] }: Demands,
  { capSets: [keyCaps] }: Demands,
): (bigint | string | null | undefined)[] {
  const leg = one as HoldLeg;
  return [
    leg.platformId,
    leg.priceId,
    leg.productId,
    leg.keyId,
    keyCaps === undefined ? null : plainArray(keyCaps),
    leg.walletId,
    leg.accountId,
    walletCaps === undefined ? null : plainArray(walletCaps),
    callId,
    leg.maximum,
    leg.tokens,
  ];
}

function parameters(
  requests: readonly HoldRequest[],
  legs: readonly HoldLeg[],
  wallets: Demands,
  keys: Demands,
): (string | null)[] {
  const platforms = placesOf(legs.map((leg) => leg.platformId));
  const prices = placesOf(legs.map((leg) => leg.priceId));
  const priced = prices.ids.map((id) => legs.find((leg) => leg.priceId === id) as HoldLeg);
  const amounts = ({ list, capSets, capPlaces }: Demands) => [
    plainArray(list.map(({ leg }) => platforms.of(leg.platformId))),
    plainArray(list.map(({ sum }) => sum.requests)),
    plainArray(list.map(({ sum }) => sum.tokens)),
    plainArray(list.map(({ sum }) => sum.spent)),
    capSets.length === 0 ? null : plainArray(capPlaces),
    capSets.length === 0 ? null : plainArray(capSets.flat()),
  ];
  return [
    plainArray(platforms.ids),
    plainArray(prices.ids),
    plainArray(priced.map((leg) => leg.productId)),
    plainArray(priced.map((leg) => platforms.of(leg.platformId))),
    plainArray(keys.places.ids),
    plainArray(keys.list.map(({ leg }) => wallets.places.of(leg.walletId))),
    ...amounts(keys),
    plainArray(wallets.places.ids),
    plainArray(wallets.list.map(({ leg }) => leg.accountId)),
    ...amounts(wallets),
    plainArray(requests.map((request) => request.callId)),
    plainArray(legs.map((leg) => wallets.places.of(leg.walletId))),
    plainArray(legs.map((leg) => (leg.keyId === undefined ? 0 : keys.places.of(leg.keyId)))),
    plainArray(legs.map((leg) => prices.of(leg.priceId))),
    plainArray(legs.map((leg) => leg.maximum)),
    plainArray(legs.map((leg) => leg.tokens)),
  ];
}
