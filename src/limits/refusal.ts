import { QuotaExceeded } from '../http/index.ts';
import { formatAmount, type Unit } from '../kernel/index.ts';
import { type RuleState, rateLimitHeaders } from './rate-limit-headers.ts';
import { amountOf, type Rule } from './rules.ts';

/** A call that a limit refused. */
export interface RefusedCall {
  /** The rule that the hold named. */
  readonly rule: Rule;
  /** Every rule of the call, as it stood at the refusal. */
  readonly states: readonly RuleState[];
  readonly tokens: bigint;
  /** The least that the call may cost, and the unit of budgets. */
  readonly minimum: bigint;
  readonly unit: Unit;
  readonly at: Date;
  /** For a limit of a minute: when it has room for this call again, if nothing else comes. */
  readonly roomInMs: number;
}

const OWNERS = { key: 'this key', account: 'this account', plan: "this account's plan" };
/** How soon to try again while other calls are under way: nobody knows when they end. */
const CONCURRENCY_RETRY_SECONDS = 1;
/** OpenAI's clients would else repeat a 429, to no avail. */
const HOPELESS = { 'x-should-retry': 'false' };

/** The rule under which the call could never pass, however long it waits. */
export function neverPasses(rules: readonly Rule[], tokens: bigint): Rule | undefined {
  return rules.find((rule) => rule.counts === 'tokens' && tokens > rule.cap);
}

/**
 * Says which limit refused a call, and when a repeat makes sense. Faults: `rate_limit_exceeded`,
 * `concurrency_limit_exceeded`, `quota_exceeded`, `request_exceeds_limit` (429), `budget_exceeded`
 * (402).
 */
export function limitFault(call: RefusedCall): QuotaExceeded {
  const never = neverPasses(
    call.states.map(({ rule }) => rule),
    call.tokens,
  );
  if (never !== undefined) return tooLarge(never, call);
  const { window, counts } = call.rule;
  if (counts === 'spent') return overBudget(call);
  if (window === 'minute') return overMinute(call);
  return window === 'open' ? tooManyAtOnce(call) : overQuota(call);
}

function tooLarge(rule: Rule, call: RefusedCall): QuotaExceeded {
  return new QuotaExceeded({
    code: 'request_exceeds_limit',
    status: 429,
    message:
      `This call may use ${call.tokens} tokens, more than ${limitText(rule)} ` +
      'lets through at all. Shorten the prompt, or set a lower max_tokens.',
    headers: { ...rateLimitHeaders(call.states), ...HOPELESS },
    violatedPolicies: [rule.policy],
  });
}

function overMinute(call: RefusedCall): QuotaExceeded {
  const { rule, roomInMs } = call;
  const seconds = Math.max(1, Math.ceil(roomInMs / 1_000));
  const states = call.states.map((state) =>
    state.rule === rule ? { ...state, resetMs: roomInMs } : state,
  );
  return new QuotaExceeded({
    code: 'rate_limit_exceeded',
    status: 429,
    message: `${usedUp(call)} There is room again in ${seconds} s.`,
    retryAfterSeconds: roomInMs / 1_000,
    headers: { ...rateLimitHeaders(states), 'retry-after-ms': String(Math.max(1, roomInMs)) },
    violatedPolicies: violated(call),
  });
}

function overQuota(call: RefusedCall): QuotaExceeded {
  const resetMs = stateOf(call)?.resetMs ?? 0;
  const next = new Date(call.at.getTime() + resetMs).toISOString();
  return new QuotaExceeded({
    code: 'quota_exceeded',
    status: 429,
    message: `${usedUp(call)} The next ${call.rule.window} begins at ${next}.`,
    retryAfterSeconds: resetMs / 1_000,
    headers: { ...rateLimitHeaders(call.states), ...HOPELESS },
    violatedPolicies: violated(call),
  });
}

function tooManyAtOnce(call: RefusedCall): QuotaExceeded {
  return new QuotaExceeded({
    code: 'concurrency_limit_exceeded',
    status: 429,
    message: `${usedUp(call)} Try again when one of them has ended.`,
    retryAfterSeconds: CONCURRENCY_RETRY_SECONDS,
    headers: rateLimitHeaders(call.states),
    violatedPolicies: violated(call),
  });
}

function overBudget(call: RefusedCall): QuotaExceeded {
  const { rule, minimum, unit } = call;
  const money = (amount: bigint) => `${formatAmount(amount, unit.scale)} ${unit.code}`;
  const { left = 0n, resetMs } = stateOf(call) ?? {};
  const { window } = rule;
  const span = window === 'total' ? 'in all' : `a ${window}`;
  const next =
    resetMs === undefined
      ? ''
      : ` The next ${window} begins at ${new Date(call.at.getTime() + resetMs).toISOString()}.`;
  return new QuotaExceeded({
    code: 'budget_exceeded',
    status: 402,
    message:
      `This call may cost ${money(minimum)}, and of the budget of ${OWNERS[rule.source]}, ` +
      `${money(rule.cap)} ${span}, ${money(left > 0n ? left : 0n)} is left.${next}`,
    headers: rateLimitHeaders(call.states),
    violatedPolicies: violated(call),
  });
}

function usedUp(call: RefusedCall): string {
  const { rule, tokens } = call;
  if (rule.counts === 'requests') return `The limit of ${limitText(rule)} is reached.`;
  const left = stateOf(call)?.left ?? 0n;
  return (
    `This call may use ${tokens} tokens, and of the limit of ${limitText(rule)} ` +
    `${left > 0n ? left : 0n} are left.`
  );
}

/** '600 requests a minute of this key'. */
function limitText(rule: Rule): string {
  const { window } = rule;
  const span = window === 'open' ? 'at once' : `a ${window}`;
  return `${rule.cap} ${rule.counts} ${span} of ${OWNERS[rule.source]}`;
}

const stateOf = (call: RefusedCall) => call.states.find(({ rule }) => rule === call.rule);

/** The refusing rule, and every other that had no room either. */
function violated({ rule, states, tokens }: RefusedCall): string[] {
  const others = states.filter((state) => amountOf(state.rule, tokens) > state.left);
  return [...new Set([rule, ...others.map((state) => state.rule)])].map(({ policy }) => policy);
}
