import { COMPONENTS, type PriceComponent, type Rational } from '../pricing/index.ts';

/** How one component of a price, in one tier, differs between two versions. */
export interface ComponentChange {
  readonly component: PriceComponent['component'];
  readonly fromContextTokens: bigint;
  readonly fromMonthQuantity: bigint;
  readonly change: 'added' | 'removed' | 'raised' | 'lowered' | 'same';
  readonly before: PriceComponent | undefined;
  readonly after: PriceComponent | undefined;
  /** By how many per cent, exactly, below zero where lowered; undefined where there is no ratio. */
  readonly percent: Rational | undefined;
}

/** Compares two versions component by component, in the order of a bill. */
export function diffPrices(
  before: readonly PriceComponent[],
  after: readonly PriceComponent[],
): ComponentChange[] {
  const olds = new Map(before.map((one) => [placeOf(one), one]));
  const news = new Map(after.map((one) => [placeOf(one), one]));
  const places = new Set([...olds.keys(), ...news.keys()]);
  return [...places].map((place) => compare(olds.get(place), news.get(place))).sort(inOrder);
}

const placeOf = (one: PriceComponent) =>
  `${one.component} ${one.fromContextTokens} ${one.fromMonthQuantity ?? 0n}`;

function compare(
  before: PriceComponent | undefined,
  after: PriceComponent | undefined,
): ComponentChange {
  const {
    component,
    fromContextTokens,
    fromMonthQuantity = 0n,
  } = (after ?? before) as PriceComponent;
  const place = { component, fromContextTokens, fromMonthQuantity, before, after };
  if (before === undefined) return { ...place, change: 'added', percent: undefined };
  if (after === undefined) return { ...place, change: 'removed', percent: undefined };
  const old = before.amount * after.per;
  const difference = after.amount * before.per - old;
  const change = difference > 0n ? 'raised' : difference < 0n ? 'lowered' : 'same';
  const percent = old === 0n ? undefined : { numerator: difference * 100n, denominator: old };
  return { ...place, change, percent };
}

function inOrder(one: ComponentChange, other: ComponentChange): number {
  const place = ({ component }: ComponentChange) => COMPONENTS.indexOf(component);
  const steps = [
    BigInt(place(one) - place(other)),
    one.fromContextTokens - other.fromContextTokens,
    one.fromMonthQuantity - other.fromMonthQuantity,
  ];
  return Number(steps.find((step) => step !== 0n) ?? 0n);
}
