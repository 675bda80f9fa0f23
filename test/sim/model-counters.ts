import type { Counter } from '../../src/ledger/index.ts';
import { dayStart, localDay, localMonth, MINUTE_US, monthStart } from './calendar.ts';

/** What one leg of a call counts as, for its wallet and for its key. */
export interface Counted {
  readonly heldAt: number;
  tokens: bigint;
  spent: bigint;
  open: boolean;
}

/** A wallet's or key's counters, derived each time from everything that it ever counted. */
export class ModelCounters {
  readonly #counted: Counted[] = [];

  constructor(readonly zone: string) {}

  add(counted: Counted): void {
    this.#counted.push(counted);
  }

  get open(): readonly Counted[] {
    return this.#counted.filter(({ open }) => open);
  }

  /** What a counter stands at at the instant `now`. */
  used(counter: Counter, now: number): bigint {
    const [, window, what] = counter.split('.');
    const sum = (from: readonly Counted[]) => total(from, what ?? '');
    switch (window) {
      case 'minute': {
        const begun = minuteOf(now) * MINUTE_US;
        const left = BigInt(MINUTE_US - (now - begun));
        const before = sum(this.#inMinute(minuteOf(now) - 1));
        const all = BigInt(MINUTE_US);
        return sum(this.#inMinute(minuteOf(now))) + (before * left + all - 1n) / all;
      }
      case 'day':
        return sum(this.#inDay(localDay(this.zone, now)));
      case 'month':
        return sum(this.#inMonth(localMonth(this.zone, now)));
      case 'open':
        return total(this.open, 'requests');
      default:
        return sum(this.#counted);
    }
  }

  /** The columns of the row: windows are those of the last call that was counted. */
  row(): Record<string, bigint | number> {
    const last = Math.max(0, ...this.#counted.map(({ heldAt }) => heldAt));
    const columns = (name: string, from: readonly Counted[]) => ({
      [`${name}_requests`]: total(from, 'requests'),
      [`${name}_tokens`]: total(from, 'tokens'),
    });
    const day = this.#inDay(localDay(this.zone, last));
    const month = this.#inMonth(localMonth(this.zone, last));
    return {
      minute_start: minuteOf(last) * MINUTE_US,
      day_start: last === 0 ? 0 : dayStart(this.zone, last),
      month_start: last === 0 ? 0 : monthStart(this.zone, last),
      ...columns('minute', this.#inMinute(minuteOf(last))),
      ...columns('previous_minute', this.#inMinute(minuteOf(last) - 1)),
      ...columns('day', day),
      ...columns('month', month),
      day_spent: total(day, 'spent'),
      month_spent: total(month, 'spent'),
      total_spent: total(this.#counted, 'spent'),
      open_holds: total(this.open, 'requests'),
    };
  }

  #inMinute(minute: number): Counted[] {
    return this.#counted.filter(({ heldAt }) => minuteOf(heldAt) === minute);
  }

  #inDay(day: string): Counted[] {
    return this.#counted.filter(({ heldAt }) => localDay(this.zone, heldAt) === day);
  }

  #inMonth(month: string): Counted[] {
    return this.#counted.filter(({ heldAt }) => localMonth(this.zone, heldAt) === month);
  }
}

function minuteOf(us: number): number {
  return Math.floor(us / MINUTE_US);
}

function total(counted: readonly Counted[], what: string): bigint {
  if (what === 'requests') return BigInt(counted.length);
  return counted.reduce((sum, each) => sum + (what === 'tokens' ? each.tokens : each.spent), 0n);
}
