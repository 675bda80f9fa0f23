import type { Db, Queryable } from '../../db/index.ts';
import { Fault } from '../../kernel/index.ts';
import {
  CALL_ENTRIES,
  CALLS,
  GRANTS,
  HOLDS,
  KEYS,
  SYSTEM_ENTRIES,
  TOTALS,
  TRANSFERS,
  WALLETS,
} from './books-sql.ts';

/** Whose hold or call it is, in the names that the replay gave them. */
export interface Named {
  readonly id: string;
  readonly account: string | null;
  /** The account that owns the wallet that was drawn on. */
  readonly wallet: string | null;
  /** Account and name of the key. */
  readonly key: string | null;
  readonly model: string | null;
}

export interface HoldRow extends Named {
  readonly amount: bigint;
}

export interface CallRow extends Named {
  readonly outcome: string;
  readonly status: number;
  readonly streamed: boolean;
  readonly estimated: boolean;
  readonly held: bigint;
  readonly price: bigint;
  readonly charge: bigint;
  readonly input: bigint;
  readonly cachedInput: bigint;
  readonly output: bigint;
  readonly other: Readonly<Record<string, string>> | null;
  readonly errorCode: string | null;
  /** Microseconds since 1970. */
  readonly heldAt: bigint;
  readonly settledAt: bigint;
}

/** The two sides of a call in the double-entry view. */
export interface CallEntries {
  readonly id: string;
  readonly wallet: bigint;
  readonly usage: bigint;
  readonly rest: bigint;
}

export interface WalletRow {
  readonly account: string | null;
  readonly unit: string;
  readonly balance: bigint;
  readonly held: bigint;
  readonly version: bigint;
  readonly totalSpent: bigint;
  readonly openHolds: bigint;
  /** The sum of its entries. */
  readonly entries: bigint;
}

export interface GrantRow {
  readonly account: string | null;
  readonly source: string;
  readonly granted: bigint;
  readonly remaining: bigint;
}

export interface TransferRow {
  readonly reference: string;
  readonly kind: string;
  readonly amount: bigint;
  readonly from: string | null;
  readonly to: string | null;
}

export interface KeyRow {
  readonly key: string;
  readonly totalSpent: bigint;
  readonly openHolds: bigint;
}

/** One sum over calls: all of them, those of a model, or those of an account. */
export interface TotalRow {
  readonly of: string;
  readonly calls: bigint;
  readonly price: bigint;
  readonly charge: bigint;
}

/** All that the books say of a platform, read in one snapshot. */
export interface Books {
  readonly holds: readonly HoldRow[];
  readonly calls: readonly CallRow[];
  readonly callEntries: readonly CallEntries[];
  readonly wallets: readonly WalletRow[];
  readonly grants: readonly GrantRow[];
  readonly transfers: readonly TransferRow[];
  readonly keys: readonly KeyRow[];
  readonly totals: readonly TotalRow[];
  /** The sums of the entries of the platform's system accounts. */
  readonly system: readonly { readonly account: string; readonly amount: bigint }[];
}

/** Reads the books of a platform. Throws the Fault `platform_not_found` (404). */
export function readBooks(db: Db, platform: string): Promise<Books> {
  return db.transaction(async (tx) => {
    await tx.query('set transaction isolation level repeatable read, read only');
    await tx.query('set local statement_timeout = 0');
    const id = await platformId(tx, platform);
    const read = <Row>(sql: string) => tx.query<Row>(sql, [id]);
    return {
      holds: await read<HoldRow>(HOLDS),
      calls: await read<CallRow>(CALLS),
      callEntries: await read<CallEntries>(CALL_ENTRIES),
      wallets: await read<WalletRow>(WALLETS),
      grants: await read<GrantRow>(GRANTS),
      transfers: await read<TransferRow>(TRANSFERS),
      keys: await read<KeyRow>(KEYS),
      totals: await read<TotalRow>(TOTALS),
      system: await read<Books['system'][number]>(SYSTEM_ENTRIES),
    };
  });
}

async function platformId(tx: Queryable, slug: string): Promise<bigint> {
  const [row] = await tx.query<{ id: bigint }>('select id from platform where slug = $1', [slug]);
  if (row !== undefined) return row.id;
  throw new Fault({
    code: 'platform_not_found',
    status: 404,
    message: `This database has no platform '${slug}'. Check --data or --database-url.`,
  });
}
