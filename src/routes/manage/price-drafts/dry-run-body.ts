import { z } from '@hono/zod-openapi';
import { type Amount, formatAmount, formatRowId } from '../../../kernel/index.ts';
import type { AccountChange, ProductSums, Repriced } from '../../../metering/index.ts';
import { Instant } from '../fields.ts';

const amount = (name: string, what: string) => ({
  [name]: z.number().describe(`${what}; the nearest number.`),
  [`${name}_exact`]: z.string(),
});

const Sums = z.object({
  product: z.string(),
  unit: z.string(),
  calls: z.int(),
  ...amount('revenue_then', 'By the prices that the calls were made at'),
  ...amount('revenue_now', 'By the drafts'),
  not_priced: z.int().describe('Calls that a draft has no component for: they would fail.'),
  calls_with_cost: z.int().describe('Calls whose cost is known; the margin is of these alone.'),
  ...amount('cost_then', 'What they cost the seller'),
  ...amount('cost_now', 'What they would cost'),
  ...amount('margin_then', 'Revenue less cost'),
  ...amount('margin_now', 'Revenue less cost, by the drafts'),
});

const Account = z.object({
  account: z.string(),
  unit: z.string(),
  ...amount('before', 'What its calls came to'),
  ...amount('after', 'What they would come to'),
  ...amount('difference', 'How much more; below zero: less'),
});

export const DryRun = z
  .object({
    object: z.literal('price_dry_run'),
    from: Instant,
    until: Instant,
    products: z.array(Sums),
    accounts_up: z.array(Account).describe('Who would pay most more, up to 20 in each unit.'),
    accounts_down: z.array(Account).describe('Who would pay most less.'),
  })
  .openapi('PriceDryRun');

const MarginOf = z.object({
  product: z.string(),
  unit: z.string(),
  calls: z.int(),
  ...amount('revenue', 'What was charged'),
  calls_with_cost: z.int().describe('Calls whose cost is known; the margin is of these alone.'),
  ...amount('cost', 'What they cost the seller'),
  ...amount('margin', 'Revenue less cost'),
});

export const Margin = z
  .object({
    object: z.literal('margin'),
    from: Instant,
    until: Instant,
    products: z.array(MarginOf),
  })
  .openapi('Margin');

type Shown<N extends string> = Record<N, number> & Record<`${N}_exact`, string>;

function shown<N extends string>(name: N, value: Amount, scale: number): Shown<N> {
  const exact = formatAmount(value, scale);
  return { [name]: Number(exact), [`${name}_exact`]: exact } as Shown<N>;
}

type Scales = ReadonlyMap<string, number>;
const scaleIn = (scales: Scales, unit: string) => scales.get(unit) ?? 0;

export function dryRunBody({ products, up, down }: Repriced, from: Date, until: Date, s: Scales) {
  return {
    object: 'price_dry_run' as const,
    from: from.toISOString(),
    until: until.toISOString(),
    products: products.map((sums) => sumsBody(sums, scaleIn(s, sums.unit))),
    accounts_up: up.map((one) => accountBody(one, scaleIn(s, one.unit))),
    accounts_down: down.map((one) => accountBody(one, scaleIn(s, one.unit))),
  };
}

function sumsBody(sums: ProductSums, scale: number) {
  return {
    product: formatRowId('prd', sums.productId),
    unit: sums.unit,
    calls: sums.calls,
    ...shown('revenue_then', sums.priceThen, scale),
    ...shown('revenue_now', sums.priceNow, scale),
    not_priced: sums.notPriced,
    calls_with_cost: sums.costed,
    ...shown('cost_then', sums.costThen, scale),
    ...shown('cost_now', sums.costNow, scale),
    ...shown('margin_then', sums.priceThenOfCosted - sums.costThen, scale),
    ...shown('margin_now', sums.priceNowOfCosted - sums.costNow, scale),
  };
}

function accountBody({ accountId, unit, before, after }: AccountChange, scale: number) {
  return {
    account: formatRowId('acc', accountId),
    unit,
    ...shown('before', before, scale),
    ...shown('after', after, scale),
    ...shown('difference', after - before, scale),
  };
}

export function marginBody({ products }: Repriced, from: Date, until: Date, scales: Scales) {
  return {
    object: 'margin' as const,
    from: from.toISOString(),
    until: until.toISOString(),
    products: products.map((sums) => {
      const scale = scaleIn(scales, sums.unit);
      return {
        product: formatRowId('prd', sums.productId),
        unit: sums.unit,
        calls: sums.calls,
        ...shown('revenue', sums.charged, scale),
        calls_with_cost: sums.costed,
        ...shown('cost', sums.costThen, scale),
        ...shown('margin', sums.chargedOfCosted - sums.costThen, scale),
      };
    }),
  };
}
