import { type Places, placesOf } from './group-rows.ts';
import { type Claim, COUNTERS, type Counter, type HoldLeg } from './types.ts';

export interface Amounts {
  requests: bigint;
  tokens: bigint;
  spent: bigint;
}

/** What a batch asks of one wallet or key. */
export interface Demand {
  /** The first leg that names it. */
  readonly leg: HoldLeg;
  readonly sum: Amounts;
  /** What the calls behind the one that is looked at ask of it. */
  readonly later: Amounts;
  /** The least cap of each counter, in their order; undefined when none was claimed. */
  caps: bigint[] | undefined;
}

/** What a batch asks of all its wallets, or of all its keys, in the order of their ids. */
export interface Demands {
  readonly places: Places;
  readonly list: readonly Demand[];
  /** The sets of caps that are claimed, each once. */
  readonly capSets: readonly (readonly bigint[])[];
  /** For each demand the 1-based place of its set of caps. */
  readonly capPlaces: readonly number[];
  of(id: bigint): Demand;
}

/** Where customers have caps of their own, comparing them costs more than sending all. */
const SETS_COMPARED = 16;

/** Stands for no cap: the largest bigint of the database. */
const NO_CAP = 9_223_372_036_854_775_807n;
const UNCAPPED: readonly bigint[] = COUNTERS.map(() => NO_CAP);

/** Where each counter stands among those of its owner. */
const COUNTER_PLACES = new Map<Counter, number>(
  COUNTERS.flatMap((name, place) => [
    [`key.${name}`, place],
    [`account.${name}`, place],
  ]),
);

/** The place of a counter among those of its owner, from 0. */
export function counterPlace(counter: Counter): number {
  return COUNTER_PLACES.get(counter) as number;
}

/** Adds what one call asks. */
export function add(amounts: Amounts, leg: HoldLeg): void {
  amounts.requests += 1n;
  amounts.tokens += leg.tokens;
  amounts.spent += leg.maximum;
}

/** What of these amounts a claim's counter counts. */
export function countedBy({ counter }: Claim, amounts: Amounts): bigint {
  if (counter.endsWith('.tokens')) return amounts.tokens;
  return counter.endsWith('.spent') ? amounts.spent : amounts.requests;
}

/** Sums up, for each wallet or each key of the legs, what they ask of it together. */
export function demandsOf(legs: readonly HoldLeg[], owner: 'key' | 'account'): Demands {
  const demands = new Map<bigint, Demand>();
  for (const leg of legs) {
    const id = owner === 'key' ? leg.keyId : leg.walletId;
    if (id === undefined) continue;
    let demand = demands.get(id);
    if (demand === undefined) {
      demand = { leg, sum: nothing(), later: nothing(), caps: undefined };
      demands.set(id, demand);
    }
    add(demand.sum, leg);
    for (const { counter, cap } of leg.claims) {
      if (!counter.startsWith(owner)) continue;
      demand.caps ??= [...UNCAPPED];
      const place = counterPlace(counter);
      if (cap < (demand.caps[place] as bigint)) demand.caps[place] = cap;
    }
  }
  const places = placesOf(demands.keys());
  const of = (id: bigint) => demands.get(id) as Demand;
  const list = places.ids.map(of);
  return { places, list, ...gatherCaps(list), of };
}

function nothing(): Amounts {
  return { requests: 0n, tokens: 0n, spent: 0n };
}

/** Customers of one plan have the same caps: those are sent once. None when nobody has any. */
function gatherCaps(list: readonly Demand[]): Pick<Demands, 'capSets' | 'capPlaces'> {
  if (list.every(({ caps }) => caps === undefined)) return { capSets: [], capPlaces: [] };
  const capSets: (readonly bigint[])[] = [];
  const capPlaces = list.map(({ caps = UNCAPPED }) => {
    const found = capSets
      .slice(0, SETS_COMPARED)
      .findIndex((set) => set.every((cap, place) => cap === caps[place]));
    return found >= 0 ? found + 1 : capSets.push(caps);
  });
  return { capSets, capPlaces };
}
