import { type Db, type Queryable, SEAL_LOCK, sqlState } from '../../db/index.ts';
import type { Log, MacKey } from '../../kernel/index.ts';
import { BLOCK_COLUMNS, type Block, blockMac } from './block.ts';
import { openChain } from './chain.ts';
import { checkRows } from './check-rows.ts';
import { SESSION } from './sealed-rows.ts';

const LOCK_NOT_AVAILABLE = '55P03';

/** The oldest day that has calls and is older than is kept: whether all of it is sealed. */
const OLDEST = `select day::text as day,
    call_id_at((day + 1)::timestamp at time zone 'UTC') <= sealed_until() and not exists (
      select from late_call where sealed_in is null
        and id < call_id_at((day + 1)::timestamp at time zone 'UTC')) as "isSealed"
  from (select min(to_date(right(relid::text, 8), 'YYYYMMDD')) as day
    from pg_partition_tree('call') where isleaf) d
  where day < (clock_timestamp() at time zone 'UTC')::date - $1::int`;

/** The totals of a day's calls; its rows were compared with their seal in this transaction. */
const LEAVE_TOTALS = `insert into dropped_calls (day, wallet_id, key_id, calls, charge, movements,
    versions)
  select $1::date, wallet_id, coalesce(key_id, 0), count(*), sum(charge), count(wallet_version),
    coalesce(sum(wallet_version), 0)
  from call where id >= call_id_at($1::date::timestamp at time zone 'UTC')
    and id < call_id_at(($1::date + 1)::timestamp at time zone 'UTC')
  group by wallet_id, coalesce(key_id, 0)`;

export interface DropOptions {
  readonly db: Db;
  readonly log: Log;
  readonly key: MacKey;
  /** So many whole days are kept besides the present one. */
  readonly keepDays: number;
}

/**
 * Drops the days of calls and holds that are older than is kept, oldest first, each in a
 * transaction that leaves its totals and seals them. Stops at a day that is not wholly sealed (a
 * hold is open, the sealer is behind), that is not what was sealed, or that somebody is reading
 * for long.
 */
export async function dropOldDays(options: DropOptions): Promise<void> {
  while (await dropOldestDay(options));
}

async function dropOldestDay({ db, log, key, keepDays }: DropOptions): Promise<boolean> {
  try {
    return await db.transaction(async (tx) => {
      await tx.query(`set transaction isolation level repeatable read; ${SESSION};
        set local statement_timeout = 0; set local lock_timeout = '100ms'`);
      const [lock] = await tx.query<{ mine: boolean }>(
        'select pg_try_advisory_xact_lock($1) as mine',
        [SEAL_LOCK],
      );
      const [oldest] = await tx.query<{ day: string; isSealed: boolean }>(OLDEST, [keepDays]);
      if (lock?.mine !== true || oldest?.isSealed !== true) return false;
      return await dropDay(tx, key, oldest.day, log);
    });
  } catch (error) {
    if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
    log.info('Calls that are older than is kept are being read; they are dropped later.');
    return false;
  }
}

async function dropDay(tx: Queryable, key: MacKey, day: string, log: Log): Promise<boolean> {
  const blocks = await tx.query<Block>(
    `select ${BLOCK_COLUMNS} from seal_block where day = $1 and kind <> 'drops' order by no`,
    [day],
  );
  for (const block of blocks) {
    const isAsMade = blockMac(key, block).equals(block.mac);
    if (isAsMade && (await checkRows(tx, key, block)).length === 0) continue;
    log.error({ day }, 'Calls that should be dropped are not what was sealed: farebox verify.');
    return false;
  }
  await tx.query(LEAVE_TOTALS, [day]);
  const chain = await openChain(tx, key);
  await chain.append({ kind: 'drops' }, day);
  await tx.query(
    `delete from late_call where id < call_id_at(($1::date + 1)::timestamp at time zone 'UTC')`,
    [day],
  );
  await tx.query(
    `delete from tiered_call where id < call_id_at(($1::date + 1)::timestamp at time zone 'UTC')`,
    [day],
  );
  const suffix = day.replaceAll('-', '');
  // At last, for nobody calls while these locks are held; and not for longer than the commit takes.
  await tx.query(`drop table call_${suffix}, hold_${suffix}`);
  log.info({ day }, 'Dropped the calls of a day that is older than is kept.');
  return true;
}
