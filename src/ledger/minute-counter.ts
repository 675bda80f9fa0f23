import type { Queryable } from '../db/index.ts';
import type { Counter } from './types.ts';

/** How a counter of a minute stands: what a sliding window is computed from. */
export interface MinuteCounter {
  /** The database's time of reading. */
  readonly at: Date;
  /** When the minute began that `current` counts; `previous` counts the one before it. */
  readonly start: Date;
  readonly current: bigint;
  readonly previous: bigint;
}

/**
 * Reads a minute's counter of a key or of a wallet, without deciding anything by it. Undefined when
 * its owner is not there.
 */
export async function readMinuteCounter(
  db: Queryable,
  counter: Extract<Counter, `${string}.minute.${string}`>,
  ownerId: bigint,
): Promise<MinuteCounter | undefined> {
  const table = counter.startsWith('key.') ? 'api_key' : 'wallet';
  const counted = counter.endsWith('.tokens') ? 'tokens' : 'requests';
  const [row] = await db.query<MinuteCounter>(
    `select clock_timestamp() as at, minute_start as start, minute_${counted} as current,
       previous_minute_${counted} as previous
     from ${table} where id = $1`,
    [ownerId],
  );
  return row;
}
