import { lowestCallIdAt } from '../kernel/index.ts';

export type Outcome = 'settled' | 'released' | 'expired';

/** Which calls a list, a sum or a chart is about. */
export interface CallFilter {
  readonly platformId: bigint;
  readonly accountId?: bigint;
  /** With it, `accountId` is that of the key's account. */
  readonly keyId?: bigint;
  readonly productId?: bigint;
  readonly outcome?: Outcome;
  /** Calls that began at this instant or later. */
  readonly from?: Date;
  /** Calls that began before this instant. */
  readonly until?: Date;
  // What only a call's own row says. Sums take no notice of these three.
  /** What the caller was answered; 0 for nothing at all. */
  readonly httpStatus?: number;
  readonly streamed?: boolean;
  readonly estimated?: boolean;
}

/** Collects the values of a statement: `$1`, `$2` and so on, in the order of their adding. */
export interface Values {
  readonly list: unknown[];
  add(value: unknown): string;
}

export function createValues(): Values {
  const list: unknown[] = [];
  return { list, add: (value) => `$${list.push(value)}` };
}

/** A query for rows of `call`, with its values. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What is looked for next: at most `limit` calls with ids from `from` on and below `below`. */
export interface Piece {
  readonly from: string;
  readonly below: string;
  readonly limit: number;
}

const AFTER_ALL = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The call ids of the filter's time: from the first, to before the second. */
export function idRange({ from, until }: CallFilter): { from: string; until: string } {
  return {
    from: lowestCallIdAt(from === undefined ? 0 : Math.max(0, from.getTime())),
    until: until === undefined ? AFTER_ALL : lowestCallIdAt(Math.max(0, until.getTime())),
  };
}

/** Conditions on the columns that calls and their sums have in common, but not on time. */
export function conditionsOf(filter: CallFilter, values: Values): string {
  return conjunction(commonColumns(filter), values);
}

/** Conditions on all columns of calls that the filter names, but not on time. */
export function callConditionsOf(filter: CallFilter, values: Values): string {
  return conjunction({ ...commonColumns(filter), ...ownColumns(filter) }, values);
}

/** Whether the sums cannot tell in which hours there are calls that match. */
export function isBeyondSums(filter: CallFilter): boolean {
  return Object.values(ownColumns(filter)).some((value) => value !== undefined);
}

const commonColumns = (filter: CallFilter) => ({
  platform_id: filter.platformId,
  account_id: filter.accountId,
  key_id: filter.keyId,
  product_id: filter.productId,
  outcome: filter.outcome,
});

const ownColumns = (filter: CallFilter) => ({
  status: filter.httpStatus,
  streamed: filter.streamed,
  estimated: filter.estimated,
});

function conjunction(columns: Readonly<Record<string, unknown>>, values: Values): string {
  return Object.entries(columns)
    .filter(([, value]) => value !== undefined)
    .map(([column, value]) => `${column} = ${values.add(value)}`)
    .join(' and ');
}
