import type { Connection } from '../db/index.ts';
import { plainArray } from './array-literal.ts';
import { type Places, placesOf } from './group-rows.ts';
import { type Claim, COUNTERS, type HoldLeg, type HoldRequest, type HoldResult } from './types.ts';

const HOLD_ORDINARY = `select * from hold_ordinary($1, $2, $3::bigint[], $4::bigint[],
  $5::bigint[], $6::int[], $7::bigint[], $8::int[], $9::int[], $10::bigint[], $11::bigint[],
  $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::int[], $17::bigint[],
  $18::bigint[], $19::bigint[], $20::bigint[], $21::uuid[], $22::int[], $23::int[], $24::int[],
  $25::bigint[], $26::bigint[])`;

/** Stands for no cap: the largest bigint of the database. */
const NO_CAP = 9_223_372_036_854_775_807n;

interface Amounts {
  requests: bigint;
  tokens: bigint;
  spent: bigint;
}

const nothing = (): Amounts => ({ requests: 0n, tokens: 0n, spent: 0n });

function add(amounts: Amounts, leg: HoldLeg): void {
  amounts.requests += 1n;
  amounts.tokens += leg.tokens;
  amounts.spent += leg.maximum;
}

/** What a batch asks of one wallet or key. */
interface Demand {
  /** The first leg that names it. */
  readonly leg: HoldLeg;
  readonly sum: Amounts;
  /** What the calls behind the one that is looked at ask of it. */
  readonly later: Amounts;
  /** The least cap of each counter, in their order; undefined when none was claimed. */
  caps: bigint[] | undefined;
}

interface Row {
  readonly is_key: boolean;
  readonly place: number;
  readonly available: bigint;
  readonly used: bigint[] | null;
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
  return counter.endsWith('.spent') || amount === 1n;
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
  const wallets = demandsOf(legs, (leg) => leg.walletId, 'account.');
  const keys = demandsOf(legs, (leg) => leg.keyId, 'key.');
  const rows = await connection.prepared<Row>('hold_ordinary', HOLD_ORDINARY, [
    replicaId,
    now,
    ...parameters(agreeing, legs, wallets, keys),
  ]);
  const walletRows = new Map<bigint, Row>();
  const keyRows = new Map<bigint, Row>();
  for (const row of rows) {
    const [owners, found] = row.is_key ? [keys, keyRows] : [wallets, walletRows];
    found.set(owners.places.ids[row.place - 1] as bigint, row);
  }
  const results = new Map<HoldRequest, HoldResult>();
  // From the last to the first: what a call leaves is what there is now and what those behind took.
  for (const request of agreeing.toReversed()) {
    const leg = request.legs[0] as HoldLeg;
    const row = walletRows.get(leg.walletId);
    if (row === undefined) continue;
    const owners = [wallets.of(leg.walletId)];
    if (leg.keyId !== undefined) owners.push(keys.of(leg.keyId));
    results.set(request, {
      outcome: 'held',
      granted: [leg.maximum],
      available: row.available + (owners[0] as Demand).later.spent,
      refusedClaim: undefined,
      remaining: leg.claims.map((claim) => {
        const ofKey = claim.counter.startsWith('key.');
        const used = (ofKey ? keyRows.get(leg.keyId as bigint) : row)?.used;
        const amounts = (owners[ofKey ? 1 : 0] as Demand).later;
        return claim.cap - ((used?.[counterIndex(claim.counter)] ?? 0n) - addedTo(claim, amounts));
      }),
      at: row.instant,
    });
    for (const owner of owners) add(owner.later, leg);
  }
  return requests.map((request) => results.get(request));
}

function addedTo({ counter }: Claim, amounts: Amounts): bigint {
  if (counter.endsWith('.tokens')) return amounts.tokens;
  return counter.endsWith('.spent') ? amounts.spent : amounts.requests;
}

/** Leaves out whatever says otherwise of a wallet, key or price than a call before it. */
function agreeingCalls(requests: readonly HoldRequest[]): readonly HoldRequest[] {
  const said = new Map<string, string>();
  const agrees = (subject: string, text: string) => {
    const before = said.get(subject);
    if (before === undefined) said.set(subject, text);
    return before === undefined || before === text;
  };
  return requests.filter(({ legs: [leg] }) => {
    const { platformId, accountId, walletId, keyId, priceId, productId } = leg as HoldLeg;
    return (
      agrees(`wallet ${walletId}`, `${platformId} ${accountId}`) &&
      (keyId === undefined || agrees(`key ${keyId}`, `${walletId}`)) &&
      agrees(`price ${priceId}`, `${platformId} ${productId}`)
    );
  });
}

interface Demands {
  readonly places: Places;
  readonly list: readonly Demand[];
  readonly hasCaps: boolean;
  of(id: bigint): Demand;
}

/** Sums up, for each wallet or each key of the legs, what they ask of it together. */
function demandsOf(
  legs: readonly HoldLeg[],
  ownerOf: (leg: HoldLeg) => bigint | undefined,
  prefix: 'key.' | 'account.',
): Demands {
  const demands = new Map<bigint, Demand>();
  let hasCaps = false;
  for (const leg of legs) {
    const owner = ownerOf(leg);
    if (owner === undefined) continue;
    let demand = demands.get(owner);
    if (demand === undefined) {
      demand = { leg, sum: nothing(), later: nothing(), caps: undefined };
      demands.set(owner, demand);
    }
    add(demand.sum, leg);
    for (const { counter, cap } of leg.claims) {
      if (!counter.startsWith(prefix)) continue;
      hasCaps = true;
      demand.caps ??= COUNTERS.map(() => NO_CAP);
      const index = counterIndex(counter);
      if (cap < (demand.caps[index] as bigint)) demand.caps[index] = cap;
    }
  }
  const places = placesOf(demands.keys());
  const of = (id: bigint) => demands.get(id) as Demand;
  return { places, list: places.ids.map(of), hasCaps, of };
}

function counterIndex(counter: Claim['counter']): number {
  return COUNTERS.indexOf(counter.slice(counter.indexOf('.') + 1) as (typeof COUNTERS)[number]);
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
  const sums = ({ list }: Demands) => [
    plainArray(list.map((demand) => demand.sum.requests)),
    plainArray(list.map((demand) => demand.sum.tokens)),
    plainArray(list.map((demand) => demand.sum.spent)),
  ];
  const caps = ({ list, hasCaps }: Demands) =>
    hasCaps ? plainArray(list.flatMap(({ caps }) => caps ?? COUNTERS.map(() => NO_CAP))) : null;
  const platformPlaces = ({ list }: Demands) =>
    plainArray(list.map(({ leg }) => platforms.of(leg.platformId)));
  return [
    plainArray(platforms.ids),
    plainArray(prices.ids),
    plainArray(priced.map((leg) => leg.productId)),
    plainArray(priced.map((leg) => platforms.of(leg.platformId))),
    plainArray(keys.places.ids),
    plainArray(keys.list.map(({ leg }) => wallets.places.of(leg.walletId))),
    platformPlaces(keys),
    ...sums(keys),
    caps(keys),
    plainArray(wallets.places.ids),
    plainArray(wallets.list.map(({ leg }) => leg.accountId)),
    platformPlaces(wallets),
    ...sums(wallets),
    caps(wallets),
    plainArray(requests.map((request) => request.callId)),
    plainArray(legs.map((leg) => wallets.places.of(leg.walletId))),
    plainArray(legs.map((leg) => (leg.keyId === undefined ? 0 : keys.places.of(leg.keyId)))),
    plainArray(legs.map((leg) => prices.of(leg.priceId))),
    plainArray(legs.map((leg) => leg.maximum)),
    plainArray(legs.map((leg) => leg.tokens)),
  ];
}
