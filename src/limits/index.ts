export { claimsFor, type Rules } from './claims.ts';
export { type RateLimit, rateLimitHeaders, untilNextMinuteMs } from './rate-limit-headers.ts';
