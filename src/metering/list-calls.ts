import type { Queryable } from '../db/index.ts';
import { type Amount, lowestCallIdAt } from '../kernel/index.ts';
import type { CountedColumns } from './call-usage.ts';
import { type CallFilter, idRange, isBeyondSums, type Outcome, type Statement } from './filter.ts';
import { endOfScan, scanCalls } from './scan-calls.ts';
import { callsOfHours, findHours } from './walk-hours.ts';

/** A line of the log of calls. Amounts are in the unit's smallest part, 10^-scale. */
export interface CallLine extends CountedColumns {
  readonly id: string;
  readonly accountId: bigint;
  /** The account's mail address, else its outside id. */
  readonly account: string;
  readonly keyId: bigint | null;
  /** The product's slug. */
  readonly model: string;
  readonly status: Outcome;
  /** What the caller was answered; null when nothing was. */
  readonly httpStatus: number | null;
  readonly errorCode: string | null;
  readonly streamed: boolean;
  readonly estimated: boolean;
  readonly unit: string;
  readonly scale: number;
  readonly price: Amount;
  readonly charge: Amount;
  readonly heldAt: Date;
  readonly settledAt: Date;
  readonly firstByteMs: number | null;
  readonly latencyMs: number | null;
  /** The name of the upstream; null where none was asked, or where the reader may not see it. */
  readonly upstream: string | null;
}

/** Some lines of the log, newest first. */
export interface CallPage {
  readonly lines: CallLine[];
  /** What to give as `before` for the page after this one; undefined at the end of the log. */
  readonly next: string | undefined;
}

const LINES = `select c.id, c.account_id as "accountId",
    coalesce(a.mail, a.external_id) as account, c.key_id as "keyId",
    p.slug as model, c.outcome as status, nullif(c.status, 0) as "httpStatus",
    c.error_code as "errorCode", c.streamed, c.estimated, c.input, c.output,
    c.cached_input as "cachedInput", c.other, w.unit, u.scale, c.price, c.charge,
    c.held_at as "heldAt", c.settled_at as "settledAt", c.first_byte_ms as "firstByteMs",
    c.latency_ms as "latencyMs", s.name as upstream
  from found c
  join account a on a.platform_id = c.platform_id and a.id = c.account_id
  join product p on p.platform_id = c.platform_id and p.id = c.product_id
  join wallet w on w.platform_id = c.platform_id and w.id = c.wallet_id
  join unit u on u.platform_id = w.platform_id and u.code = w.unit
  left join upstream s on s.platform_id = c.platform_id and s.id = c.upstream_id
  order by c.id desc, c.leg`;

/** Where the sums cannot lead, so many pieces of the log are looked through for one page. */
const MOST_PIECES = 20;

/**
 * The newest calls that are over and match, newest first, at most `limit` of them; the legs of one
 * call are never divided between two pages, and come beyond the limit if need be. Needs no index
 * for a filter: the newest calls are looked at one by one, and where few of them match, the sums by
 * hour tell in which hours there are some. What the sums do not know, such as the HTTP status, is
 * looked for in a bounded piece of the log: such a page may be short, or empty, and have a next.
 */
export async function listCalls(
  db: Queryable,
  filter: CallFilter,
  page: { readonly limit: number; readonly before?: string },
): Promise<CallPage> {
  const range = idRange(filter);
  const lines: CallLine[] = [];
  // One more than is wanted tells whether there is a next page.
  const wanted = page.limit + 1;
  const take = async ({ text, values }: Statement) => {
    lines.push(...(await db.query<CallLine>(`with found as (${text}) ${LINES}`, values)));
    return lines.length >= wanted;
  };
  const isLed = !isBeyondSums(filter);
  let below = page.before !== undefined && page.before < range.until ? page.before : range.until;
  const piece = () => ({ from: range.from, below, limit: wanted - lines.length });
  for (let pieces = 1, isSealed = false; !(isLed && isSealed); pieces += 1) {
    if (await take(scanCalls(filter, piece()))) return cut(lines, page.limit);
    const end = await endOfScan(db, filter, piece());
    if (end === undefined) return cut(lines, page.limit);
    ({ id: below, isSealed } = end);
    if (!isLed && pieces === MOST_PIECES) return { lines, next: below };
  }
  for (;;) {
    const asked = piece();
    const hours = await findHours(db, filter, asked);
    const isOver = hours.length === 0 || (await take(callsOfHours(filter, asked, hours)));
    if (isOver || hours.length < asked.limit) return cut(lines, page.limit);
    below = lowestCallIdAt(Math.min(...hours.map((hour) => hour.getTime())));
  }
}

/** As many lines as a page has, and what is left of the last one's call. */
function cut(lines: readonly CallLine[], limit: number): CallPage {
  const last = lines[limit - 1];
  if (last === undefined) return { lines: [...lines], next: undefined };
  const kept = lines.filter(({ id }, place) => place < limit || id === last.id);
  return { lines: kept, next: kept.length < lines.length ? last.id : undefined };
}
