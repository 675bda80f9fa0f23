import type { Act } from './acts.ts';
import { DAY_US, MINUTE_US, nextClockChange, nextDay, SECOND_US } from './calendar.ts';
import type { World } from './world.ts';

/** Time goes on: a little, to where something is due, or in a leap. */
export function clockActs(world: World): Act[] {
  const { time, random, market, model, server } = world;
  const move = (weight: number, to: () => number | undefined): Act => ({
    weight,
    run: () => {
      const us = to();
      if (us !== undefined) time.moveTo(us);
      return 'time goes on';
    },
  });
  const now = time.nowUs;
  /** On the spot, or a hair before or after. */
  const at = (us: number | undefined) =>
    us === undefined ? undefined : us + random.pick([-1, 0, 0, 1, random.below(2_000_000)]);
  const isBusy = server.ready.length > 0;
  return [
    move(40, () => now + random.below(SECOND_US / 4)),
    move(8, () => now + random.below(3 * SECOND_US)),
    // What is under way gets its time; where nothing is, the next timer is waited for.
    move(isBusy ? 4 : 60, () => time.nextDueUs),
    move(3, () => now + random.below(MINUTE_US)),
    move(6, () => at((Math.floor(now / MINUTE_US) + 1) * MINUTE_US)),
    move(8, () => {
      const expiry = model.nextExpiry(now);
      return expiry < now + DAY_US ? at(expiry) : undefined;
    }),
    move(2, () => at(nextDay(random.pick(market.zones), now))),
    move(2, () => now + random.below(3 * DAY_US)),
    move(1, () => at(nextClockChange(random.pick(market.zones), now))),
    move(1, () => at(nextMonth(random.pick(market.zones), now))),
  ];
}

function nextMonth(zone: string, us: number): number {
  let day = nextDay(zone, us);
  while (!isFirst(zone, day)) day = nextDay(zone, day);
  return day;
}

const isFirst = (zone: string, us: number) =>
  new Intl.DateTimeFormat('en-CA', { timeZone: zone, day: '2-digit' }).format(us / 1_000) === '01';
