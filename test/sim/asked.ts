import type { HoldRequest, Settlement } from '../../src/ledger/index.ts';
import type { Decision, ModelGrant, Resolution } from './model.ts';

/** What was asked of the product, so that its statements can be told apart when they run. */
export class Asked {
  readonly requests = new Map<string, HoldRequest>();
  readonly settlements = new Map<string, Settlement>();
  readonly grants = new Map<bigint, ModelGrant>();
  /** What the model said of a call when the statement that decided it ran, the last time. */
  readonly decisions = new Map<string, Decision>();
  /** Calls whose answer may have been read again, so that it tells less. */
  readonly retold = new Set<string>();

  /** The calls that a statement names, in its order, each as often as it has legs there. */
  callIds(values: readonly unknown[]): string[] {
    const lists = values.map((value) => String(value).match(UUIDS) ?? []);
    return lists.reduce((longest, list) => (list.length > longest.length ? list : longest), []);
  }

  holds(values: readonly unknown[]): HoldRequest[] {
    return withoutLegs(this.callIds(values)).map((callId) => this.#request(callId));
  }

  resolutions(values: readonly unknown[]): Resolution[] {
    const callIds = this.callIds(values);
    const outcomes = values.map(String).find((value) => OUTCOMES.test(value));
    const words = outcomes?.slice(1, -1).split(',') ?? [];
    // A call that is over may be named again with another outcome: both are asked for.
    const named = callIds.map((callId, index) => `${callId} ${words[index]}`);
    return [...new Set(named)].map((each) => {
      const [callId, outcome] = each.split(' ') as [string, Resolution['outcome']];
      return this.#resolution(callId, outcome);
    });
  }

  /** A statement that names one call twice breaks a constraint, and does nothing. */
  namesTwice(values: readonly unknown[]): boolean {
    const callIds = this.callIds(values);
    const legs = withoutLegs(callIds).map((callId) => this.#request(callId).legs.length);
    return callIds.length > legs.reduce((sum, count) => sum + count, 0);
  }

  grant(values: readonly unknown[]): ModelGrant {
    const grant = this.grants.get(values[0] as bigint);
    if (grant === undefined) throw new Error('a grant that nobody asked for');
    return grant;
  }

  /** The answer of this statement may not arrive, and reading again tells less. */
  mistrust(values: readonly unknown[]): void {
    for (const callId of this.callIds(values)) this.retold.add(callId);
  }

  #request(callId: string): HoldRequest {
    const request = this.requests.get(callId);
    if (request === undefined) throw new Error(`the call ${callId} is nobody's`);
    return request;
  }

  #resolution(callId: string, outcome: Resolution['outcome']): Resolution {
    const { legs } = this.#request(callId);
    const settlement = outcome === 'settled' ? this.settlements.get(callId) : undefined;
    if (outcome === 'settled' && settlement === undefined) {
      throw new Error(`the call ${callId} was settled by nobody`);
    }
    return {
      callId,
      outcome,
      wallets: legs.map(({ walletId }) => walletId),
      prices: legs.map((_, leg) => settlement?.legs[leg]?.price ?? 0n),
      tokens: legs.map((_, leg) => tokensOf(settlement?.legs[leg])),
    };
  }
}

const UUIDS = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const OUTCOMES = /^\{(settled|released|expired)\b/;
const NOT_TOKENS = ['image', 'second', 'minute', 'character', 'request'];

const withoutLegs = (callIds: readonly string[]) => [...new Set(callIds)];

function tokensOf(leg: Settlement['legs'][number] | undefined): bigint {
  if (leg === undefined) return 0n;
  const others = Object.entries(leg.other).filter(([name]) => !NOT_TOKENS.includes(name));
  return others.reduce((sum, [, n]) => sum + n, leg.input + leg.output + leg.cachedInput);
}
