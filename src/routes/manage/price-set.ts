import { z } from '@hono/zod-openapi';
import type { Prices } from '../../catalog/index.ts';

/** Prices by currency, as they are given and shown: whole numbers, which JSON keeps exact. */
export const PriceSet = z
  .record(z.string().regex(/^[A-Z]{3}$/), z.int().min(1).max(999_999_999_999_999))
  .describe('By currency (ISO 4217), in the currency\'s smallest part: {"USD": 1900} is $19.');

export const priceSetBody = (prices: Prices): Record<string, number> =>
  Object.fromEntries(Object.entries(prices).map(([code, amount]) => [code, Number(amount)]));

/** Reads prices that were given; undefined for none. */
export const readPriceSet = (given: z.output<typeof PriceSet> | undefined): Prices | undefined =>
  given === undefined
    ? undefined
    : Object.fromEntries(Object.entries(given).map(([code, amount]) => [code, BigInt(amount)]));
