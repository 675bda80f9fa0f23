import { AMOUNT_MAX, Fault } from '../kernel/index.ts';
import type { PriceComponent } from '../pricing/index.ts';
import type { NewPrice } from './prices.ts';

type Checked = Pick<NewPrice, 'kind' | 'tiering' | 'components'>;

/** Refuses what could not be priced by: the Fault `price_invalid` (422). */
export function checkPrice(price: Checked): void {
  const problem = problemOf(price);
  if (problem === undefined) return;
  throw new Fault({ code: 'price_invalid', status: 422, param: 'components', message: problem });
}

function problemOf({ kind, tiering, components }: Checked): string | undefined {
  const places = components.map(
    (one) => `${one.component} ${one.fromContextTokens} ${one.fromMonthQuantity ?? 0n}`,
  );
  if (components.length === 0 || new Set(places).size < places.length || !components.every(fits)) {
    return (
      'A price needs at least one component, each with an amount of 0 or more for each 1 or more ' +
      'counted, and each only once in a tier.'
    );
  }
  const isTiered = components.some(({ fromMonthQuantity = 0n }) => fromMonthQuantity > 0n);
  if (tiering === undefined) {
    return isTiered ? 'Components from a month quantity on need a tiering.' : undefined;
  }
  if (kind === 'cost') return 'What a product costs has no tiers by the month.';
  if (components.some(({ fromContextTokens }) => fromContextTokens > 0n)) {
    return 'A price has tiers by the month or by the context, and not both.';
  }
  const begins = (component: string) =>
    components.some((one) => one.component === component && (one.fromMonthQuantity ?? 0n) === 0n);
  return components.every(({ component }) => begins(component))
    ? undefined
    : 'The first tier of each component begins at a month quantity of 0.';
}

function fits(one: PriceComponent): boolean {
  const within = (value: bigint, least: bigint) => value >= least && value <= AMOUNT_MAX;
  const { amount, per, fromContextTokens, fromMonthQuantity = 0n } = one;
  return (
    within(amount, 0n) &&
    within(per, 1n) &&
    within(fromContextTokens, 0n) &&
    within(fromMonthQuantity, 0n)
  );
}
