import type { Connection } from '../db/index.ts';
import { assert } from '../kernel/index.ts';
import { plainArray, quotedArray } from './array-literal.ts';
import { settleBatch } from './settle.ts';
import type { Quantities, Settlement, SettlementLeg, SettleResult } from './types.ts';

/** Does a price of this depend on what its account used before it in its month? */
export function isPricedInMonth({ legs }: Settlement): boolean {
  return legs.some(({ inMonth }) => inMonth !== undefined);
}

// The counters of these calls, made where they are missing, and locked in the order of their keys:
// before any key and wallet, which all who settle lock later.
const COUNTED = `select distinct h.platform_id, h.account_id, h.product_id,
    window_start('month', h.held_at, p.time_zone) as month_start
  from unnest($1::uuid[], $2::smallint[]) as u (id, leg)
  join hold h on h.id = u.id and h.leg = u.leg join platform p on p.id = h.platform_id`;
const MAKE = `insert into month_usage (platform_id, account_id, product_id, month_start)
  select * from (${COUNTED}) c order by 1, 2, 3, 4 on conflict do nothing`;
const LOCK = `select from month_usage m where (m.platform_id, m.account_id, m.product_id,
    m.month_start) in (${COUNTED})
  order by m.platform_id, m.account_id, m.product_id, m.month_start for update`;
const LOCK_KEYS = 'select from api_key where id = any ($1) order by id for no key update';
const LOCK_WALLETS = 'select from wallet where id = any ($1) order by id for no key update';

interface Counter {
  readonly id: string;
  readonly leg: number;
  readonly platform_id: bigint;
  readonly account_id: bigint;
  readonly product_id: bigint;
  readonly month_start: string;
  readonly calls: bigint;
  readonly quantities: Readonly<Record<string, string>>;
}

// The wallets are locked: what is open now nobody else resolves.
const OPEN = `select h.id, h.leg, m.platform_id, m.account_id, m.product_id,
    m.month_start::text as month_start, m.calls, m.quantities
  from unnest($1::uuid[], $2::smallint[]) with ordinality as u (id, leg, ord)
  join hold h on h.id = u.id and h.leg = u.leg join platform p on p.id = h.platform_id
  join month_usage m on m.platform_id = h.platform_id and m.account_id = h.account_id
    and m.product_id = h.product_id
    and m.month_start = window_start('month', h.held_at, p.time_zone)
  left join call c on c.id = h.id and c.leg = h.leg
  where c.id is null order by u.ord`;

const COUNT = `update month_usage m set calls = u.calls, quantities = u.quantities
  from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::bigint[],
    $6::jsonb[]) as u (platform_id, account_id, product_id, month_start, calls, quantities)
  where (m.platform_id, m.account_id, m.product_id, m.month_start)
    = (u.platform_id, u.account_id, u.product_id, u.month_start)`;
const RECORD = `insert into tiered_call (platform_id, account_id, product_id, month_start, id, leg,
    ordinal, used_before, used_after)
  select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::uuid[],
    $6::smallint[], $7::bigint[], $8::jsonb[], $9::jsonb[])`;

/**
 * Resolves calls whose price depends on what was used before: the month's counters are locked, the
 * calls priced one after the other, settled and counted, all in one transaction. A call that was
 * resolved before is not counted again. `now` replaces the database's clock (simulation only).
 */
export async function settleInMonth(
  connection: Connection,
  settlements: readonly Settlement[],
  now: Date | null,
): Promise<(SettleResult | undefined)[]> {
  if (settlements.length === 0) return [];
  await connection.query('begin');
  try {
    const month = await openMonth(connection, settlements);
    const priced = settlements.map((call) => month.price(call));
    const results = await settleBatch(connection, priced, now);
    await month.count(connection);
    await connection.query('commit');
    return results;
  } catch (error) {
    // A session that is lost is rolled back by the database.
    await connection.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function openMonth(connection: Connection, settlements: readonly Settlement[]) {
  const legs = settlements.flatMap((call) => call.legs.map((leg, index) => ({ call, leg, index })));
  const inMonth = legs.filter(({ leg }) => leg.inMonth !== undefined);
  const named = [
    plainArray(inMonth.map(({ call }) => call.callId)),
    plainArray(inMonth.map(({ index }) => index)),
  ];
  await connection.query(MAKE, named);
  await connection.query(LOCK, named);
  await connection.query(LOCK_KEYS, [plainArray(legs.flatMap(({ leg }) => leg.keyId ?? []))]);
  await connection.query(LOCK_WALLETS, [plainArray(legs.map(({ leg }) => leg.walletId))]);
  const open = await connection.query<Counter>(OPEN, named);
  return new Months(new Map(open.map((row) => [`${row.id} ${row.leg}`, row])));
}

interface Recorded {
  readonly counter: Counter;
  readonly ordinal: bigint;
  readonly before: Quantities;
  readonly after: Quantities;
}

const keyOf = (counter: Counter) =>
  `${counter.account_id} ${counter.product_id} ${counter.month_start}`;

/** The locked counters, and what the calls of a batch add to them. */
class Months {
  readonly #open: ReadonlyMap<string, Counter>;
  /** The last call of each counter. */
  readonly #last = new Map<string, Recorded>();
  readonly #recorded: Recorded[] = [];

  constructor(open: ReadonlyMap<string, Counter>) {
    this.#open = open;
  }

  /** The settlement with its prices; one that is resolved already stays as it was sent. */
  price(call: Settlement): Settlement {
    const legs = call.legs.map((leg, index) => this.#priceLeg(`${call.callId} ${index}`, leg));
    return { ...call, legs };
  }

  #priceLeg(place: string, leg: SettlementLeg): SettlementLeg {
    const counter = this.#open.get(place);
    if (leg.inMonth === undefined || counter === undefined) return leg;
    const last = this.#last.get(keyOf(counter));
    const before = last?.after ?? readQuantities(counter.quantities);
    const { price, used } = leg.inMonth(before);
    assert(price >= 0n, 'a month never comes to less with a call');
    const ordinal = (last?.ordinal ?? counter.calls) + 1n;
    const recorded = { counter, ordinal, before, after: used };
    this.#last.set(keyOf(counter), recorded);
    this.#recorded.push(recorded);
    return { ...leg, price };
  }

  async count(connection: Connection): Promise<void> {
    const last = [...this.#last.values()];
    await connection.query(COUNT, [
      ...placesOf(last),
      plainArray(last.map(({ ordinal }) => ordinal)),
      quotedArray(last.map(({ after }) => writeQuantities(after))),
    ]);
    const all = this.#recorded;
    await connection.query(RECORD, [
      ...placesOf(all),
      plainArray(all.map(({ counter }) => counter.id)),
      plainArray(all.map(({ counter }) => counter.leg)),
      plainArray(all.map(({ ordinal }) => ordinal)),
      quotedArray(all.map(({ before }) => writeQuantities(before))),
      quotedArray(all.map(({ after }) => writeQuantities(after))),
    ]);
  }
}

function placesOf(recorded: readonly Recorded[]): string[] {
  return [
    plainArray(recorded.map(({ counter }) => counter.platform_id)),
    plainArray(recorded.map(({ counter }) => counter.account_id)),
    plainArray(recorded.map(({ counter }) => counter.product_id)),
    quotedArray(recorded.map(({ counter }) => counter.month_start)),
  ];
}

function readQuantities(kept: Readonly<Record<string, string>>): Quantities {
  return Object.fromEntries(Object.entries(kept).map(([name, text]) => [name, BigInt(text)]));
}

function writeQuantities(quantities: Quantities): string {
  const entries = Object.entries(quantities).filter(([, quantity]) => quantity > 0n);
  return JSON.stringify(Object.fromEntries(entries.map(([name, n]) => [name, n.toString()])));
}
