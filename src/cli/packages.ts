import type { Command } from 'commander';
import { createPackage, listPackages, type Package, type Prices } from '../catalog/index.ts';
import { formatAmount, formatRowId } from '../kernel/index.ts';
import { listUnits, type Platform, unitNamed } from '../tenants/index.ts';
import { addNoun, answers, type Shell } from './answer.ts';
import { addPrice, pricesJson, pricesText } from './plan-terms.ts';
import { PLATFORM_FLAG, requirePlatform } from './require.ts';
import { fields, table } from './table.ts';
import { readAmount, wholeNumber } from './values.ts';

interface CreateOptions {
  readonly platform: string;
  readonly slug: string;
  readonly name: string;
  readonly amount: string;
  readonly unit: string;
  readonly bonus?: string;
  readonly price?: Prices;
  readonly sortOrder?: number;
}

/** `farebox packages` */
export function addPackages(program: Command, shell: Shell): void {
  const noun = addNoun(program, 'packages', 'amounts for sale, with what comes on top');
  addCreate(noun, shell);
  addList(noun, shell);
}

function addCreate(noun: Command, shell: Shell): void {
  const command = noun
    .command('create')
    .description('offer a package')
    .requiredOption(...PLATFORM_FLAG)
    .requiredOption('--slug <slug>', 'small letters, digits and hyphens')
    .requiredOption('--name <name>', 'what people read')
    .requiredOption('--amount <decimal>', 'how much it is, in whole units')
    .requiredOption('--unit <code>', 'of what')
    .option('--bonus <decimal>', 'what comes on top for nothing')
    .option('--price <currency:amount>', "in the currency's smallest part: USD:900", addPrice)
    .option('--sort-order <number>', 'its place among them', wholeNumber(-1_000_000, 1_000_000));
  answers<CreateOptions>(shell, command, async (task) => {
    const {
      instance: { db, ids },
      options,
      perform,
    } = task;
    const platform = await requirePlatform(db, options.platform);
    const { slug, name, bonus, price: prices, sortOrder } = options;
    const unit = unitNamed(await listUnits(db, platform.id), options.unit);
    const { json, made } = await perform(async (tx) => {
      const created = await createPackage(tx, ids, {
        ...{ platformId: platform.id, slug, name, unit: unit.code, prices, sortOrder },
        amount: readAmount(options.amount, unit, 'amount'),
        bonus: bonus === undefined ? undefined : readAmount(bonus, unit, 'bonus'),
      });
      const after = packageJson(platform, created);
      const act = { platformId: platform.id, action: 'package.create', subject: after.id, after };
      return { act, json: after, made: created };
    });
    return { json, text: fields({ ...json, prices: pricesText(made.prices) }) };
  });
}

function addList(noun: Command, shell: Shell): void {
  const command = noun
    .command('list')
    .description("show a platform's packages")
    .requiredOption(...PLATFORM_FLAG);
  answers<{ platform: string }>(shell, command, async ({ instance: { db }, options }) => {
    const platform = await requirePlatform(db, options.platform);
    const packages = await listPackages(db, platform.id);
    const data = packages.map((one) => packageJson(platform, one));
    const rows = packages.map((one, n) => [
      ...[one.slug, one.name, data[n]?.amount, data[n]?.bonus, one.unit, pricesText(one.prices)],
      one.active,
    ]);
    const headings = ['slug', 'name', 'amount', 'bonus', 'unit', 'prices', 'offered'];
    return { json: { data }, text: table(headings, rows, 'No packages.') };
  });
}

function packageJson(platform: Platform, one: Package) {
  return {
    id: formatRowId('pkg', one.id),
    platform: platform.slug,
    slug: one.slug,
    name: one.name,
    unit: one.unit,
    amount: formatAmount(one.amount, one.scale),
    bonus: formatAmount(one.bonus, one.scale),
    prices: pricesJson(one.prices),
    sort_order: one.sortOrder,
    active: one.active,
    created_at: one.createdAt.toISOString(),
  };
}
