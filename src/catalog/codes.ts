import { hash } from 'node:crypto';
import type { Queryable } from '../db/index.ts';
import { type Amount, assert, Fault, formatRowId, type Ids, type Random } from '../kernel/index.ts';

/** A code that gives value to whoever redeems it, as lists show it. */
export interface RedemptionCode {
  readonly id: bigint;
  readonly platformId: bigint;
  readonly preview: string;
  readonly unit: string;
  /** Decimals of the unit. */
  readonly scale: number;
  readonly amount: Amount;
  /** The slug of the package that it was made for. */
  readonly package: string | null;
  readonly maxUses: number;
  readonly uses: number;
  readonly oncePerAccount: boolean;
  readonly expiresAt: Date | null;
  readonly status: 'active' | 'revoked';
  readonly note: string | null;
  readonly createdAt: Date;
}

export interface NewCodes {
  readonly platformId: bigint;
  /** So many codes, each with the terms below: 1 to 1,000. */
  readonly count: number;
  /** What each begins with: 1 to 12 letters and digits. */
  readonly prefix: string;
  readonly unit: string;
  readonly amount: Amount;
  readonly packageId?: bigint | undefined;
  readonly maxUses: number;
  readonly oncePerAccount: boolean;
  readonly expiresAt: Date | null;
  readonly note: string | null;
}

/** Without letters and digits that are taken for each other. */
const ALPHABET = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';
/** 80 random bits: not to be guessed, so a fast hash is enough, as for keys. */
const SECRET_LENGTH = 16;
const CODES_MOST = 1_000;
/** So many wrong codes an account may send in an hour. */
const WRONG_MOST = 10;

const COLUMNS = `c.id, c.platform_id as "platformId", c.preview, c.unit, u.scale, c.amount,
  (select slug from package g where g.id = c.package_id) as package, c.max_uses as "maxUses",
  c.uses, c.once_per_account as "oncePerAccount", c.expires_at as "expiresAt", c.status, c.note,
  c.created_at as "createdAt"`;
const FROM = `redemption_code c join unit u on (u.platform_id, u.code) = (c.platform_id, c.unit)`;

/**
 * Makes codes. Their texts are returned here, once; only hashes are stored. Fault: `invalid_code`
 * (422), which names the field.
 */
export async function createCodes(
  tx: Queryable,
  made: { readonly ids: Ids; readonly random: Random },
  codes: NewCodes,
): Promise<(RedemptionCode & { readonly text: string })[]> {
  await checkNewCodes(tx, codes);
  const { platformId, count, prefix, unit, amount } = codes;
  const texts = Array.from({ length: count }, () => codeText(prefix, made.random));
  const ids = texts.map(() => made.ids.rowId());
  await tx.query(
    `insert into redemption_code (id, platform_id, hash, preview, unit, amount, package_id,
       max_uses, once_per_account, expires_at, note)
     select n.id, $1, decode(n.hash, 'hex'), n.preview, $5, $6, $7, $8, $9, $10, $11
     from unnest($2::bigint[], $3::text[], $4::text[]) as n (id, hash, preview)`,
    [
      ...[platformId, ids, texts.map(hashCode), texts.map(previewCode), unit, amount],
      ...[codes.packageId ?? null, codes.maxUses, codes.oncePerAccount, codes.expiresAt],
      codes.note,
    ],
  );
  const rows = await tx.query<RedemptionCode>(
    `select ${COLUMNS} from ${FROM} where c.platform_id = $1 and c.id = any ($2) order by c.id`,
    [platformId, ids],
  );
  return rows.map((row, index) => ({ ...row, text: texts[index] ?? '' }));
}

/** A platform's codes, newest first, `limit` of them before the one with the id `before`. */
export async function listCodes(
  db: Queryable,
  platformId: bigint,
  page: { readonly before: bigint | undefined; readonly limit: number },
): Promise<RedemptionCode[]> {
  return db.query<RedemptionCode>(
    `select ${COLUMNS} from ${FROM} where c.platform_id = $1 and ($2::bigint is null or c.id < $2)
     order by c.id desc limit $3`,
    [platformId, page.before ?? null, page.limit],
  );
}

/** Ends a code for good; what it gave stays. Fault: `code_not_found` (404). */
export async function revokeCode(
  tx: Queryable,
  platformId: bigint,
  codeId: bigint,
): Promise<RedemptionCode> {
  await tx.query(
    `update redemption_code set status = 'revoked' where platform_id = $1 and id = $2`,
    [platformId, codeId],
  );
  const [row] = await tx.query<RedemptionCode>(
    `select ${COLUMNS} from ${FROM} where c.platform_id = $1 and c.id = $2`,
    [platformId, codeId],
  );
  if (row !== undefined) return row;
  const message = `There is no code ${formatRowId('rdc', codeId)} on this platform.`;
  throw new Fault({ code: 'code_not_found', status: 404, message });
}

/** What redeeming a code gave. */
export interface Redemption {
  readonly codeId: bigint;
  readonly grantId: bigint;
  readonly unit: string;
  readonly amount: Amount;
  readonly balance: Amount;
}

/**
 * Redeems a code for an account, once for each of its uses, however many try at the same time. A
 * refusal is returned, not thrown: the transaction that counted the wrong code has to be committed.
 * Refusals: `code_unknown` (404), `code_expired`, `code_used_up`, `code_redeemed_before` (409),
 * `too_many_wrong_codes` (429), of which an account hears after ten wrong ones in an hour.
 */
export async function redeemCode(
  tx: Queryable,
  account: { readonly platformId: bigint; readonly accountId: bigint },
  text: string,
): Promise<Redemption | Fault> {
  const [row] = await tx.query<{ result: string } & Redemption>(
    `select result, code_id as "codeId", grant_id as "grantId", unit, amount, balance
     from redeem_code($1, $2, decode($3, 'hex'), $4)`,
    [account.platformId, account.accountId, hashCode(text), WRONG_MOST],
  );
  assert(row !== undefined, 'redeem_code answers with one row');
  const { result, ...redemption } = row;
  if (result === 'redeemed') return redemption;
  const [code, status, message] = REFUSALS[result] ?? UNKNOWN;
  return new Fault({
    ...{ code, status, message, param: 'code' },
    ...(status === 429 && { retryAfterSeconds: 3_600 }),
  });
}

const UNKNOWN = [
  'code_unknown',
  404,
  'There is no such code here. Check how it is spelt.',
] as const;
const REFUSALS: Readonly<Record<string, readonly [string, number, string]>> = {
  expired: ['code_expired', 409, 'This code has expired. Ask for a new one.'],
  used_up: ['code_used_up', 409, 'This code has been used as often as it may be.'],
  redeemed_before: ['code_redeemed_before', 409, 'This account has redeemed this code before.'],
  too_many: [
    ...(['too_many_wrong_codes', 429] as const),
    `No code is looked at for the rest of this hour, after ${WRONG_MOST} wrong ones.`,
  ],
};

/** Capitals, spaces and hyphens make no difference. */
function hashCode(text: string): string {
  return hash('sha256', text.toUpperCase().replace(/[^0-9A-Z]/g, ''), 'hex');
}

function codeText(prefix: string, random: Random): string {
  const secret = [...random(SECRET_LENGTH)].map((byte) => ALPHABET[byte & 31]).join('');
  return [prefix.toUpperCase(), ...(secret.match(/.{4}/g) ?? [])].join('-');
}

const previewCode = (text: string) => `${text.split('-')[0]}-...-${text.slice(-4)}`;

async function checkNewCodes(tx: Queryable, codes: NewCodes): Promise<void> {
  const { platformId, count, prefix, unit, amount, maxUses } = codes;
  const isWhole = (value: number, most: number) => value >= 1 && value <= most;
  if (!isWhole(count, CODES_MOST)) throw invalid('count', `Make 1 to ${CODES_MOST} at a time.`);
  if (!/^[A-Za-z0-9]{1,12}$/.test(prefix)) {
    throw invalid('prefix', 'A prefix is 1 to 12 letters and digits.');
  }
  if (amount <= 0n) throw invalid('amount', 'A code gives more than nothing.');
  if (!isWhole(maxUses, 2 ** 31 - 1)) throw invalid('max_uses', 'A code is used once at least.');
  const units = await tx.query('select from unit where platform_id = $1 and code = $2', [
    platformId,
    unit,
  ]);
  if (units.length === 0) throw invalid('unit', `This platform has no unit '${unit}'.`);
}

function invalid(param: string, message: string): Fault {
  return new Fault({ code: 'invalid_code', status: 422, param, message });
}
