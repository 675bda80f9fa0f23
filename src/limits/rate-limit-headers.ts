import type { Calendar } from './calendar.ts';
import { countedBy, policyOf, type Rule, windowOf } from './rules.ts';
import { untilNextMinuteMs } from './sliding-minute.ts';

/** How one rule stands after a decision. */
export interface RuleState {
  readonly rule: Rule;
  /** What is left under it; told as 0 when it is below. */
  readonly left: bigint;
  readonly windowSeconds: number | undefined;
  /** Milliseconds until its window ends; undefined where it has none. */
  readonly resetMs: number | undefined;
}

/**
 * The state of each rule whose remainder is known. `resetMs` of a sliding minute is when what it
 * counts begins to fade; of a day or month, when the next one begins in the time zone.
 */
export function statesOf(
  rules: readonly Rule[],
  remaining: readonly bigint[],
  at: Date,
  { calendar, timeZone }: { readonly calendar: Calendar; readonly timeZone: string },
): readonly RuleState[] {
  return rules.flatMap((rule, index) => {
    const left = remaining[index];
    if (left === undefined) return [];
    const window = windowOf(rule);
    if (window === 'minute') {
      return { rule, left, windowSeconds: 60, resetMs: untilNextMinuteMs(at) };
    }
    if (window !== 'day' && window !== 'month') {
      return { rule, left, windowSeconds: undefined, resetMs: undefined };
    }
    const { startMs, endMs } = calendar.windowAt(at, window, timeZone);
    const windowSeconds = Math.round((endMs - startMs) / 1_000);
    return { rule, left, windowSeconds, resetMs: endMs - at.getTime() };
  });
}

/**
 * The rate limit headers of an answer: as OpenAI sends them, for the tightest limit of requests and
 * the tightest of tokens, and as draft-ietf-httpapi-ratelimit-headers-11 has them, for all limits
 * of requests and of calls at once (it has no unit for tokens or money).
 */
export function rateLimitHeaders(states: readonly RuleState[]): Record<string, string> {
  return {
    ...openAiHeaders('requests', states),
    ...openAiHeaders('tokens', states),
    ...draftHeaders(states.filter(({ rule }) => countedBy(rule) === 'requests')),
  };
}

function openAiHeaders(
  counted: 'requests' | 'tokens',
  states: readonly RuleState[],
): Record<string, string> {
  const own = states.filter(({ rule }) => countedBy(rule) === counted);
  const ofWindow = (window: string) => own.filter(({ rule }) => windowOf(rule) === window);
  const candidates = [ofWindow('minute'), ofWindow('day'), ofWindow('month')];
  const [first, ...others] = candidates.find(({ length }) => length > 0) ?? [];
  if (first === undefined) return {};
  const tightest = others.reduce((least, one) => (one.left < least.left ? one : least), first);
  return {
    [`x-ratelimit-limit-${counted}`]: String(tightest.rule.cap),
    [`x-ratelimit-remaining-${counted}`]: String(atLeastNone(tightest.left)),
    [`x-ratelimit-reset-${counted}`]: formatDuration(tightest.resetMs ?? 0),
  };
}

function draftHeaders(states: readonly RuleState[]): Record<string, string> {
  if (states.length === 0) return {};
  const policies = states.map(({ rule, windowSeconds }) => {
    const how = windowSeconds === undefined ? 'qu="concurrent-requests"' : `w=${windowSeconds}`;
    return `"${policyOf(rule)}";q=${rule.cap};${how}`;
  });
  const limits = states.map(({ rule, left, resetMs }) => {
    const t = resetMs === undefined ? '' : `;t=${Math.max(0, Math.ceil(resetMs / 1_000))}`;
    return `"${policyOf(rule)}";r=${atLeastNone(left)}${t}`;
  });
  return { 'ratelimit-policy': policies.join(', '), ratelimit: limits.join(', ') };
}

const atLeastNone = (left: bigint) => (left > 0n ? left : 0n);

/** A duration as OpenAI writes it: `0s`, `250ms`, `59s`, `6m0s`, `1h0m5s`. Seconds round up. */
export function formatDuration(durationMs: number): string {
  if (durationMs <= 0) return '0s';
  if (durationMs < 1_000) return `${Math.ceil(durationMs)}ms`;
  const seconds = Math.ceil(durationMs / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours}h${minutes}m${seconds % 60}s`;
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}
