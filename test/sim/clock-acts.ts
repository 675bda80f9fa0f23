import type { Act } from './acts.ts';
import { DAY_US, MINUTE_US, nextClockChange, nextDay, SECOND_US } from './calendar.ts';
import type { World } from './world.ts';

/** Time goes on: a little, to where something is due, or in a leap. */
export function clockActs(world: World): Act[] {
  const { time, random, market, model } = world;
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
  const leap = world.storm === 0 ? 2 : 4;
  return [
    move(25, () => now + random.below(3 * SECOND_US)),
    move(25, () => time.nextDueUs),
    move(4, () => now + random.below(MINUTE_US)),
    move(5, () => at((Math.floor(now / MINUTE_US) + 1) * MINUTE_US)),
    move(5, () => {
      const expiry = model.nextExpiry(now);
      return expiry < now + DAY_US ? at(expiry) : undefined;
    }),
    move(leap, () => at(nextDay(random.pick(market.zones), now))),
    move(leap, () => now + random.below(3 * DAY_US)),
    move(leap / 2, () => at(nextClockChange(random.pick(market.zones), now))),
    move(leap / 2, () => at(nextMonth(random.pick(market.zones), now))),
  ];
}

function nextMonth(zone: string, us: number): number {
  let day = nextDay(zone, us);
  while (!isFirst(zone, day)) day = nextDay(zone, day);
  return day;
}

const isFirst = (zone: string, us: number) =>
  new Intl.DateTimeFormat('en-CA', { timeZone: zone, day: '2-digit' }).format(us / 1_000) === '01';
