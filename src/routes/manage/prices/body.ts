import { z } from '@hono/zod-openapi';
import type {
  ComponentChange,
  PriceDraft,
  PriceKind,
  PublishedVersion,
} from '../../../catalog/index.ts';
import { formatAmount, formatRowId, type Unit } from '../../../kernel/index.ts';
import {
  COMPONENTS,
  formatDecimal,
  type PriceComponent,
  type Rational,
  type Tiering,
} from '../../../pricing/index.ts';
import { Instant } from '../fields.ts';
import { GivenAmount, readAmount } from '../limits.ts';

const Quantity = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** A component as it is given. */
export const GivenComponent = z
  .object({
    component: z.enum(COMPONENTS),
    amount: GivenAmount.describe('What so many cost, in whole units: an exact decimal.'),
    per: Quantity.min(1).default(1).describe('How many are counted for that.'),
    from_context_tokens: Quantity.default(0).describe('For calls with so many input tokens.'),
    from_month_quantity: Quantity.default(0).describe(
      'For what an account uses beyond this quantity in a month; takes a `tiering`.',
    ),
  })
  .strict();

const Amount = {
  amount: z.number().describe('In whole units; the nearest number.'),
  amount_exact: z.string(),
  per: z.number(),
};

export const Component = z
  .object({
    component: z.enum(COMPONENTS),
    ...Amount,
    from_context_tokens: z.number(),
    from_month_quantity: z.number(),
  })
  .openapi('PriceComponent');

export const KINDS = ['sale', 'cost'] as const satisfies readonly PriceKind[];
export const TIERINGS = ['graduated', 'volume'] as const satisfies readonly Tiering[];

/** What a version and a draft have in common. */
const terms = {
  product: z.string().describe('The id of the product.'),
  product_slug: z.string(),
  kind: z.enum(KINDS).describe('What customers pay, or what the provider takes for it.'),
  unit: z.string(),
  tiering: z.enum(TIERINGS).nullable(),
  components: z.array(Component),
  source: z.string(),
  note: z.string().nullable(),
};

export const Price = z
  .object({
    id: z.string(),
    object: z.literal('price'),
    ...terms,
    version: z.int(),
    status: z.enum(['scheduled', 'current', 'ended', 'withdrawn']),
    valid_from: Instant,
    valid_until: Instant.nullable(),
  })
  .openapi('Price');

export const Draft = z
  .object({
    id: z.string(),
    object: z.literal('price_draft'),
    ...terms,
    created_at: Instant,
    changed_at: Instant,
  })
  .openapi('PriceDraft');

const Side = z.object(Amount).nullable();

export const Diff = z
  .object({
    object: z.literal('price_diff'),
    from: z.string().nullable().describe('The id of what is compared; null where nothing is.'),
    to: z.string(),
    changes: z.array(
      z.object({
        component: z.enum(COMPONENTS),
        from_context_tokens: z.number(),
        from_month_quantity: z.number(),
        change: z.enum(['added', 'removed', 'raised', 'lowered', 'same']),
        before: Side,
        after: Side,
        percent: z.number().nullable().describe('How much dearer; below zero: cheaper.'),
        percent_exact: z
          .string()
          .nullable()
          .describe('The same, exact: a decimal, or a fraction where that has no end.'),
      }),
    ),
  })
  .openapi('PriceDiff');

/** Reads components, their amounts in whole units. Fault: `invalid_amount` (422). */
export function readComponents(
  given: readonly z.output<typeof GivenComponent>[],
  unit: Unit,
): PriceComponent[] {
  return given.map((one) => ({
    component: one.component,
    fromContextTokens: BigInt(one.from_context_tokens),
    fromMonthQuantity: BigInt(one.from_month_quantity),
    amount: readAmount(one.amount, unit, 'components'),
    per: BigInt(one.per),
  }));
}

function amountBody({ amount, per }: PriceComponent, scale: number) {
  const exact = formatAmount(amount, scale);
  return { amount: Number(exact), amount_exact: exact, per: Number(per) };
}

function termsBody(price: PublishedVersion | PriceDraft) {
  return {
    product: formatRowId('prd', price.productId),
    product_slug: price.product,
    kind: price.kind,
    unit: price.unit,
    tiering: price.tiering,
    components: price.components.map((one) => ({
      component: one.component,
      ...amountBody(one, price.scale),
      from_context_tokens: Number(one.fromContextTokens),
      from_month_quantity: Number(one.fromMonthQuantity ?? 0n),
    })),
    source: price.source,
    note: price.note,
  };
}

export function priceBody(price: PublishedVersion): z.input<typeof Price> {
  return {
    id: formatRowId('prc', price.id),
    object: 'price',
    ...termsBody(price),
    version: price.version,
    status: price.status,
    valid_from: price.validFrom.toISOString(),
    valid_until: price.validUntil?.toISOString() ?? null,
  };
}

export function draftBody(draft: PriceDraft): z.input<typeof Draft> {
  return {
    id: formatRowId('pdr', draft.id),
    object: 'price_draft',
    ...termsBody(draft),
    created_at: draft.createdAt.toISOString(),
    changed_at: draft.changedAt.toISOString(),
  };
}

export function diffBody(
  from: string | null,
  to: string,
  changes: readonly ComponentChange[],
  scale: number,
): z.input<typeof Diff> {
  const side = (one: PriceComponent | undefined) =>
    one === undefined ? null : amountBody(one, scale);
  return {
    object: 'price_diff',
    from,
    to,
    changes: changes.map((one) => ({
      component: one.component,
      from_context_tokens: Number(one.fromContextTokens),
      from_month_quantity: Number(one.fromMonthQuantity),
      change: one.change,
      before: side(one.before),
      after: side(one.after),
      percent: one.percent === undefined ? null : nearest(one.percent),
      percent_exact: one.percent === undefined ? null : exactOf(one.percent),
    })),
  };
}

/** A fraction as a decimal, or as itself in lowest terms where that has no end. */
export function exactOf(value: Rational): string {
  return formatDecimal(value) ?? formatFraction(value);
}

function formatFraction({ numerator, denominator }: Rational): string {
  let [a, b] = [numerator < 0n ? -numerator : numerator, denominator];
  while (b > 0n) [a, b] = [b, a % b];
  return `${numerator / a}/${denominator / a}`;
}

/** The nearest number to six decimals. */
export function nearest({ numerator, denominator }: Rational): number {
  return Number((numerator * 1_000_000n) / denominator) / 1_000_000;
}
