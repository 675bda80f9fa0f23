import type { Queryable } from '../../db/index.ts';
import { assert, callStartMs, lowestCallIdAt } from '../../kernel/index.ts';
import type { Chain, Rest } from './chain.ts';
import { rollUpLate, rollUpRange } from './roll-up.ts';

/** Blocks in one transaction, and calls in one block: what is read, sent and hashed at once. */
const BLOCKS = 10;
const CALLS = 5_000;
const DAY_MS = 86_400_000;

/**
 * Below this id every call has asked for its hold: none can be made any more. What each process
 * promises of itself, and not closer to the present than `lagMs` by the database's clock.
 */
const HORIZON = `select least(call_id_at(clock_timestamp() - $1 * interval '1 millisecond'),
  (select coalesce(asks_since, open_since) as since from replica where ended_at is null
    order by since limit 1))`;

const BOUNDS = `select
  (select id from call where id >= $1 and id < $2 order by id limit 1) as first,
  (select id from call where id >= $1 and id < $2 order by id offset ${CALLS} limit 1) as next`;

/**
 * Calls of the range that are not wholly resolved are sealed later, when they are. `except` is one
 * pass over both whatever the planner believes of the newest rows, of which it knows nothing yet.
 */
const LEAVE_OPEN = `insert into late_call (id)
  select distinct id from (select id, leg from hold where id >= $1 and id < $2
    except select id, leg from call where id >= $1 and id < $2) o
  returning id`;

// One count for each: a join over all partitions is what the planner would make of it otherwise.
const RESOLVED = `select l.id from late_call l
  where l.sealed_in is null and (select count(*) from hold h
    left join call c on c.id = h.id and c.leg = h.leg where h.id = l.id and c.id is null) = 0
  order by l.id limit ${CALLS}`;

/** Seals calls in the order of their ids, a day's in blocks of its own. True when there is more. */
export async function sealCalls(
  tx: Queryable,
  chain: Chain,
  { lagMs, rest }: { readonly lagMs: number; readonly rest: Rest },
): Promise<boolean> {
  const [at] = await tx.query<{ from: string; horizon: string }>(
    `select sealed_until() as "from", (${HORIZON}) as horizon`,
    [lagMs],
  );
  assert(at !== undefined, 'there always is a horizon');
  const sealed = await sealBlocks(tx, chain, at, rest);
  if (sealed.until > at.from) await rollUpRange(tx, at.from, sealed.until);
  return sealed.more;
}

/** Seals up to so many blocks from an id on. Up to where, and whether there is more. */
async function sealBlocks(
  tx: Queryable,
  chain: Chain,
  at: { readonly from: string; readonly horizon: string },
  rest: Rest,
): Promise<{ readonly until: string; readonly more: boolean }> {
  let { from } = at;
  for (let block = 0; from < at.horizon; block += 1) {
    if (block === BLOCKS) return { until: from, more: true };
    const [bounds] = await tx.query<{ first: string | null; next: string | null }>(BOUNDS, [
      from,
      at.horizon,
    ]);
    const first = bounds?.first ?? null;
    const until = endOfBlock(at.horizon, first, bounds?.next ?? null);
    if (until === at.horizon && rest === 'short') break;
    const open = await tx.query(LEAVE_OPEN, [from, until]);
    if (first === null && open.length === 0 && rest !== 'long') break;
    const range = { kind: 'calls', from_call: from, until_call: until } as const;
    await chain.append(range, first === null ? null : dayOf(first));
    from = until;
  }
  return { until: from, more: false };
}

function endOfBlock(horizon: string, first: string | null, next: string | null): string {
  if (first === null) return horizon;
  const day = Math.floor(callStartMs(first) / DAY_MS);
  const midnight = lowestCallIdAt((day + 1) * DAY_MS);
  return [horizon, midnight, next ?? horizon].reduce((a, b) => (a < b ? a : b));
}

/** Seals calls that were open when their range was. True when there may be more. */
export async function sealLateCalls(tx: Queryable, chain: Chain): Promise<boolean> {
  const resolved = await tx.query<{ id: string }>(RESOLVED);
  const days = new Map<string, string[]>();
  for (const { id } of resolved) days.set(dayOf(id), [...(days.get(dayOf(id)) ?? []), id]);
  for (const [day, ids] of days) {
    await tx.query('update late_call set sealed_in = $1 where id = any ($2::uuid[])', [
      (chain.head?.no ?? 0n) + 1n,
      ids,
    ]);
    const { no } = await chain.append({ kind: 'late_calls' }, day);
    await rollUpLate(tx, no);
  }
  return resolved.length === CALLS;
}

/** The UTC day of a call's id. */
function dayOf(callId: string): string {
  return new Date(callStartMs(callId)).toISOString().slice(0, 10);
}
