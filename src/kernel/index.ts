export { AssertionFailed, assert } from './assert.ts';
export { Bag } from './bag.ts';
export { type Clock, delay, systemClock } from './clock.ts';
export { Fault, overloaded } from './fault.ts';
export {
  callStartMs,
  createIds,
  formatCallId,
  formatRowId,
  type Ids,
  lowestCallIdAt,
  parseCallId,
  parseRowId,
  type Random,
  systemRandom,
} from './ids.ts';
export { createLog, type Log } from './log.ts';
export {
  AMOUNT_MAX,
  type Amount,
  divideCeiling,
  formatAmount,
  parseAmount,
  type Unit,
} from './money.ts';
export {
  createSecretBox,
  type Mac,
  type MacKey,
  type SecretBox,
  SecretUnreadable,
} from './secret-box.ts';
