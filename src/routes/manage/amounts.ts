import { z } from '@hono/zod-openapi';
import { formatAmount } from '../../kernel/index.ts';

/** An amount in an answer: a number to read, and the same exact for who adds up. */
export const shownAmount = (what: string) => z.number().describe(`${what}; the nearest number.`);
export const ExactAmount = z.string().describe('The same, exact.');

/** Writes an amount under its name and, exact, under `<name>_exact`. */
export function amountFields<N extends string>(name: N, amount: bigint, scale: number) {
  const exact = formatAmount(amount, scale);
  return { [name]: Number(exact), [`${name}_exact`]: exact } as { [K in N]: number } & {
    [K in `${N}_exact`]: string;
  };
}
