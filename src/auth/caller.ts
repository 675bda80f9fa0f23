import { timingSafeEqual } from 'node:crypto';
import type { BlockList } from 'node:net';
import type { Queryable } from '../db/index.ts';
import { Fault } from '../kernel/index.ts';
import { readLimits } from '../ledger/index.ts';
import { type Rule, rulesOf } from '../limits/index.ts';
import type { KeyScope, Status } from '../tenants/index.ts';
import { networksOf } from './permissions.ts';

/** Who is calling, by a key. Held in memory for seconds: the hold re-checks what matters. */
export interface Caller {
  readonly keyId: bigint;
  readonly accountId: bigint;
  readonly platformId: bigint;
  readonly platform: {
    readonly slug: string;
    readonly defaultUnit: string;
    /** Decimals of each unit of the platform. */
    readonly scales: ReadonlyMap<string, number>;
    readonly defaultOutputTokens: number;
    /** An answer of fewer tokens than this is not worth starting. */
    readonly minOutputTokens: number;
    readonly timeZone: string;
    /** Of which calls requests and answers are kept. */
    readonly logBodies: 'off' | 'errors' | 'all';
    /** Fields that are blacked out in them. */
    readonly logRedact: readonly string[];
    readonly logKeepDays: number;
  };
  /** The account's wallets by what they count. */
  readonly wallets: ReadonlyMap<string, bigint>;
  /** The plan that the account is on. */
  readonly planId: bigint | undefined;
  /** The limits of key, account and plan. */
  readonly rules: readonly Rule[];
  readonly scopes: readonly KeyScope[];
  /** Slugs of the products that the key may call; undefined for all. */
  readonly models: ReadonlySet<string> | undefined;
  /** The networks that the key may be used from; undefined for all. */
  readonly addresses: BlockList | undefined;
  /** Its calls go to the demo provider and cost nothing. */
  readonly isTest: boolean;
}

/** What a key's hash led to: a caller, or why there is none. */
export type Finding =
  | {
      readonly caller: Caller;
      /** How much longer the key's text is good, from when the database was asked. */
      readonly leftMs: number;
      /** For so long it is as it was found: then the account is on another plan. */
      readonly changesInMs: number;
    }
  | { readonly refusal: 'unknown' | 'suspended'; readonly keyId?: bigint };

interface Row {
  readonly hash: Buffer;
  readonly slowHash: string | null;
  readonly keyId: bigint;
  readonly keyStatus: 'active' | 'revoked';
  readonly scopes: KeyScope[];
  readonly models: string[] | null;
  readonly addresses: string[] | null;
  readonly isTest: boolean;
  /** Null where the text never ends. */
  readonly leftMs: number | null;
  readonly keyLimits: unknown;
  readonly accountId: bigint;
  readonly accountStatus: Status;
  readonly accountLimits: unknown;
  readonly planId: bigint | null;
  /** Until the plan is another one; null for never. */
  readonly changesInMs: number | null;
  /** Null where there is no plan. */
  readonly planLimits: unknown;
  readonly platformId: bigint;
  readonly platformStatus: Status;
  readonly slug: string;
  readonly defaultUnit: string;
  readonly defaultOutputTokens: number;
  readonly minOutputTokens: number;
  readonly timeZone: string;
  readonly logBodies: Caller['platform']['logBodies'];
  readonly logRedact: readonly string[];
  readonly logKeepDays: number;
  readonly scales: Record<string, number> | null;
  readonly wallets: Record<string, string> | null;
}

// A text is one that its key has now, or had before and may still be used. It is found by its own
// SHA-256, or where only a slow hash is kept by that of its public part.
const FIND = `
  select s.hash, s.slow_hash as "slowHash", k.id as "keyId", k.status as "keyStatus",
    k.scopes, k.models, k.addresses::text[], k.is_test as "isTest",
    (extract(epoch from least(k.expires_at, s.ends_at) - now()) * 1000)::float8 as "leftMs",
    k.limits as "keyLimits",
    a.id as "accountId", a.status as "accountStatus", a.limits as "accountLimits",
    n.id as "planId", n.limits as "planLimits",
    extract(epoch from f.until - clock_timestamp())::float8 * 1000 as "changesInMs",
    p.id as "platformId", p.status as "platformStatus", p.slug, p.default_unit as "defaultUnit",
    p.default_output_tokens as "defaultOutputTokens", p.min_output_tokens as "minOutputTokens",
    p.time_zone as "timeZone", p.log_bodies as "logBodies", p.log_redact as "logRedact",
    p.log_keep_days as "logKeepDays",
    (select json_object_agg(u.code, u.scale) from unit u where u.platform_id = p.id) as scales,
    (select json_object_agg(w.unit, w.id::text) from wallet w
      where w.platform_id = p.id and w.account_id = a.id) as wallets
  from (
    select id, hash, slow_hash, null as ends_at from api_key
      where hash in (decode($1, 'hex'), decode($2, 'hex'))
    union all
    select key_id, hash, slow_hash, ends_at from retired_secret
      where hash in (decode($1, 'hex'), decode($2, 'hex'))
  ) s
  join api_key k on k.id = s.id
  join account a on a.platform_id = k.platform_id and a.id = k.account_id
  join platform p on p.id = k.platform_id
  cross join lateral plan_at(a.platform_id, a.id, clock_timestamp()) f
  left join plan n on n.platform_id = a.platform_id and n.id = f.plan_id`;

/** What is asked of a key's text. */
export interface SoughtKey {
  /** The SHA-256 of the text, in hexadecimal. */
  readonly hash: string;
  /** The same of its public part. */
  readonly publicHash: string;
  /** Whether a slow hash is that of the text. */
  matches(slowHash: string): Promise<boolean>;
}

/** Looks a key up: all that a caller is, in one query. What it finds is still to be judged. */
export function findKeyRows(db: Queryable, sought: SoughtKey): Promise<Row[]> {
  return db.query<Row>(FIND, [sought.hash, sought.publicHash]);
}

/** Whose key it is; slow where only a slow hash can say. Rejects when that is not possible. */
export async function judgeKeyRows(rows: readonly Row[], sought: SoughtKey): Promise<Finding> {
  for (const row of rows) {
    if (await isOfText(row, sought)) return findingOf(row);
  }
  return { refusal: 'unknown', ...(rows[0] && { keyId: rows[0].keyId }) };
}

async function isOfText({ hash, slowHash }: Row, sought: SoughtKey): Promise<boolean> {
  const expected = slowHash === null ? sought.hash : sought.publicHash;
  if (!timingSafeEqual(hash, Buffer.from(expected, 'hex'))) return false;
  return slowHash === null || sought.matches(slowHash);
}

function findingOf(row: Row): Finding {
  const { keyId, leftMs } = row;
  if (row.keyStatus !== 'active' || (leftMs ?? 1) <= 0) return { refusal: 'unknown', keyId };
  if (row.accountStatus !== 'active' || row.platformStatus !== 'active') {
    return { refusal: 'suspended', keyId };
  }
  const changesInMs = row.changesInMs ?? Infinity;
  return { caller: toCaller(row), leftMs: leftMs ?? Infinity, changesInMs };
}

function toCaller(row: Row): Caller {
  const { slug, defaultUnit, defaultOutputTokens, minOutputTokens, timeZone } = row;
  const { logBodies, logRedact, logKeepDays } = row;
  return {
    keyId: row.keyId,
    accountId: row.accountId,
    platformId: row.platformId,
    platform: {
      slug,
      defaultUnit,
      defaultOutputTokens,
      minOutputTokens,
      timeZone,
      ...{ logBodies, logRedact, logKeepDays },
      scales: new Map(Object.entries(row.scales ?? {})),
    },
    wallets: new Map(Object.entries(row.wallets ?? {}).map(([unit, id]) => [unit, BigInt(id)])),
    planId: row.planId ?? undefined,
    scopes: row.scopes,
    models: row.models === null ? undefined : new Set(row.models),
    addresses: row.addresses === null ? undefined : networksOf(row.addresses),
    isTest: row.isTest,
    rules: rulesOf({
      key: readLimits(row.keyLimits),
      account: readLimits(row.accountLimits),
      plan: readLimits(row.planLimits ?? {}),
    }),
  };
}

/** No key came with the request: 401. */
export function missingKey(): Fault {
  return new Fault({
    code: 'MISSING_AUTH_HEADER',
    status: 401,
    message: "No API key was given. Send it as 'Authorization: Bearer KEY' or 'x-api-key: KEY'.",
  });
}

/** A key that is unknown, mistyped, revoked or expired, which all look alike: 401. */
export function invalidKey(): Fault {
  return new Fault({
    code: 'INVALID_TOKEN',
    status: 401,
    message:
      'This API key is not valid: it is unknown, mistyped, revoked or expired. ' +
      'Check it, or make a new one.',
  });
}

/** The key is good, but its account or platform has been suspended: 403. */
export function suspended(): Fault {
  return new Fault({
    code: 'account_suspended',
    status: 403,
    message: 'This account is suspended. Ask the seller of this API why.',
  });
}
