import type { Counter } from '../../src/ledger/index.ts';
import { dayStart, localDay, localMonth, MINUTE_US, monthStart } from './calendar.ts';

/** What one leg of a call counts as, for its wallet and for its key. */
export interface Counted {
  readonly heldAt: number;
  tokens: bigint;
  spent: bigint;
  open: boolean;
}

/** Where the windows of a row's counters begin, in microseconds since 1970. */
export interface WindowStarts {
  readonly minute_start: bigint;
  readonly day_start: bigint;
  readonly month_start: bigint;
}

/** Something counted, with the windows that it was counted in. */
interface Entry {
  readonly counted: Counted;
  readonly minute: number;
  readonly day: string;
  readonly month: string;
}

/** A wallet's or key's counters, derived each time from everything that it ever counted. */
export class ModelCounters {
  readonly #entries: Entry[] = [];
  #lastHeldAt = 0;
  readonly #starts = new Map<string, number>();

  constructor(readonly zone: string) {}

  add(counted: Counted): void {
    const { heldAt } = counted;
    const [day, month] = [localDay(this.zone, heldAt), localMonth(this.zone, heldAt)];
    this.#entries.push({ counted, minute: minuteOf(heldAt), day, month });
    this.#lastHeldAt = heldAt;
  }

  get open(): readonly Counted[] {
    return this.#all((entry) => entry.counted.open);
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
        return sum(this.#all());
    }
  }

  /**
   * What the row must say, in the windows that it names: those of the last call, or of a later time
   * at which the row was only looked at.
   */
  row(found: WindowStarts, now: number): Record<string, bigint | number> {
    const { at, starts } = this.#windowsOf(found, now);
    const [day, month] = [localDay(this.zone, at.day), localMonth(this.zone, at.month)];
    const columns = (name: string, from: readonly Counted[]) => ({
      [`${name}_requests`]: total(from, 'requests'),
      [`${name}_tokens`]: total(from, 'tokens'),
    });
    return {
      ...starts,
      ...columns('minute', this.#inMinute(minuteOf(at.minute))),
      ...columns('previous_minute', this.#inMinute(minuteOf(at.minute) - 1)),
      ...columns('day', this.#inDay(day)),
      ...columns('month', this.#inMonth(month)),
      day_spent: total(this.#inDay(day), 'spent'),
      month_spent: total(this.#inMonth(month), 'spent'),
      total_spent: total(this.#all(), 'spent'),
      open_holds: total(this.open, 'requests'),
    };
  }

  /** An instant in each window that the row may name, and where those windows begin. */
  #windowsOf(found: WindowStarts, now: number) {
    const last = this.#lastHeldAt;
    const instant = (start: bigint) => {
      const at = Number(start);
      return at > last && at <= now ? at : last;
    };
    const at = {
      minute: instant(found.minute_start),
      day: instant(found.day_start),
      month: instant(found.month_start),
    };
    const isNew = ({ minute, day, month }: typeof at) => minute + day + month === 0;
    const starts = {
      minute_start: minuteOf(at.minute) * MINUTE_US,
      day_start: isNew(at) ? 0 : this.#begun(dayStart, at.day),
      month_start: isNew(at) ? 0 : this.#begun(monthStart, at.month),
    };
    return { at, starts };
  }

  #begun(start: (zone: string, us: number) => number, at: number): number {
    const key = `${start.name} ${at}`;
    const known = this.#starts.get(key) ?? start(this.zone, at);
    this.#starts.set(key, known);
    return known;
  }

  #all(which: (entry: Entry) => boolean = () => true): Counted[] {
    return this.#entries.filter(which).map(({ counted }) => counted);
  }

  #inMinute(minute: number): Counted[] {
    return this.#all((entry) => entry.minute === minute);
  }

  #inDay(day: string): Counted[] {
    return this.#all((entry) => entry.day === day);
  }

  #inMonth(month: string): Counted[] {
    return this.#all((entry) => entry.month === month);
  }
}

function minuteOf(us: number): number {
  return Math.floor(us / MINUTE_US);
}

function total(counted: readonly Counted[], what: string): bigint {
  if (what === 'requests') return BigInt(counted.length);
  return counted.reduce((sum, each) => sum + (what === 'tokens' ? each.tokens : each.spent), 0n);
}
