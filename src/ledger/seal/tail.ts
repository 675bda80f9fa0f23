import type { Queryable } from '../../db/index.ts';
import { assert } from '../../kernel/index.ts';

/** What no block covers yet. */
export interface Tail {
  readonly calls: number;
  readonly transfers: number;
  /** When the oldest of them was booked; null when there is none. */
  readonly oldestAt: Date | null;
}

const TAIL = `with tail as (
    select settled_at as at, 1 as calls from call where id >= sealed_until()
    union all
    select c.settled_at, 1 from late_call l
      cross join lateral (select settled_at from call where id = l.id offset 0) c
      where l.sealed_in is null
    union all
    select at, 0 from transfer
      where id >= coalesce((select until_transfer from seal_block where kind = 'transfers'
        order by no desc limit 1), -9223372036854775808)
  )
  select coalesce(sum(calls), 0)::int as calls, count(*)::int - coalesce(sum(calls), 0)::int
    as transfers, min(at) as "oldestAt" from tail`;

/** Reads what is not sealed yet: minutes of calls and seconds of transfers where a server runs. */
export async function readTail(tx: Queryable): Promise<Tail> {
  const [tail] = await tx.query<Tail>(TAIL);
  assert(tail !== undefined, 'counting gives one row');
  return tail;
}
