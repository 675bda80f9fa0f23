import { type Command, InvalidArgumentError } from 'commander';
import { formatAmount, type Unit } from '../kernel/index.ts';
import { isBudget, type LimitChanges, type LimitName, type Limits } from '../ledger/index.ts';
import { readAmount, wholeNumber } from './values.ts';

/** Each limit's flag is its name with hyphens; this is what its help says. */
const MEANINGS: Readonly<Record<LimitName, string>> = {
  requests_per_minute: 'calls in a sliding minute',
  requests_per_day: 'calls in a day',
  requests_per_month: 'calls in a month',
  tokens_per_minute: 'tokens in a sliding minute',
  tokens_per_day: 'tokens in a day',
  tokens_per_month: 'tokens in a month',
  concurrent_requests: 'calls under way at once',
  budget_per_day: "what may be spent in a day, in the platform's default unit",
  budget_per_month: 'what may be spent in a month',
  budget_total: 'what may be spent in all',
};
const NAMES = Object.keys(MEANINGS) as LimitName[];
const COUNT_MAX = 10 ** 15 - 1;
/** Takes a limit away. */
const NONE = 'none';

/** What the flags gave: by attribute, as in `requestsPerMinute`. */
export type LimitFlags = Readonly<Record<string, unknown>>;

/** Gives a command a flag for each limit; `none` takes a limit away. */
export function withLimitFlags(command: Command): Command {
  for (const name of NAMES) {
    const kind = isBudget(name) ? 'decimal' : 'number';
    const read: (text: string) => unknown = isBudget(name) ? readDecimal : readCount;
    command.option(`--${name.replaceAll('_', '-')} <${kind}>`, MEANINGS[name], read);
  }
  return command;
}

/** What the flags change. Fault `invalid_amount` (422) for a budget with too many decimals. */
export function readLimitFlags(flags: LimitFlags, unit: Unit): LimitChanges {
  const changes: Partial<Record<LimitName, bigint | null>> = {};
  for (const name of NAMES) {
    const given = flags[attributeOf(name)] as bigint | string | undefined;
    if (given === NONE) changes[name] = null;
    else if (typeof given === 'string') changes[name] = readAmount(given, unit, name);
    else if (given !== undefined) changes[name] = given;
  }
  return changes;
}

/** Limits as a document has them: counts are numbers, budgets exact decimal strings. */
export function limitsJson(limits: Limits, { scale }: Unit): Record<string, number | string> {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const limit = limits[name];
      if (limit === undefined) return [];
      return [[name, isBudget(name) ? formatAmount(limit, scale) : Number(limit)]];
    }),
  );
}

/** The same on one line, for people. */
export function limitsText(limits: Limits, unit: Unit): string {
  return Object.entries(limitsJson(limits, unit))
    .map(([name, limit]) => `${name}=${limit}`)
    .join(' ');
}

// A flag's value cannot be null: commander would make it ''.
function readCount(text: string): bigint | string {
  return text === NONE ? NONE : BigInt(wholeNumber(1, COUNT_MAX)(text));
}

function readDecimal(text: string): string {
  if (text === NONE || /^\d+(\.\d+)?$/.test(text)) return text;
  throw new InvalidArgumentError("Give an amount such as 12.5, or 'none'.");
}

/** As commander names the flag's value. */
function attributeOf(name: LimitName): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
