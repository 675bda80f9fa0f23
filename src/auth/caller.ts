import { timingSafeEqual } from 'node:crypto';
import type { Queryable } from '../db/index.ts';
import { Fault } from '../kernel/index.ts';
import { readLimits } from '../ledger/index.ts';
import { type Rule, rulesOf } from '../limits/index.ts';
import type { Status } from '../tenants/index.ts';

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
  };
  /** The account's wallets by what they count. */
  readonly wallets: ReadonlyMap<string, bigint>;
  /** The plan that the account is on. */
  readonly planId: bigint | undefined;
  /** The limits of key, account and plan. */
  readonly rules: readonly Rule[];
}

/** What a key's hash led to: a caller, or why there is none. */
export type Finding =
  | { readonly caller: Caller; readonly expiresAtMs: number }
  | { readonly refusal: 'unknown' | 'suspended'; readonly keyId?: bigint };

interface Row {
  readonly hash: Buffer;
  readonly keyId: bigint;
  readonly keyStatus: 'active' | 'revoked';
  readonly expiresAt: Date | null;
  readonly expired: boolean;
  readonly keyLimits: unknown;
  readonly accountId: bigint;
  readonly accountStatus: Status;
  readonly accountLimits: unknown;
  readonly planId: bigint | null;
  /** Null where there is no plan. */
  readonly planLimits: unknown;
  readonly platformId: bigint;
  readonly platformStatus: Status;
  readonly slug: string;
  readonly defaultUnit: string;
  readonly defaultOutputTokens: number;
  readonly minOutputTokens: number;
  readonly timeZone: string;
  readonly scales: Record<string, number> | null;
  readonly wallets: Record<string, string> | null;
}

const FIND = `
  select k.hash, k.id as "keyId", k.status as "keyStatus", k.expires_at as "expiresAt",
    coalesce(k.expires_at <= now(), false) as expired,
    k.limits as "keyLimits",
    a.id as "accountId", a.status as "accountStatus", a.limits as "accountLimits",
    n.id as "planId", n.limits as "planLimits",
    p.id as "platformId", p.status as "platformStatus", p.slug, p.default_unit as "defaultUnit",
    p.default_output_tokens as "defaultOutputTokens", p.min_output_tokens as "minOutputTokens",
    p.time_zone as "timeZone",
    (select json_object_agg(u.code, u.scale) from unit u where u.platform_id = p.id) as scales,
    (select json_object_agg(w.unit, w.id::text) from wallet w
      where w.platform_id = p.id and w.account_id = a.id) as wallets
  from api_key k
  join account a on a.platform_id = k.platform_id and a.id = k.account_id
  join platform p on p.id = k.platform_id
  left join plan n on n.platform_id = a.platform_id and n.id = a.plan_id
  where k.hash = decode($1, 'hex')`;

/** Looks a key up by its SHA-256 (hexadecimal): all that a caller is, in one query. */
export async function findCaller(db: Queryable, keyHash: string): Promise<Finding> {
  const [row] = await db.query<Row>(FIND, [keyHash]);
  if (row === undefined || !timingSafeEqual(row.hash, Buffer.from(keyHash, 'hex'))) {
    return { refusal: 'unknown' };
  }
  const { keyId } = row;
  if (row.keyStatus !== 'active' || row.expired) return { refusal: 'unknown', keyId };
  if (row.accountStatus !== 'active' || row.platformStatus !== 'active') {
    return { refusal: 'suspended', keyId };
  }
  return { caller: toCaller(row), expiresAtMs: row.expiresAt?.getTime() ?? Infinity };
}

function toCaller(row: Row): Caller {
  const { slug, defaultUnit, defaultOutputTokens, minOutputTokens, timeZone } = row;
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
      scales: new Map(Object.entries(row.scales ?? {})),
    },
    wallets: new Map(Object.entries(row.wallets ?? {}).map(([unit, id]) => [unit, BigInt(id)])),
    planId: row.planId ?? undefined,
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
