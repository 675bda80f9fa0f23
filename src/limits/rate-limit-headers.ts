import type { Calendar } from './calendar.ts';
import type { Rule, RuleWindow } from './rules.ts';
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
  where: { readonly calendar: Calendar; readonly timeZone: string },
): readonly RuleState[] {
  const spans: Partial<Record<RuleWindow, Span>> = {};
  const states: RuleState[] = [];
  for (let index = 0; index < rules.length; index += 1) {
    const [rule, left] = [rules[index] as Rule, remaining[index]];
    if (left === undefined) continue;
    spans[rule.window] ??= spanOf(rule.window, at, where);
    const { windowSeconds, resetMs } = spans[rule.window] as Span;
    states.push({ rule, left, windowSeconds, resetMs });
  }
  return states;
}

type Span = Pick<RuleState, 'windowSeconds' | 'resetMs'>;

function spanOf(
  window: RuleWindow,
  at: Date,
  { calendar, timeZone }: { readonly calendar: Calendar; readonly timeZone: string },
): Span {
  if (window === 'minute') return { windowSeconds: 60, resetMs: untilNextMinuteMs(at) };
  if (window !== 'day' && window !== 'month') {
    return { windowSeconds: undefined, resetMs: undefined };
  }
  const { startMs, endMs } = calendar.windowAt(at, window, timeZone);
  const windowSeconds = Math.round((endMs - startMs) / 1_000);
  return { windowSeconds, resetMs: endMs - at.getTime() };
}

/**
 * The rate limit headers of an answer: as OpenAI sends them, for the tightest limit of requests and
 * the tightest of tokens, and as draft-ietf-httpapi-ratelimit-headers-11 has them, for all limits
 * of requests and of calls at once (it has no unit for tokens or money).
 */
export function rateLimitHeaders(states: readonly RuleState[]): Record<string, string> {
  const headers: Record<string, string> = {};
  const requests = tightestOf('requests', states);
  if (requests !== undefined) {
    headers['x-ratelimit-limit-requests'] = String(requests.rule.cap);
    headers['x-ratelimit-remaining-requests'] = String(atLeastNone(requests.left));
    headers['x-ratelimit-reset-requests'] = formatDuration(requests.resetMs ?? 0);
  }
  const tokens = tightestOf('tokens', states);
  if (tokens !== undefined) {
    headers['x-ratelimit-limit-tokens'] = String(tokens.rule.cap);
    headers['x-ratelimit-remaining-tokens'] = String(atLeastNone(tokens.left));
    headers['x-ratelimit-reset-tokens'] = formatDuration(tokens.resetMs ?? 0);
  }
  let [policies, limits] = ['', ''];
  for (const { rule, left, windowSeconds, resetMs } of states) {
    if (rule.counts !== 'requests') continue;
    const separator = limits === '' ? '' : ', ';
    const how = windowSeconds === undefined ? 'qu="concurrent-requests"' : `w=${windowSeconds}`;
    policies += `${separator}${rule.quota};${how}`;
    const t = resetMs === undefined ? '' : `;t=${Math.max(0, Math.ceil(resetMs / 1_000))}`;
    limits += `${separator}"${rule.policy}";r=${atLeastNone(left)}${t}`;
  }
  if (limits !== '') {
    headers['ratelimit-policy'] = policies;
    headers.ratelimit = limits;
  }
  return headers;
}

/** Of these windows OpenAI's headers tell the first that is limited. */
const TOLD_FIRST: Partial<Record<RuleWindow, number>> = { minute: 1, day: 2, month: 3 };

/** The state to tell in OpenAI's words: of the first window, what leaves the least. */
function tightestOf(
  counts: 'requests' | 'tokens',
  states: readonly RuleState[],
): RuleState | undefined {
  let tightest: RuleState | undefined;
  let tightestPlace = Number.POSITIVE_INFINITY;
  for (const state of states) {
    const place = TOLD_FIRST[state.rule.window];
    if (state.rule.counts !== counts || place === undefined || place > tightestPlace) continue;
    if (tightest === undefined || place < tightestPlace || state.left < tightest.left) {
      tightest = state;
      tightestPlace = place;
    }
  }
  return tightest;
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
