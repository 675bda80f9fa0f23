import type { Queryable } from '../db/index.ts';
import { type Amount, Fault, type Ids } from '../kernel/index.ts';
import { findOrOpenWallet, grantValue } from '../ledger/index.ts';
import { type Prices, readPrices, writePrices } from './price-set.ts';

/** An amount of a unit for sale, with what comes on top of it for nothing. */
export interface Package {
  readonly id: bigint;
  readonly platformId: bigint;
  readonly slug: string;
  readonly name: string;
  readonly unit: string;
  /** Decimals of the unit. */
  readonly scale: number;
  readonly amount: Amount;
  readonly bonus: Amount;
  readonly prices: Prices;
  readonly sortOrder: number;
  /** Whether it is offered. */
  readonly active: boolean;
  readonly createdAt: Date;
}

/** What may be changed of a package; what is not given stays. What was sold stays as it was. */
export type PackageTerms = {
  readonly [K in 'name' | 'amount' | 'bonus' | 'prices' | 'sortOrder' | 'active']?:
    | Package[K]
    | undefined;
};

export type NewPackage = PackageTerms &
  Pick<Package, 'platformId' | 'slug' | 'name' | 'unit' | 'amount'>;

const COLUMNS = `g.id, g.platform_id as "platformId", g.slug, g.name, g.unit, u.scale, g.amount,
  g.bonus, g.prices, g.sort_order as "sortOrder", g.active, g.created_at as "createdAt"`;
const FROM = 'package g join unit u on (u.platform_id, u.code) = (g.platform_id, g.unit)';
const packageOf = (row: Package): Package => ({ ...row, prices: readPrices(row.prices) });

/**
 * Makes a package. Faults: `package_exists` (409); `invalid_package`, `invalid_price` (422), which
 * name the field.
 */
export async function createPackage(tx: Queryable, ids: Ids, made: NewPackage): Promise<Package> {
  const { platformId, slug, name, unit, amount, ...terms } = made;
  if (!/^[a-z][a-z0-9-]{1,62}$/.test(slug)) {
    throw invalid('slug', 'A slug is 2 to 63 small letters, digits and hyphens.');
  }
  checkTerms(made);
  const units = await tx.query('select from unit where platform_id = $1 and code = $2', [
    platformId,
    unit,
  ]);
  if (units.length === 0) throw invalid('unit', `This platform has no unit '${unit}'.`);
  const id = ids.rowId();
  const rows = await tx.query(
    `insert into package (id, platform_id, slug, name, unit, amount)
     values ($1, $2, $3, $4, $5, $6) on conflict (platform_id, slug) do nothing returning id`,
    [id, platformId, slug, name, unit, amount],
  );
  if (rows.length > 0) return changePackage(tx, platformId, id, terms);
  throw new Fault({
    code: 'package_exists',
    status: 409,
    param: 'slug',
    message: `This platform has a package '${slug}' already. Choose another slug.`,
  });
}

/** Changes what is sold from now on. Faults: `package_not_found` (404), as of `createPackage`. */
export async function changePackage(
  tx: Queryable,
  platformId: bigint,
  packageId: bigint,
  terms: PackageTerms,
): Promise<Package> {
  checkTerms(terms);
  const { name, amount, bonus, prices, sortOrder, active } = terms;
  await tx.query(
    `update package set name = coalesce($3, name), amount = coalesce($4::bigint, amount),
       bonus = coalesce($5::bigint, bonus), prices = coalesce($6::jsonb, prices),
       sort_order = coalesce($7::int, sort_order), active = coalesce($8::boolean, active)
     where platform_id = $1 and id = $2`,
    [
      ...[platformId, packageId, name ?? null, amount ?? null, bonus ?? null],
      ...[prices === undefined ? null : writePrices(prices), sortOrder ?? null, active ?? null],
    ],
  );
  const changed = await findPackage(tx, platformId, packageId);
  if (changed === undefined) throw packageNotFound();
  return changed;
}

/** Finds a package of a platform by its slug or id. */
export async function findPackage(
  db: Queryable,
  platformId: bigint,
  by: string | bigint,
): Promise<Package | undefined> {
  const [row] = await db.query<Package>(
    `select ${COLUMNS} from ${FROM}
     where g.platform_id = $1 and ${typeof by === 'string' ? 'g.slug' : 'g.id'} = $2`,
    [platformId, by],
  );
  return row === undefined ? undefined : packageOf(row);
}

/** A platform's packages in the order in which it shows them, or only those that it offers. */
export async function listPackages(
  db: Queryable,
  platformId: bigint,
  which: 'all' | 'active' = 'all',
): Promise<Package[]> {
  const rows = await db.query<Package>(
    `select ${COLUMNS} from ${FROM} where g.platform_id = $1 and (g.active or $2)
     order by g.sort_order, g.slug`,
    [platformId, which === 'all'],
  );
  return rows.map(packageOf);
}

/** There is no such package on the platform: 404. */
export function packageNotFound(): Fault {
  return new Fault({
    code: 'package_not_found',
    status: 404,
    message: 'There is no such package on this platform.',
  });
}

/** A package that was paid for. */
export interface PaidPackage {
  readonly accountId: bigint;
  /** Names the payment, in at most 200 characters: it is credited once, however often it comes. */
  readonly reference: string;
  /** What was paid, in the currency's smallest part. The purchase keeps it; the bonus carries 0. */
  readonly money: { readonly currency: string; readonly amount: bigint };
  readonly expiresAt?: Date | undefined;
}

/**
 * Puts a package into an account's wallet, as a purchase and a bonus, once per reference. Call it
 * inside a transaction. Faults: `reference_conflict` (409), `already_expired` (422).
 */
export async function creditPackage(
  tx: Queryable,
  ids: Ids,
  sold: Pick<Package, 'platformId' | 'name' | 'unit' | 'amount' | 'bonus'>,
  paid: PaidPackage,
): Promise<{ readonly created: boolean; readonly balance: Amount }> {
  const { platformId, unit } = sold;
  const { accountId, reference, money, expiresAt } = paid;
  const wallet = { walletId: ids.rowId(), platformId, accountId, unit };
  const walletId = await findOrOpenWallet(tx, wallet);
  const grant = { platformId, walletId, priority: 0, expiresAt, reason: sold.name };
  const bought = await grantValue(tx, {
    ...{ ...grant, grantId: ids.rowId(), amount: sold.amount, source: 'purchase', reference },
    money: { unit: money.currency, amount: money.amount },
  });
  if (sold.bonus === 0n) return bought;
  const { balance } = await grantValue(tx, {
    ...{ ...grant, grantId: ids.rowId(), amount: sold.bonus, source: 'bonus' },
    reference: `${reference}:bonus`,
  });
  return { created: bought.created, balance };
}

function checkTerms({ name, amount, bonus }: PackageTerms): void {
  if (name !== undefined && (name.trim() === '' || name.length > 200)) {
    throw invalid('name', 'Give a name of 1 to 200 characters.');
  }
  if (amount !== undefined && amount <= 0n) {
    throw invalid('amount', 'A package is more than nothing.');
  }
  if (bonus !== undefined && bonus < 0n) throw invalid('bonus', 'A bonus is not below zero.');
}

function invalid(param: string, message: string): Fault {
  return new Fault({ code: 'invalid_package', status: 422, param, message });
}
