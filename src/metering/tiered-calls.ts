import type { Queryable } from '../db/index.ts';
import { COMPONENTS, type Usage } from '../pricing/index.ts';

/** What an account had used in the month before and with a call, by the component it priced. */
export interface UsedInMonth {
  readonly before: Usage;
  readonly after: Usage;
}

type Kept = Readonly<Record<string, string>>;

/** Reads that of calls which were priced in their month, by `id leg`. */
export async function readTieredCalls(
  db: Queryable,
  callIds: readonly string[],
): Promise<Map<string, UsedInMonth>> {
  if (callIds.length === 0) return new Map();
  const rows = await db.query<{ id: string; leg: number; before: Kept; after: Kept }>(
    `select id, leg, used_before as before, used_after as after from tiered_call
     where id = any ($1::uuid[])`,
    [callIds],
  );
  return new Map(
    rows.map(({ id, leg, before, after }) => [
      `${id} ${leg}`,
      { before: read(before), after: read(after) },
    ]),
  );
}

function read(kept: Kept): Usage {
  return Object.fromEntries(
    COMPONENTS.filter((name) => kept[name] !== undefined).map((name) => [
      name,
      BigInt(kept[name] ?? 0),
    ]),
  );
}

/** Whether two say the same; what is absent is nothing. */
export function isSameUsage(one: Usage, other: Usage): boolean {
  return COMPONENTS.every((name) => (one[name] ?? 0n) === (other[name] ?? 0n));
}
