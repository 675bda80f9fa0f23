/** What a caller may still do under one limit of requests per minute. */
export interface RateLimit {
  /** Requests per window. */
  readonly limit: bigint;
  readonly remaining: bigint;
  /** Milliseconds until the window ends. */
  readonly resetMs: number;
}

const WINDOW_SECONDS = 60;

/**
 * The rate limit headers of an answer, both as OpenAI sends them (`x-ratelimit-*-requests`, the
 * reset a duration such as `1s` or `6m0s`) and as draft-ietf-httpapi-ratelimit-headers-10 has them
 * (`ratelimit-policy`, `ratelimit`, seconds).
 */
export function rateLimitHeaders({ limit, remaining, resetMs }: RateLimit): Record<string, string> {
  const left = remaining > 0n ? remaining : 0n;
  const seconds = Math.max(0, Math.ceil(resetMs / 1_000));
  return {
    'x-ratelimit-limit-requests': String(limit),
    'x-ratelimit-remaining-requests': String(left),
    'x-ratelimit-reset-requests': formatDuration(resetMs),
    'ratelimit-policy': `"requests";q=${limit};w=${WINDOW_SECONDS}`,
    ratelimit: `"requests";r=${left};t=${seconds}`,
  };
}

/** A duration as OpenAI writes it: `0s`, `250ms`, `59s`, `6m0s`, `1h0m5s`. Seconds round up. */
export function formatDuration(durationMs: number): string {
  if (durationMs <= 0) return '0s';
  if (durationMs < 1_000) return `${Math.ceil(durationMs)}ms`;
  const seconds = Math.ceil(durationMs / 1_000);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours}h${minutes}m${seconds % 60}s`;
  return minutes > 0 ? `${minutes}m${seconds % 60}s` : `${seconds}s`;
}

/** Milliseconds from an instant to the end of its minute: when a per-minute window starts anew. */
export function untilNextMinuteMs(at: Date): number {
  return 60_000 - (at.getTime() % 60_000);
}
