import { type Db, type Queryable, SEAL_LOCK } from '../../db/index.ts';
import { assert, type Clock, type Log, type MacKey } from '../../kernel/index.ts';
import { CALL_ID_AGE_LIMIT_MS } from '../asks.ts';
import { createTurns } from '../turns.ts';
import { startUpkeep } from '../upkeep.ts';
import type { Block } from './block.ts';
import { openChain, restOf } from './chain.ts';
import { dropOldDays } from './drop-days.ts';
import { sealCalls, sealLateCalls } from './seal-calls.ts';
import { type Newest, sealTransfers } from './seal-transfers.ts';
import { type BlockKind, SESSION } from './sealed-rows.ts';

/** Seals the journal behind those who write it. One process at a time does, whichever is first. */
export interface Sealer {
  /** Does now what a timer does every few seconds: seals all that is final. */
  seal(): Promise<void>;
  /** Does now what a timer does every ten minutes: drops the days that are older than is kept. */
  drop(): Promise<void>;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

export interface SealerOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Log;
  /** Made from the instance's key; it never goes to the database. */
  readonly key: MacKey;
  /** The seal stays so far behind the present: what a call may take to ask for its hold. */
  readonly lagMs?: number;
  /** How often a block of each kind is made that is not full. */
  readonly restMs?: number;
  /** Days of calls that are older are dropped; undefined keeps all. At least 35. */
  readonly keepDays?: number | undefined;
}

type Head = Pick<Block, 'no' | 'mac'>;

/** What a process remembers between two transactions. */
interface Seen {
  readonly head: Head | undefined;
  readonly newest: Newest | undefined;
}

const EVERY_MS = 5_000;
const REST_MS = 30_000;
const DROP_EVERY_MS = 600_000;
/** The longest window of a limit is a month, and a day of it may lie in two UTC days. */
const LEAST_DAYS = 35;

/** Starts sealing, every few seconds, in small transactions that no writer waits for. */
export function startSealer(options: SealerOptions): Sealer {
  const { db, clock, log } = options;
  const turns = createTurns();
  let seen: Seen = { head: undefined, newest: undefined };
  let closing = false;

  const seal = async () => {
    for (let more = true; more && !closing; ) {
      const piece = await db.transaction((tx) => sealPiece(tx, options, seen));
      more = piece?.more ?? false;
      seen = piece?.seen ?? seen;
    }
  };
  const { keepDays } = options;
  assert(keepDays === undefined || keepDays >= LEAST_DAYS, 'a month of calls is counted in limits');
  const drop = async () => {
    if (keepDays !== undefined && !closing) await dropOldDays({ ...options, keepDays });
  };
  const upkeeps = [
    startUpkeep({ clock, log, everyMs: EVERY_MS, work: () => turns.take(seal) }),
    startUpkeep({ clock, log, everyMs: DROP_EVERY_MS, work: () => turns.take(drop) }),
  ];
  return {
    seal: () => turns.take(seal),
    drop: () => turns.take(drop),
    close: async () => {
      closing = true;
      for (const upkeep of upkeeps) await upkeep.stop();
      await turns.wait();
    },
  };
}

/** Seals what fits into one transaction. Undefined when another process is at it. */
async function sealPiece(
  tx: Queryable,
  { key, log, lagMs = CALL_ID_AGE_LIMIT_MS, restMs = REST_MS }: SealerOptions,
  seen: Seen,
): Promise<{ readonly more: boolean; readonly seen: Seen } | undefined> {
  // On a slow disk a piece may take longer than a call may; nobody waits for it.
  await tx.query(`set transaction isolation level repeatable read; ${SESSION};
    set local statement_timeout = 0`);
  const [lock] = await tx.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [
    SEAL_LOCK,
  ]);
  if (lock?.mine !== true) return undefined;
  const chain = await openChain(tx, key);
  if (seen.head !== undefined) await compare(tx, seen.head, log);
  const rest = await restOf(tx, 'calls', restMs);
  const moreCalls = await sealCalls(tx, chain, { lagMs, rest });
  const isDue = async (kind: BlockKind) => (await restOf(tx, kind, restMs)) !== 'short';
  const moreLate = (await isDue('late_calls')) && (await sealLateCalls(tx, chain));
  const transfers = (await isDue('transfers'))
    ? await sealTransfers(tx, chain, seen.newest)
    : { more: false, newest: seen.newest };
  return {
    more: moreCalls || moreLate || transfers.more,
    seen: { head: chain.head, newest: transfers.newest },
  };
}

/** A block that was there a moment ago and is not now was taken away, or a backup was put back. */
async function compare(tx: Queryable, head: Head, log: Log): Promise<void> {
  const rows = await tx.query('select from seal_block where no = $1 and mac = $2', [
    head.no,
    head.mac,
  ]);
  if (rows.length > 0) return;
  log.error(
    { block: head.no.toString(), mac: head.mac.toString('hex') },
    'A block of the seal is gone that this process had seen. Was a backup put back?',
  );
}
