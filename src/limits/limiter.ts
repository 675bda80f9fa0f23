import type { Queryable } from '../db/index.ts';
import { assert, Fault, type Unit } from '../kernel/index.ts';
import {
  type Counter,
  type HoldResult,
  isBudget,
  type MinuteCounter,
  readMinuteCounter,
} from '../ledger/index.ts';
import { createCalendar } from './calendar.ts';
import { rateLimitHeaders, statesOf } from './rate-limit-headers.ts';
import { limitFault } from './refusal.ts';
import type { Rule } from './rules.ts';
import { untilRoomMs } from './sliding-minute.ts';

/** A call that its rules were asked about, the claims of the hold being those of `rules`. */
export interface LimitedCall {
  readonly rules: readonly Rule[];
  readonly tokens: bigint;
  readonly keyId: bigint;
  readonly walletId: bigint;
  /** Where days and months begin. */
  readonly timeZone: string;
  /** The least that the call may cost, in the price's unit. */
  readonly minimum: bigint;
  readonly unit: Unit;
}

/** Tells callers of their limits. The hold has decided; nothing is decided here. */
export interface Limiter {
  /** The rate limit headers of an admitted call; none when it has no limits. */
  headers(call: LimitedCall, result: HoldResult): Record<string, string>;
  /** Why a limit refused a call, and when to come back: the Faults of `limitFault`. */
  refusal(call: LimitedCall, result: HoldResult): Promise<Fault>;
}

/** `db` is read only for the moment at which a sliding minute has room again. */
export function createLimiter({ db }: { readonly db: Queryable }): Limiter {
  const calendar = createCalendar();
  const readOnce = shareReads(db);

  const states = ({ rules, timeZone }: LimitedCall, { remaining, at }: HoldResult) =>
    statesOf(rules, remaining, at, { calendar, timeZone });

  async function roomInMs(rule: Rule, call: LimitedCall): Promise<number> {
    if (rule.window !== 'minute') return 0;
    const ofKey = rule.source === 'key';
    const counter = await readOnce(rule.counter, ofKey ? call.keyId : call.walletId);
    assert(counter !== undefined, 'keys and wallets are never deleted');
    const amount = rule.name === 'tokens_per_minute' ? call.tokens : 1n;
    return amount > rule.cap ? 0 : untilRoomMs(counter, amount, rule.cap);
  }

  return {
    headers: (call, result) =>
      call.rules.length === 0 ? {} : rateLimitHeaders(states(call, result)),
    refusal: async (call, result) => {
      const rule = call.rules.find(({ counter }) => counter === result.refusedClaim?.counter);
      assert(rule !== undefined, 'a limit that refuses is one of the rules that were asked');
      const { tokens, minimum, unit } = call;
      return limitFault({
        ...{ rule, tokens, minimum, unit, at: result.at },
        states: states(call, result),
        roomInMs: await roomInMs(rule, call),
      });
    },
  };
}

type MinuteCounterName = Parameters<typeof readMinuteCounter>[1];

/** Callers that are refused together read a counter together: a flood costs one query a batch. */
function shareReads(db: Queryable) {
  const pending = new Map<string, Promise<MinuteCounter | undefined>>();
  return (counter: Counter, ownerId: bigint): Promise<MinuteCounter | undefined> => {
    const key = `${counter} ${ownerId}`;
    const asked = pending.get(key);
    if (asked !== undefined) return asked;
    const answer = readMinuteCounter(db, counter as MinuteCounterName, ownerId);
    pending.set(key, answer);
    const forget = () => pending.delete(key);
    answer.then(forget, forget);
    return answer;
  };
}

/**
 * The rules that go for a call paid in a unit. Budgets are amounts of the default unit: those of an
 * account and its plan go for the wallet in that unit, which has counters of its own. A key's
 * counters are one for all units, so a key with a budget pays in the default unit only. Fault:
 * `unit_not_allowed` (403).
 */
export function rulesInUnit(
  rules: readonly Rule[],
  unit: string,
  defaultUnit: string,
): readonly Rule[] {
  if (unit === defaultUnit) return rules;
  const [ofKey] = rules.filter(({ source, name }) => source === 'key' && isBudget(name));
  if (ofKey === undefined) return rules.filter(({ name }) => !isBudget(name));
  throw new Fault({
    code: 'unit_not_allowed',
    status: 403,
    message:
      `This key has a budget in ${defaultUnit}, and this model is paid in ${unit}. ` +
      'Use a key without a budget for it.',
  });
}
