/** A day or a month of a time zone, as instants in milliseconds since 1970. */
export interface Window {
  readonly startMs: number;
  /** The first instant that is no longer in it. */
  readonly endMs: number;
}

/** Days and months of time zones. */
export interface Calendar {
  /** The day or month that an instant falls in, there. Throws for a zone that is not known. */
  windowAt(at: Date, window: 'day' | 'month', timeZone: string): Window;
}

const HOUR_MS = 3_600_000;
/** Longer than any: a day has up to 25 hours, a month up to 31 days and an hour. */
const LONGEST_MS = { day: 26 * HOUR_MS, month: 32 * 24 * HOUR_MS };

/**
 * A calendar that remembers the window it was last asked for, for each zone. Where a day begins is
 * searched for by the date that clocks there show, so that changes of the clock need no rule: in
 * some zones a midnight is missing, in others a day has 23 or 25 hours.
 */
export function createCalendar(): Calendar {
  const remembered = new Map<string, Window>();
  return {
    windowAt: (at, window, timeZone) => {
      const atMs = at.getTime();
      const key = `${window} ${timeZone}`;
      const known = remembered.get(key);
      if (known !== undefined && known.startMs <= atMs && atMs < known.endMs) return known;
      const found = findWindow(atMs, window, timeZone);
      remembered.set(key, found);
      return found;
    },
  };
}

function findWindow(atMs: number, window: 'day' | 'month', timeZone: string): Window {
  const format = new Intl.DateTimeFormat('en-u-ca-gregory', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    ...(window === 'day' && { day: 'numeric' }),
  });
  const label = format.format(atMs);
  const isInside = (ms: number) => format.format(ms) === label;
  const longest = LONGEST_MS[window];
  return {
    startMs: firstThat(atMs - longest, atMs, isInside),
    endMs: firstThat(atMs, atMs + longest, (ms) => !isInside(ms)),
  };
}

/** The first millisecond after `from` for which it is so, where it is so from there to `until`. */
function firstThat(from: number, until: number, isSo: (ms: number) => boolean): number {
  let [before, after] = [from, until];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (isSo(middle)) after = middle;
    else before = middle;
  }
  return after;
}
