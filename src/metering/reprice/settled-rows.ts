import type { Queryable } from '../../db/index.ts';
import type { Amount } from '../../kernel/index.ts';
import type { CountedColumns } from '../call-usage.ts';

/** A settled call as far as it takes to price it again. */
export interface SettledRow extends CountedColumns {
  readonly id: string;
  readonly leg: number;
  readonly accountId: bigint;
  readonly productId: bigint;
  /** Of its price. */
  readonly unit: string;
  readonly price: Amount;
  /** What was really taken: less than the price where the hold and the wallet did not reach. */
  readonly charge: Amount;
  readonly heldAt: Date;
  /** The month of the platform's zone that it counts in (epoch, seconds). */
  readonly month: number;
}

export interface Walk {
  readonly platformId: bigint;
  readonly from: Date;
  /** Exclusive. */
  readonly until: Date;
  /** Only calls of these; undefined: of all. */
  readonly productIds?: readonly bigint[] | undefined;
}

const PAGE = 2_000;

const NEXT = `
  select c.id, c.leg, a.id as "accountId", c.product_id as "productId", r.unit,
    c.price, c.charge, c.held_at as "heldAt", c.input, c.output, c.cached_input as "cachedInput",
    c.other, extract(epoch from window_start('month', c.held_at, p.time_zone))::float8 as month
  from platform p join account a on a.platform_id = p.id
  cross join lateral (
    select * from call c
    where c.account_id = a.id and c.platform_id = a.platform_id and c.outcome = 'settled'
      and not exists (select from api_key k where k.id = c.key_id and k.is_test)
      and c.id >= call_id_at($2) and c.id < call_id_at($3)
      and ($4::bigint[] is null or c.product_id = any ($4))
      and (a.id > $5 or (c.id, c.leg) > ($6::uuid, $7::smallint))
    order by c.id, c.leg limit ${PAGE}) c
  join price r on r.platform_id = p.id and r.id = c.price_id
  where p.id = $1 and a.id >= $5 order by a.id, c.id, c.leg limit ${PAGE}`;

const NOWHERE = { accountId: 0n, id: '00000000-0000-0000-0000-000000000000', leg: -1 };

/**
 * Reads settled calls, but those of test keys, which cost nothing: account by account, those of an
 * account in the order of time, some at a time. Whatever is summed up by account is done with when
 * the next one comes.
 */
export async function* readSettledRows(
  db: Queryable,
  { platformId, from, until, productIds }: Walk,
): AsyncGenerator<SettledRow, void, void> {
  let last: Pick<SettledRow, 'accountId' | 'id' | 'leg'> = NOWHERE;
  for (;;) {
    const rows = await db.query<SettledRow>(NEXT, [
      ...[platformId, from, until, productIds ?? null],
      ...[last.accountId, last.id, last.leg],
    ]);
    yield* rows;
    const end = rows.at(-1);
    if (end === undefined || rows.length < PAGE) return;
    last = end;
  }
}
