export { createLimiter, type LimitedCall, type Limiter, rulesInUnit } from './limiter.ts';
export { claimsFor, type Rule, type RuleSets, rulesOf, tokensAtMost } from './rules.ts';
