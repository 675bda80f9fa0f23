import type { z } from '@hono/zod-openapi';
import {
  changePackage,
  createPackage,
  findPackage,
  listPackages,
  type Package,
  type PackageTerms,
  packageNotFound,
} from '../../../catalog/index.ts';
import type { Queryable } from '../../../db/index.ts';
import { formatAmount, formatRowId, parseRowId, type Unit } from '../../../kernel/index.ts';
import { listUnits, unitNamed } from '../../../tenants/index.ts';
import { readAmount } from '../limits.ts';
import type { Manage } from '../manage.ts';
import { priceSetBody, readPriceSet } from '../price-set.ts';
import * as contract from './contract.ts';

export function mountPackages(manage: Manage): void {
  const { ids } = manage.parts;

  manage.mount(contract.listPackages, async (c, { tx, platformId, role }) => {
    const packages = await listPackages(tx, platformId, role === 'customer' ? 'active' : 'all');
    return c.json({ object: 'list' as const, data: packages.map(packageBody) }, 200);
  });

  manage.mount(contract.createPackage, async (c, act) => {
    const { tx, platformId } = act;
    const { slug, name, unit: code, amount, ...given } = c.req.valid('json');
    const unit = unitNamed(await listUnits(tx, platformId), code);
    const made = await createPackage(tx, ids, {
      ...{ platformId, slug, name, unit: code, amount: readAmount(amount, unit, 'amount') },
      ...readTerms(given, unit),
    });
    const after = packageBody(made);
    await act.record({ action: 'package.create', subject: after.id, after });
    return c.json(after, 201);
  });

  manage.mount(contract.getPackage, async (c, { tx, platformId }) => {
    const found = await requirePackage(tx, platformId, c.req.valid('param').package);
    return c.json(packageBody(found), 200);
  });

  manage.mount(contract.updatePackage, async (c, act) => {
    const { tx, platformId } = act;
    const found = await requirePackage(tx, platformId, c.req.valid('param').package);
    const { name, amount, ...given } = c.req.valid('json');
    const unit = { code: found.unit, scale: found.scale };
    const changed = await changePackage(tx, platformId, found.id, {
      ...{ name, ...readTerms(given, unit) },
      amount: amount === undefined ? undefined : readAmount(amount, unit, 'amount'),
    });
    const [before, after] = [packageBody(found), packageBody(changed)];
    await act.record({ action: 'package.update', subject: after.id, before, after });
    return c.json(after, 200);
  });
}

/** The package with that slug or id. Fault: `package_not_found` (404). */
export async function requirePackage(
  tx: Queryable,
  platformId: bigint,
  text: string,
): Promise<Package> {
  const found = await findPackage(tx, platformId, parseRowId('pkg', text) ?? text);
  if (found === undefined) throw packageNotFound();
  return found;
}

type Given = Omit<
  z.output<
    (typeof contract.updatePackage)['request']['body']['content']['application/json']['schema']
  >,
  'name' | 'amount'
>;

const readTerms = (
  { bonus, prices, active, sort_order }: Given,
  unit: Unit,
): Omit<PackageTerms, 'name' | 'amount'> => ({
  ...{ active, sortOrder: sort_order, prices: readPriceSet(prices) },
  bonus: bonus === undefined ? undefined : readAmount(bonus, unit, 'bonus'),
});

function packageBody(one: Package): z.input<typeof contract.Package> {
  const [amount, bonus] = [formatAmount(one.amount, one.scale), formatAmount(one.bonus, one.scale)];
  return {
    id: formatRowId('pkg', one.id),
    object: 'package',
    slug: one.slug,
    name: one.name,
    active: one.active,
    unit: one.unit,
    amount: Number(amount),
    amount_exact: amount,
    bonus: Number(bonus),
    bonus_exact: bonus,
    prices: priceSetBody(one.prices),
    sort_order: one.sortOrder,
    created_at: one.createdAt.toISOString(),
  };
}
