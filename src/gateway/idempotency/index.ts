export { createIdempotency, type Idempotency, type IdempotencyOptions } from './idempotency.ts';
export { type KeptAnswer, sendKept } from './kept-answer.ts';
export { IDEMPOTENCY_CHECKS, verifyIdempotency } from './verify-records.ts';
