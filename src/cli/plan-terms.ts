import { type Command, InvalidArgumentError } from 'commander';
import {
  ALLOWANCE_WINDOWS,
  type Allowance,
  type NewAllowance,
  type Plan,
  type PlanTerms,
  type Prices,
} from '../catalog/index.ts';
import { formatAmount, type Unit } from '../kernel/index.ts';
import { unitNamed } from '../tenants/index.ts';
import { addText, readAmount, wholeNumber } from './values.ts';

/** What the flags of a plan's terms gave. */
export interface TermFlags {
  readonly allowance?: readonly GivenAllowance[];
  readonly price?: Prices;
  readonly feature?: readonly string[];
  readonly keyCount?: number;
  readonly trialDays?: number;
  readonly graceDays?: number;
  readonly sortOrder?: number;
  readonly default?: boolean;
  readonly active?: boolean;
}

interface GivenAllowance {
  readonly amount: string;
  readonly unit: string;
  readonly per: NewAllowance['per'];
}

/** Gives a command the flags of a plan's terms beside its limits. */
export function withTermFlags(command: Command): Command {
  return command
    .option('--allowance <amount:unit:per>', 'what it gives per day, month, period or once', add)
    .option('--price <currency:amount>', "by the month, in the currency's smallest part", addPrice)
    .option('--feature <name>', 'what it opens beside calls', addText)
    .option('--key-count <number>', 'so many keys at most', wholeNumber(1, 1_000_000))
    .option('--trial-days <number>', 'so long it may be tried', wholeNumber(0, 365))
    .option('--grace-days <number>', 'so long it goes on unpaid', wholeNumber(0, 365))
    .option(
      '--sort-order <number>',
      'its place among the plans',
      wholeNumber(-1_000_000, 1_000_000),
    )
    .option('--default', 'the plan of every account that is on no other')
    .option('--no-active', 'offer it no more; who is on it stays');
}

/** Reads them. Faults: `unit_unknown`, `invalid_amount` (422). */
export function readTermFlags(flags: TermFlags, units: readonly Unit[]): PlanTerms {
  return {
    ...{ prices: flags.price, features: flags.feature, keyCount: flags.keyCount },
    ...{ trialDays: flags.trialDays, graceDays: flags.graceDays, sortOrder: flags.sortOrder },
    isDefault: flags.default,
    active: flags.active === false ? false : undefined,
    allowances: flags.allowance?.map(({ amount, unit, per }) => ({
      ...{ unit, per, amount: readAmount(amount, unitNamed(units, unit), 'allowance') },
    })),
  };
}

/** A plan's terms as a document has them. */
export function termsJson(plan: Plan) {
  return {
    allowances: plan.allowances.map(({ unit, per, amount, scale }) => ({
      ...{ unit, per, amount: formatAmount(amount, scale) },
    })),
    prices: pricesJson(plan.prices),
    features: plan.features,
    key_count: plan.keyCount,
    trial_days: plan.trialDays,
    grace_days: plan.graceDays,
    sort_order: plan.sortOrder,
    default: plan.isDefault,
    active: plan.active,
  };
}

/** Prices as a document has them: whole numbers of each currency's smallest part. */
export const pricesJson = (prices: Prices): Record<string, number> =>
  Object.fromEntries(Object.entries(prices).map(([code, amount]) => [code, Number(amount)]));

/** The same on one line, for people. */
export const pricesText = (prices: Prices): string =>
  Object.entries(prices)
    .map(([code, amount]) => `${code}:${amount}`)
    .join(' ');

/** Allowances on one line, for people. */
export const allowancesText = (allowances: readonly Allowance[]): string =>
  allowances
    .map(({ unit, per, amount, scale }) => `${formatAmount(amount, scale)}:${unit}:${per}`)
    .join(' ');

/** Reads CURRENCY:AMOUNT and adds it to those that were given before. */
export function addPrice(text: string, earlier: Prices = {}): Prices {
  const [, code, amount] = /^([A-Z]{3}):([1-9]\d{0,14})$/.exec(text) ?? [];
  if (code !== undefined) return { ...earlier, [code]: BigInt(amount ?? 0) };
  throw new InvalidArgumentError('Give a currency and a whole number, such as USD:1900 for $19.');
}

function add(text: string, earlier: readonly GivenAllowance[] = []): GivenAllowance[] {
  const [, amount, unit, window] = /^([^:]+):([^:]+):([a-z]+)$/.exec(text) ?? [];
  const per = ALLOWANCE_WINDOWS.find((one) => one === window);
  if (amount !== undefined && unit !== undefined && per !== undefined) {
    return [...earlier, { amount, unit, per }];
  }
  throw new InvalidArgumentError('Give amount, unit and window, such as 1000:token:day.');
}
