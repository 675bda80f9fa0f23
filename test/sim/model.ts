import type { Counter, HoldLeg, HoldRequest, HoldResult } from '../../src/ledger/index.ts';
import type { Counted, ModelCounters } from './model-counters.ts';

/**
 * What the ledger promises, said once more with arrays: no SQL, no batches, no stored sums. Acts
 * come in the order of time, each at an instant in whole microseconds.
 */

export interface ModelGrant {
  readonly id: bigint;
  readonly wallet: bigint;
  readonly amount: bigint;
  readonly priority: number;
  /** Infinity when it does not expire. */
  readonly expiresAt: number;
  readonly reference: string;
}

interface ModelHold {
  readonly heldAt: number;
  readonly replica: bigint;
  readonly wallets: readonly bigint[];
  readonly amounts: readonly bigint[];
  readonly counted: readonly Counted[];
  outcome: 'open' | Outcome;
  charges: readonly bigint[];
  prices: readonly bigint[];
}

type Outcome = 'settled' | 'released' | 'expired';
export type Decision = Omit<HoldResult, 'at'> & { readonly at: number };
export interface Resolution {
  readonly callId: string;
  readonly outcome: Outcome;
  readonly wallets: readonly bigint[];
  readonly prices: readonly bigint[];
  readonly tokens: readonly bigint[];
}

const least = (a: bigint, b: bigint) => (a < b ? a : b);
const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
const compare = (a: number | bigint, b: number | bigint) => (a === b ? 0 : a < b ? -1 : 1);

export class LedgerModel {
  readonly totals = { given: 0n, taken: 0n, breakage: 0n, overrun: 0n, lost: 0n };
  readonly wallets = new Map<bigint, ModelCounters>();
  readonly keys = new Map<bigint, ModelCounters>();
  readonly holds = new Map<string, ModelHold>();
  /** Keys, accounts and prices that admit nothing any more. */
  readonly ended = new Set<bigint>();
  readonly #grants = new Map<bigint, { readonly grant: ModelGrant; remaining: bigint }>();
  readonly #lost = new Set<string>();
  readonly #taken = new Map<string, { readonly wallet: bigint; readonly amount: bigint }>();

  balance(wallet: bigint): bigint {
    return sum(this.#grantsOf(wallet).map(({ remaining }) => remaining));
  }

  held(wallet: bigint): bigint {
    return this.#openOn(wallet, Number.POSITIVE_INFINITY);
  }

  available(wallet: bigint): bigint {
    return this.balance(wallet) - this.held(wallet);
  }

  remaining(): readonly (readonly [grant: bigint, remaining: bigint])[] {
    return [...this.#grants].map(([id, { remaining }]) => [id, remaining]);
  }

  walletOf(grant: bigint): bigint | undefined {
    return this.#grants.get(grant)?.grant.wallet;
  }

  nextExpiry(after: number): number {
    const all = [...this.#grants.values()].map(({ grant }) => grant.expiresAt);
    return Math.min(...all.filter((at) => at > after));
  }

  open(): readonly (readonly [callId: string, hold: ModelHold])[] {
    return [...this.holds].filter(([, hold]) => hold.outcome === 'open');
  }

  /** Gives once per reference; answers with the grant that gave. */
  grant(asked: ModelGrant, now: number): bigint | 'reference_conflict' | 'already_expired' {
    const before = [...this.#grants.values()].find(
      ({ grant }) => grant.reference === asked.reference,
    )?.grant;
    if (before !== undefined) {
      const isSame = before.wallet === asked.wallet && before.amount === asked.amount;
      return isSame ? before.id : 'reference_conflict';
    }
    if (asked.expiresAt <= now) return 'already_expired';
    this.#expire(asked.wallet, now);
    this.#grants.set(asked.id, { grant: asked, remaining: asked.amount });
    this.totals.given += asked.amount;
    return asked.id;
  }

  /** Takes what is available once per reference, as a call that is held and settled now would. */
  take(
    { wallet, amount, reference }: Pick<ModelGrant, 'wallet' | 'amount' | 'reference'>,
    now: number,
  ): 'taken' | 'repeated' | 'insufficient' {
    if (this.#taken.has(reference)) return 'repeated';
    this.#expire(wallet, now);
    if (this.available(wallet) < amount) return 'insufficient';
    this.#taken.set(reference, { wallet, amount });
    this.#draw(wallet, amount, now, now);
    this.totals.taken += amount;
    return 'taken';
  }

  /** Ends a grant: later than every hold that is open. False when it was over before. */
  end(id: bigint, now: number): boolean {
    const entry = this.#grants.get(id);
    if (entry === undefined) throw new Error('the model knows no such grant');
    const { grant, remaining } = entry;
    this.#expire(grant.wallet, now);
    if (grant.expiresAt <= now || remaining === 0n) return false;
    const open = this.open().filter(([, hold]) => hold.wallets.includes(grant.wallet));
    const end = Math.max(now, ...open.map(([, hold]) => hold.heldAt + 1));
    this.#grants.set(id, { grant: { ...grant, expiresAt: end }, remaining: entry.remaining });
    this.#expire(grant.wallet, end);
    return true;
  }

  hold({ callId, legs }: HoldRequest, replica: bigint, now: number): Decision {
    for (const { walletId } of legs) this.#expire(walletId, now);
    const amounts: bigint[] = [];
    let refusal: Pick<Decision, 'outcome' | 'refusedClaim'> | undefined;
    for (const [index, leg] of legs.entries()) {
      const before = amounts.filter((_, other) => legs[other]?.walletId === leg.walletId);
      const decided = this.#decide(leg, this.available(leg.walletId) - sum(before), now);
      if (typeof decided !== 'bigint') refusal = decided;
      if (typeof decided !== 'bigint') break;
      amounts[index] = decided;
    }
    if (refusal === undefined) {
      const counted = legs.map(({ tokens }, leg): Counted => {
        return { heldAt: now, tokens, spent: amounts[leg] ?? 0n, open: true };
      });
      legs.forEach((leg, index) => {
        this.#countersOf(leg)('account.open.requests').add(counted[index] as Counted);
        if (leg.keyId) this.#countersOf(leg)('key.open.requests').add(counted[index] as Counted);
      });
      const wallets = legs.map(({ walletId }) => walletId);
      const fresh = { outcome: 'open', charges: [], prices: [] } as const;
      this.holds.set(callId, { heldAt: now, replica, wallets, amounts, counted, ...fresh });
    }
    const first = legs[0] as HoldLeg;
    const ownerOf = this.#countersOf(first);
    return {
      ...(refusal ?? { outcome: 'held', refusedClaim: undefined }),
      granted: refusal === undefined ? amounts : legs.map(() => 0n),
      available: this.available(first.walletId),
      remaining: first.claims.map(({ counter, cap }) => cap - ownerOf(counter).used(counter, now)),
      at: now,
    };
  }

  /**
   * Resolves calls that come together. A price above its hold takes what is available beside it;
   * what calls before it gave back counts, save where an expired grant may be what they gave back.
   */
  resolve(calls: readonly Resolution[], now: number): void {
    const wallets = new Set(calls.flatMap((call) => call.wallets));
    for (const wallet of wallets) this.#expire(wallet, now);
    const spare = new Map([...wallets].map((wallet) => [wallet, this.available(wallet)]));
    const keeps = new Set([...wallets].filter((wallet) => this.#keepsExpired(wallet, now)));
    for (const call of calls) {
      const hold = this.holds.get(call.callId);
      if (hold === undefined) continue;
      if (hold.outcome !== 'open') {
        if (hold.outcome === 'expired' && call.outcome === 'settled') this.#lose(call);
        continue;
      }
      hold.charges = hold.wallets.map((wallet, leg) => {
        const [price, held] = [call.prices[leg] ?? 0n, hold.amounts[leg] ?? 0n];
        const beside = spare.get(wallet) ?? 0n;
        const charge = least(price, held + (beside > 0n ? beside : 0n));
        const given = held - charge;
        spare.set(wallet, beside + (keeps.has(wallet) ? least(0n, given) : given));
        return charge;
      });
      hold.outcome = call.outcome;
      hold.prices = call.prices;
      hold.counted.forEach((counted, leg) => {
        counted.open = false;
        counted.spent = hold.charges[leg] ?? 0n;
        counted.tokens = call.tokens[leg] ?? 0n;
        this.totals.overrun += (call.prices[leg] ?? 0n) - counted.spent;
        this.#draw(hold.wallets[leg] ?? 0n, counted.spent, hold.heldAt, now);
      });
      for (const wallet of hold.wallets) this.#expire(wallet, now);
    }
  }

  /** What one leg is granted of what is available, or why it is refused. */
  #decide(
    leg: HoldLeg,
    available: bigint,
    now: number,
  ): bigint | Pick<Decision, 'outcome' | 'refusedClaim'> {
    const refused = (outcome: Decision['outcome'], refusedClaim?: Decision['refusedClaim']) => ({
      outcome,
      refusedClaim,
    });
    if (this.ended.has(leg.accountId)) return refused('account_suspended');
    if (leg.keyId !== undefined && this.ended.has(leg.keyId)) return refused('key_inactive');
    if (this.ended.has(leg.priceId)) return refused('stale_price');
    let grant = least(leg.maximum, available);
    if (grant < leg.minimum) return refused('insufficient');
    for (const claim of leg.claims) {
      const left = claim.cap - this.#countersOf(leg)(claim.counter).used(claim.counter, now);
      const isSpending = claim.counter.endsWith('.spent');
      if (isSpending) grant = least(grant, left);
      if (isSpending ? grant < leg.minimum : claim.amount > left) return refused('limited', claim);
    }
    return grant;
  }

  /** Takes from expired grants what no call that was open at their expiry can still draw. */
  #expire(wallet: bigint, now: number): void {
    const expired = this.#grantsOf(wallet)
      .filter(({ grant }) => grant.expiresAt <= now)
      .sort(
        ({ grant: a }, { grant: b }) =>
          compare(a.expiresAt, b.expiresAt) || a.priority - b.priority || compare(a.id, b.id),
      );
    let kept = 0n;
    for (const entry of expired) {
      const mayKeep = this.#openOn(wallet, entry.grant.expiresAt) - kept;
      const keep = mayKeep < 0n ? 0n : least(entry.remaining, mayKeep);
      this.totals.breakage += entry.remaining - keep;
      entry.remaining = keep;
      kept += keep;
    }
  }

  /** Expired grants first, in the order of their expiry; then priority, expiry, age. */
  #draw(wallet: bigint, charge: bigint, heldAt: number, now: number): void {
    const rank = (grant: ModelGrant) => Math.min(grant.expiresAt, now + 1);
    const order = this.#grantsOf(wallet)
      .filter(({ grant }) => grant.expiresAt > heldAt)
      .sort(
        ({ grant: a }, { grant: b }) =>
          compare(rank(a), rank(b)) ||
          a.priority - b.priority ||
          compare(a.expiresAt, b.expiresAt) ||
          compare(a.id, b.id),
      );
    let left = charge;
    for (const entry of order) {
      const taken = least(left, entry.remaining);
      entry.remaining -= taken;
      left -= taken;
    }
    if (left > 0n) throw new Error('the model let a call cost more than there is');
  }

  #lose({ callId, prices }: Resolution): void {
    if (this.#lost.has(callId)) return;
    this.#lost.add(callId);
    this.totals.lost += sum(prices);
  }

  #keepsExpired(wallet: bigint, now: number): boolean {
    return this.#grantsOf(wallet).some(
      ({ grant, remaining }) => grant.expiresAt <= now && remaining > 0n,
    );
  }

  #countersOf(leg: HoldLeg): (counter: Counter) => ModelCounters {
    return (counter) =>
      (counter.startsWith('key.')
        ? this.keys.get(leg.keyId ?? 0n)
        : this.wallets.get(leg.walletId)) as ModelCounters;
  }

  #grantsOf(wallet: bigint) {
    return [...this.#grants.values()].filter(({ grant }) => grant.wallet === wallet);
  }

  #openOn(wallet: bigint, heldBefore: number): bigint {
    return sum(
      this.open().flatMap(([, hold]) =>
        hold.heldAt < heldBefore
          ? hold.amounts.filter((_, leg) => hold.wallets[leg] === wallet)
          : [],
      ),
    );
  }
}
