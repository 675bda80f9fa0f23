import { SimulationFailed, simulate } from './simulate.ts';
import type { World } from './world.ts';

/** Something that the product could do wrong, for the simulation to find. */
export interface PlantedFault {
  readonly title: string;
  plant(world: World): Promise<void>;
}

/** A function of the database in which something else stands instead of `right`. */
function inFunction(title: string, name: string, right: string, wrong: string): PlantedFault {
  return {
    title,
    plant: async ({ database }) => {
      const [row] = await database.query<{ text: string }>(
        'select pg_get_functiondef(oid) as text from pg_proc where proname = $1',
        [name],
      );
      if (!row?.text.includes(right)) throw new Error(`${name} does not say '${right}'`);
      await database.query(row.text.replaceAll(right, wrong));
    },
  };
}

/** A step that the program leaves out: statements like this one are not sent. */
function leftOut(title: string, text: RegExp): PlantedFault {
  return {
    title,
    plant: async ({ server }) => {
      server.leftOut = text;
    },
  };
}

/** Faults that show themselves in almost any life. */
export const PLAIN_FAULTS: readonly PlantedFault[] = [
  inFunction(
    'a budget that is ignored',
    'hold_batch',
    'v_grant := least(v_grant, p_claim_cap',
    'v_grant := least(v_grant, 1000 + p_claim_cap',
  ),
  inFunction(
    'value that other calls hold held once more',
    'hold_batch',
    'w.balance - w.held order',
    'w.balance order',
  ),
  inFunction(
    'one leg left held when another is refused',
    'hold_batch',
    "v_result <> 'held' and k <= v_done",
    'false',
  ),
  inFunction(
    'a settlement that charges again when it is sent again',
    'resolved_holds',
    "u.result = 'new'",
    "u.result <> 'unknown'",
  ),
  inFunction(
    'a hold that is not given back when it expires',
    'settle_batch',
    'held = w.held - s.held',
    'held = w.held - s.charge',
  ),
  inFunction(
    'a grant that is drawn on after its end',
    'roll_forward',
    'ended_at) <= p_now',
    "ended_at) <= p_now - interval '1 minute'",
  ),
  inFunction('a gift given twice', 'grant_value', 't.reference = p_reference', 'false'),
  leftOut('the holds of dead processes left open', /from hold h left join call c/),
];

/** Faults that take an accident at the right moment. */
export const RARE_FAULTS: readonly PlantedFault[] = [
  inFunction(
    'a cap on calls at once that is ignored',
    'hold_ordinary',
    'k.open_holds + s.requests <=',
    '0 <=',
  ),
  inFunction(
    'a price above its hold paid from other holds',
    'settle_batch',
    'select w.balance - w.held into',
    'select w.balance into',
  ),
  inFunction(
    'expired value drawn on by calls held later',
    'draw_on_pinned',
    'and (pinned is null or least(expires_at, ended_at) > r.held_at)',
    '',
  ),
  inFunction(
    'a minute that does not slide',
    'sliding_minute',
    '+ (p_previous * p_left_us + 59999999) / 60000000',
    '',
  ),
  inFunction(
    'a day that begins when it does in Greenwich',
    'window_start',
    'select date_trunc(p_window, p_at, p_zone) - case',
    "select date_trunc(p_window, p_at, 'UTC') - case",
  ),
  inFunction(
    'a day corrected after its end',
    'settle_ordinary',
    'case when k.day_start <= s.first_at then v_sign * s.tokens else 0 end',
    'v_sign * s.tokens',
  ),
  inFunction(
    'late work that is not written down as lost',
    'settle_batch',
    "u.result = 'late' and",
    'false and',
  ),
  leftOut('holds not looked for after a lost answer', /from hold h join wallet w/),
];

/** What the first of these seeds says that finds something; empty when none does. */
export async function firstFinding(
  { plant }: PlantedFault,
  seeds: number,
  steps: number,
): Promise<string> {
  for (let seed = 1; seed <= seeds; seed += 1) {
    try {
      await simulate(seed, steps, plant);
    } catch (error) {
      if (error instanceof SimulationFailed) return error.message;
      throw error;
    }
  }
  return '';
}
