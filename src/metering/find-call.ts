import { createBookReader } from '../catalog/index.ts';
import type { Queryable } from '../db/index.ts';
import { type Amount, Fault } from '../kernel/index.ts';
import { type PriceBook, type PriceLine, priceInMonth, type Usage } from '../pricing/index.ts';
import { type CountedColumns, usageOf } from './call-usage.ts';
import { readTieredCalls } from './tiered-calls.ts';

/** A call as its customer may see it. Amounts are in the unit's smallest part, 10^-scale. */
export interface CallRecord {
  readonly id: string;
  readonly keyId: bigint | null;
  /** The product's slug. */
  readonly model: string;
  /** 'open' while the work goes on; then how it ended. */
  readonly status: 'open' | 'settled' | 'released' | 'expired';
  /** What the caller was answered; null while open, and when nothing was answered. */
  readonly httpStatus: number | null;
  readonly streamed: boolean;
  /** The quantities were counted here because the provider did not report them. */
  readonly estimated: boolean;
  readonly usage: Usage;
  /** What each quantity was priced at. */
  readonly lines: readonly PriceLine[];
  readonly unit: string;
  readonly scale: number;
  readonly held: Amount;
  /** What the work cost by the price; `charge` is what the wallet paid of it. */
  readonly price: Amount;
  readonly charge: Amount;
  readonly heldAt: Date;
  readonly settledAt: Date | null;
  readonly firstByteMs: number | null;
  readonly latencyMs: number | null;
  readonly errorCode: string | null;
}

type Row = Omit<CallRecord, 'status' | 'usage' | 'lines'> &
  CountedColumns & {
    readonly outcome: 'settled' | 'released' | 'expired' | null;
    readonly leg: number;
    readonly priceId: bigint;
  };

const FIND = `
  select h.id, h.leg, h.key_id as "keyId", p.slug as model,
    h.price_id as "priceId", w.unit, u.scale, h.amount as held, h.held_at as "heldAt",
    c.outcome, nullif(c.status, 0) as "httpStatus",
    coalesce(c.streamed, false) as streamed, coalesce(c.estimated, false) as estimated,
    coalesce(c.price, 0) as price, coalesce(c.charge, 0) as charge,
    coalesce(c.input, 0) as input, coalesce(c.output, 0) as output,
    coalesce(c.cached_input, 0) as "cachedInput", c.other,
    c.settled_at as "settledAt", c.first_byte_ms as "firstByteMs", c.latency_ms as "latencyMs",
    c.error_code as "errorCode"
  from hold h
  left join call c on c.id = h.id and c.leg = h.leg
  join product p on p.platform_id = h.platform_id and p.id = h.product_id
  join wallet w on w.platform_id = h.platform_id and w.id = h.wallet_id
  join unit u on u.platform_id = w.platform_id and u.code = w.unit
  where h.id = $1 and h.platform_id = $2 and h.account_id = $3
  order by h.leg limit 1`;

/**
 * Finds a call of one account by its call id, also while it is still open. A call of another
 * account is undefined, as one that never was.
 */
export async function findCall(
  db: Queryable,
  platformId: bigint,
  accountId: bigint,
  callId: string,
): Promise<CallRecord | undefined> {
  const [row] = await db.query<Row>(FIND, [callId, platformId, accountId]);
  if (row === undefined) return undefined;
  const { outcome, priceId, leg, input, output, cachedInput, other, ...rest } = row;
  const usage = usageOf(row);
  const lines = row.price > 0n ? await priceLines(db, row, usage) : [];
  return { ...rest, status: outcome ?? 'open', usage, lines };
}

async function priceLines(
  db: Queryable,
  { id, leg, priceId }: Row,
  usage: Usage,
): Promise<readonly PriceLine[]> {
  const book = await createBookReader(db)(priceId);
  if (book === undefined) return [];
  if (book.tiering === undefined) return explain(book, usage);
  const month = (await readTieredCalls(db, [id])).get(`${id} ${leg}`);
  return month === undefined ? [] : explain(book, usage, month.before);
}

/** The bill's lines; none when the book cannot explain the call, which `verifyPrices` reports. */
function explain(book: PriceBook, usage: Usage, before?: Usage): readonly PriceLine[] {
  try {
    return priceInMonth(book, usage, before).lines;
  } catch (error) {
    if (error instanceof Fault) return [];
    throw error;
  }
}
