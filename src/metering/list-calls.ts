import type { Queryable } from '../db/index.ts';
import { type Amount, lowestCallIdAt } from '../kernel/index.ts';
import { type CallFilter, idRange, type Outcome, type Statement } from './filter.ts';
import { endOfScan, scanCalls } from './scan-calls.ts';
import { callsOfHours, findHours } from './walk-hours.ts';

/** A line of the log of calls. Amounts are in the unit's smallest part, 10^-scale. */
export interface CallLine {
  readonly id: string;
  /** The account's mail address, else its outside id. */
  readonly account: string;
  readonly keyId: bigint | null;
  /** The product's slug. */
  readonly model: string;
  readonly status: Outcome;
  /** What the caller was answered; null when nothing was. */
  readonly httpStatus: number | null;
  readonly input: bigint;
  readonly output: bigint;
  readonly cachedInput: bigint;
  readonly unit: string;
  readonly scale: number;
  readonly price: Amount;
  readonly charge: Amount;
  readonly heldAt: Date;
  readonly latencyMs: number | null;
}

const LINES = `select c.id, coalesce(a.mail, a.external_id) as account, c.key_id as "keyId",
    p.slug as model, c.outcome as status, nullif(c.status, 0) as "httpStatus", c.input, c.output,
    c.cached_input as "cachedInput", w.unit, u.scale, c.price, c.charge, c.held_at as "heldAt",
    c.latency_ms as "latencyMs"
  from found c
  join account a on a.platform_id = c.platform_id and a.id = c.account_id
  join product p on p.platform_id = c.platform_id and p.id = c.product_id
  join wallet w on w.platform_id = c.platform_id and w.id = c.wallet_id
  join unit u on u.platform_id = w.platform_id and u.code = w.unit
  order by c.id desc, c.leg`;

/**
 * The newest calls that are over and match, newest first, at most `limit` of them; for the next
 * page `before` is the last one's id. Needs no index for a filter: the newest calls are looked at
 * one by one, and where few of them match, the sums by hour tell in which hours there are some.
 */
export async function listCalls(
  db: Queryable,
  filter: CallFilter,
  page: { readonly limit: number; readonly before?: string },
): Promise<CallLine[]> {
  const range = idRange(filter);
  const lines: CallLine[] = [];
  const take = async ({ text, values }: Statement) => {
    lines.push(...(await db.query<CallLine>(`with found as (${text}) ${LINES}`, values)));
    return lines.length >= page.limit;
  };
  let below = page.before !== undefined && page.before < range.until ? page.before : range.until;
  const piece = () => ({ from: range.from, below, limit: page.limit - lines.length });
  for (let isSealed = false; !isSealed; ) {
    if (await take(scanCalls(filter, piece()))) return lines;
    const end = await endOfScan(db, filter, piece());
    if (end === undefined) return lines;
    ({ id: below, isSealed } = end);
  }
  for (;;) {
    const asked = piece();
    const hours = await findHours(db, filter, asked);
    if (hours.length === 0 || (await take(callsOfHours(filter, asked, hours)))) return lines;
    if (hours.length < asked.limit) return lines;
    below = lowestCallIdAt(Math.min(...hours.map((hour) => hour.getTime())));
  }
}
