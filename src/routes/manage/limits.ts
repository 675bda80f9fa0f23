import { z } from '@hono/zod-openapi';
import { Fault, formatAmount, parseAmount, type Unit } from '../../kernel/index.ts';
import {
  isBudget,
  LIMIT_NAMES,
  type LimitChanges,
  type LimitName,
  type Limits,
} from '../../ledger/index.ts';

const Count = z.int().min(1).max(999_999_999_999_999);

/** An amount as it is given: an exact decimal, as a text or as a number that is written so. */
export const GivenAmount = z
  .union([z.string().max(40), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^-?\d{1,20}(\.\d{1,12})?$/, 'an exact decimal such as "12.50"'));

const shape = <S extends z.ZodType, T extends z.ZodType>(count: S, budget: T) => ({
  requests_per_minute: count,
  requests_per_day: count,
  requests_per_month: count,
  tokens_per_minute: count,
  tokens_per_day: count,
  tokens_per_month: count,
  concurrent_requests: count,
  budget_per_day: budget,
  budget_per_month: budget,
  budget_total: budget,
});

/** Limits as answers have them; those that are absent do not limit. */
export const ShownLimits = z
  .object(shape(Count, z.string().describe("Exact, in the platform's default unit.")))
  .partial()
  .openapi('Limits');

/** Limits to set; null takes one away, and the others stay. */
export const GivenLimits = z
  .object(shape(Count.nullable(), GivenAmount.nullable()))
  .partial()
  .strict()
  .describe('Limits to set; null takes one away, and what is not given stays.');

/** Writes limits; budgets are amounts in the platform's default unit. */
export function limitsBody(limits: Limits, { scale }: Unit): z.input<typeof ShownLimits> {
  return Object.fromEntries(
    LIMIT_NAMES.flatMap((name) => {
      const limit = limits[name];
      if (limit === undefined) return [];
      return [[name, isBudget(name) ? formatAmount(limit, scale) : Number(limit)]];
    }),
  );
}

/** Reads limits to set. Fault: `invalid_amount` (422) for a budget that the unit cannot count. */
export function readGivenLimits(given: z.output<typeof GivenLimits>, unit: Unit): LimitChanges {
  const entries = Object.entries(given) as [LimitName, number | string | null | undefined][];
  return Object.fromEntries(
    entries
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => {
        if (value === null || value === undefined) return [name, null];
        return [name, isBudget(name) ? readAmount(String(value), unit, name) : BigInt(value)];
      }),
  );
}

/** Reads an amount of a unit. Fault: `invalid_amount` (422). */
export function readAmount(text: string, { code, scale }: Unit, param: string): bigint {
  const amount = parseAmount(text, scale);
  if (amount !== undefined) return amount;
  throw new Fault({
    code: 'invalid_amount',
    status: 422,
    param,
    message: `'${text}' is no amount of ${code}, which has ${scale} decimals and 18 digits in all.`,
  });
}
