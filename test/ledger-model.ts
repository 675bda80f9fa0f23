/**
 * What the ledger promises, said once more with arrays: no SQL, no windows, no batches. Every act
 * happens at an instant `now` in milliseconds; acts come in the order of time.
 */

interface ModelGrant {
  readonly order: number;
  readonly priority: number;
  readonly expiresAt: number;
  remaining: bigint;
}

export interface ModelLeg {
  readonly wallet: number;
  readonly minimum: bigint;
  readonly maximum: bigint;
}

interface ModelHold {
  readonly heldAt: number;
  readonly wallets: readonly number[];
  readonly amounts: readonly bigint[];
  outcome: 'open' | 'settled' | 'released' | 'expired';
  charges: readonly bigint[];
}

const never = Number.POSITIVE_INFINITY;
const sum = (amounts: readonly bigint[]) => amounts.reduce((total, amount) => total + amount, 0n);
const least = (a: bigint, b: bigint) => (a < b ? a : b);

export class LedgerModel {
  readonly totals = { breakage: 0n, overrun: 0n, lost: 0n };
  readonly #grants: readonly ModelGrant[][];
  readonly #holds = new Map<string, ModelHold>();
  readonly #lost = new Set<string>();
  #given = 0;

  constructor(walletCount: number) {
    this.#grants = Array.from({ length: walletCount }, () => []);
  }

  balance(wallet: number): bigint {
    return sum(this.#grantsOf(wallet).map((grant) => grant.remaining));
  }

  held(wallet: number): bigint {
    return this.#openOn(wallet, never);
  }

  calls(outcome: ModelHold['outcome']): string[] {
    return [...this.#holds].filter(([, hold]) => hold.outcome === outcome).map(([id]) => id);
  }

  find(callId: string): ModelHold | undefined {
    return this.#holds.get(callId);
  }

  grant(wallet: number, amount: bigint, priority: number, expiresAt: number, now: number): void {
    this.expire(wallet, now);
    const order = this.#given++;
    this.#grantsOf(wallet).push({ order, priority, expiresAt, remaining: amount });
  }

  /** The amounts granted; undefined when the call is refused. */
  hold(callId: string, legs: readonly ModelLeg[], now: number): readonly bigint[] | undefined {
    for (const { wallet } of legs) this.expire(wallet, now);
    const amounts = legs.map((leg) => least(leg.maximum, this.#available(leg.wallet)));
    if (amounts.some((amount, leg) => amount < (legs[leg]?.minimum ?? 0n))) return undefined;
    const wallets = legs.map((leg) => leg.wallet);
    this.#holds.set(callId, { heldAt: now, wallets, amounts, outcome: 'open', charges: [] });
    return amounts;
  }

  resolve(
    callId: string,
    outcome: 'settled' | 'released' | 'expired',
    prices: readonly bigint[],
    now: number,
  ): { result: 'settled' | 'already' | 'late'; charges: readonly bigint[] } {
    const hold = this.#holds.get(callId);
    if (hold === undefined) throw new Error('the model knows every call');
    for (const wallet of hold.wallets) this.expire(wallet, now);
    if (hold.outcome !== 'open') {
      const late = hold.outcome === 'expired' && outcome === 'settled';
      if (late) this.#lose(callId, prices);
      return { result: late ? 'late' : 'already', charges: hold.charges };
    }
    hold.charges = hold.wallets.map((wallet, leg) =>
      least(prices[leg] ?? 0n, (hold.amounts[leg] ?? 0n) + this.#available(wallet)),
    );
    hold.outcome = outcome;
    hold.wallets.forEach((wallet, leg) => {
      const charge = hold.charges[leg] ?? 0n;
      this.totals.overrun += (prices[leg] ?? 0n) - charge;
      this.#draw(wallet, charge, hold.heldAt, now);
      this.expire(wallet, now);
    });
    return { result: 'settled', charges: hold.charges };
  }

  /** Takes from expired grants what no call that was open at their expiry can still draw. */
  expire(wallet: number, now: number): void {
    const expired = this.#grantsOf(wallet)
      .filter((grant) => grant.expiresAt <= now)
      .sort((a, b) => a.expiresAt - b.expiresAt || a.priority - b.priority || a.order - b.order);
    let kept = 0n;
    for (const grant of expired) {
      const mayKeep = this.#openOn(wallet, grant.expiresAt) - kept;
      const keep = mayKeep < 0n ? 0n : least(grant.remaining, mayKeep);
      this.totals.breakage += grant.remaining - keep;
      grant.remaining = keep;
      kept += keep;
    }
  }

  /** Expired grants first, in the order of their expiry; then priority, expiry, age. */
  #draw(wallet: number, charge: bigint, heldAt: number, now: number): void {
    const rank = (grant: ModelGrant) => (grant.expiresAt <= now ? grant.expiresAt : never);
    const order = this.#grantsOf(wallet)
      .filter((grant) => grant.expiresAt > heldAt)
      .sort(
        (a, b) =>
          compare(rank(a), rank(b)) ||
          a.priority - b.priority ||
          compare(a.expiresAt, b.expiresAt) ||
          a.order - b.order,
      );
    let left = charge;
    for (const grant of order) {
      const taken = least(left, grant.remaining);
      grant.remaining -= taken;
      left -= taken;
    }
    if (left > 0n) throw new Error('the model let a call cost more than there is');
  }

  #lose(callId: string, prices: readonly bigint[]): void {
    prices.forEach((price, leg) => {
      if (price === 0n || this.#lost.has(`${callId} ${leg}`)) return;
      this.#lost.add(`${callId} ${leg}`);
      this.totals.lost += price;
    });
  }

  #grantsOf(wallet: number): ModelGrant[] {
    return this.#grants[wallet] ?? [];
  }

  #available(wallet: number): bigint {
    return this.balance(wallet) - this.held(wallet);
  }

  #openOn(wallet: number, heldBefore: number): bigint {
    return sum(
      [...this.#holds.values()].flatMap((hold) =>
        hold.outcome === 'open' && hold.heldAt < heldBefore
          ? hold.amounts.filter((_, leg) => hold.wallets[leg] === wallet)
          : [],
      ),
    );
  }
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
