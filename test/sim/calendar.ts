/**
 * Days and months of a time zone, by what a calendar on the wall there shows. Instants are whole
 * microseconds since 1970.
 */

export const SECOND_US = 1_000_000;
export const MINUTE_US = 60 * SECOND_US;
export const HOUR_US = 60 * MINUTE_US;
export const DAY_US = 24 * HOUR_US;

/** Zones whose calendars are no clockwork: half hours, midnights that are missing or come twice. */
export const ZONES = [
  'UTC',
  'America/New_York',
  'Europe/Berlin',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/Santiago',
  'Africa/Cairo',
  'Atlantic/Azores',
  'America/Havana',
] as const;

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, options: Intl.DateTimeFormatOptions, us: number): string {
  const key = `${zone} ${options.timeZoneName ?? 'day'}`;
  let found = formats.get(key);
  if (found === undefined) {
    found = new Intl.DateTimeFormat('en-CA', { timeZone: zone, ...options });
    formats.set(key, found);
  }
  return found.format(Math.floor(us / 1_000));
}

/** The date on the wall, `2027-03-14`. */
export function localDay(zone: string, us: number): string {
  return format(zone, { year: 'numeric', month: '2-digit', day: '2-digit' }, us);
}

/** The month on the wall, `2027-03`. */
export function localMonth(zone: string, us: number): string {
  return localDay(zone, us).slice(0, 7);
}

/** When the wall began to show the date that it shows at `us`. */
export function dayStart(zone: string, us: number): number {
  return firstWith(us, 2 * DAY_US, (at) => localDay(zone, at));
}

export function monthStart(zone: string, us: number): number {
  return firstWith(us, 33 * DAY_US, (at) => localMonth(zone, at));
}

/** When the wall will show the next date. */
export function nextDay(zone: string, us: number): number {
  return firstWith(dayStart(zone, us) + 2 * DAY_US, 3 * DAY_US, (at) =>
    String(localDay(zone, at) > localDay(zone, us)),
  );
}

/** When the zone's clocks are next set forward or back; undefined when they are not in a year. */
export function nextClockChange(zone: string, us: number): number | undefined {
  const offset = (at: number) => format(zone, { timeZoneName: 'longOffset' }, at).split('GMT')[1];
  for (let at = us + DAY_US; at < us + 370 * DAY_US; at += DAY_US) {
    if (offset(at) !== offset(us)) return firstWith(at, DAY_US, (x) => String(offset(x)));
  }
  return undefined;
}

/** The first minute of the unbroken time before `us` in which `told` is what it is at `us`. */
function firstWith(us: number, withinUs: number, told: (us: number) => string): number {
  const wanted = told(us);
  let no = Math.floor((us - withinUs) / MINUTE_US);
  let yes = Math.floor(us / MINUTE_US);
  while (yes - no > 1) {
    const middle = Math.floor((yes + no) / 2);
    if (told(middle * MINUTE_US) === wanted) yes = middle;
    else no = middle;
  }
  return yes * MINUTE_US;
}
