import {
  type Claim,
  type Counter,
  counterOf,
  LIMIT_NAMES,
  type LimitName,
  type Limits,
} from '../ledger/index.ts';

/** Where a limit was set. */
export type RuleSource = 'key' | 'account' | 'plan';

/** Over which time a rule counts: `open` counts what is under way now. */
export type RuleWindow = 'minute' | 'day' | 'month' | 'total' | 'open';

/** One limit that goes for a caller, with all that follows from it: every call asks for that. */
export interface Rule {
  readonly source: RuleSource;
  readonly name: LimitName;
  readonly counter: Counter;
  readonly cap: bigint;
  readonly window: RuleWindow;
  readonly counts: 'requests' | 'tokens' | 'spent';
  /** Its name in the headers of the IETF's draft: `key-requests-per-minute`. */
  readonly policy: string;
  /** How the draft's header of policies begins to tell it: `"key-requests-per-minute";q=600`. */
  readonly quota: string;
}

/** The limits of a key, of its account, and of the plan that the account is on. */
export type RuleSets = Readonly<Record<RuleSource, Limits>>;

/**
 * All limits that go for a caller, in the order in which they are asked: those that last longest
 * first, so that nobody is told to wait a second for what is used up until next month. Each counter
 * is named once: account and plan count the same, and the lesser of two caps is the limit.
 */
export function rulesOf(sets: RuleSets): readonly Rule[] {
  return LIMIT_NAMES.flatMap((name) => [
    ...least([ruleOf(sets, 'key', name)]),
    ...least([ruleOf(sets, 'account', name), ruleOf(sets, 'plan', name)]),
  ]);
}

function ruleOf(sets: RuleSets, source: RuleSource, name: LimitName): Rule | undefined {
  const cap = sets[source][name];
  if (cap === undefined) return undefined;
  const owner = source === 'key' ? 'key' : 'account';
  const counted = counterOf(name);
  const [window, counts] = counted.split('.') as [RuleWindow, Rule['counts']];
  const policy = `${source}-${name.replaceAll('_', '-')}`;
  const quota = `"${policy}";q=${cap}`;
  return { source, name, counter: `${owner}.${counted}`, cap, window, counts, policy, quota };
}

/** The rule with the least cap, the first one among equals; none when there is none. */
function least(rules: readonly (Rule | undefined)[]): Rule[] {
  let found: Rule | undefined;
  for (const rule of rules) {
    if (rule !== undefined && (found === undefined || rule.cap < found.cap)) found = rule;
  }
  return found === undefined ? [] : [found];
}

/** What the hold must check for a call that may use so many tokens: a claim for each rule. */
export function claimsFor(rules: readonly Rule[], tokens: bigint): readonly Claim[] {
  return rules.map((rule) => ({
    counter: rule.counter,
    amount: amountOf(rule, tokens),
    cap: rule.cap,
  }));
}

/** What a call adds to a rule's counter; a budget's is decided by the hold itself. */
export function amountOf(rule: Rule, tokens: bigint): bigint {
  switch (rule.counts) {
    case 'tokens':
      return tokens;
    case 'requests':
      return 1n;
    case 'spent':
      return 0n;
  }
}

/** The most tokens that a single call can ever have under these rules; undefined: no bound. */
export function tokensAtMost(rules: readonly Rule[]): bigint | undefined {
  let most: bigint | undefined;
  for (const rule of rules) {
    if (rule.counts === 'tokens' && (most === undefined || rule.cap < most)) most = rule.cap;
  }
  return most;
}
