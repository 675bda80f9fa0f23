import { REPLAY_MODELS, type ReplayModel } from './price-list.ts';
import type { TraceRow } from './trace.ts';

/** Over how many customers a replay is spread. */
export interface Spread {
  readonly accounts: number;
  readonly keysPerAccount: number;
}

/** What one row of the trace becomes: who asks what of which model. */
export interface PlannedCall {
  readonly line: number;
  readonly atMs: number;
  /** The account's external id and the key's name on the platform of the replay. */
  readonly account: string;
  readonly key: string;
  readonly model: ReplayModel;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly completionTokens: number;
  readonly reasoningTokens: number;
  /** The caller's own bound of the answer; undefined leaves it to the platform. */
  readonly maxTokens: number | undefined;
  readonly wantsUsage: boolean;
}

/** The platform's bound for calls that set none. */
export const DEFAULT_OUTPUT_TOKENS = 4_096;

export const accountName = (index: number) => `account-${index + 1}`;
export const keyName = (index: number) => `key-${index + 1}`;

/** Decides everything about a row by its line alone, so that a later check knows it again. */
export function planCall(row: TraceRow, spread: Spread): PlannedCall {
  const { line, contextTokens, generatedTokens } = row;
  const pick = (what: number, from: number) => mix(line, what) % from;
  const share = (isUsed: boolean, tokens: number, eighths: number) =>
    isUsed ? Math.floor((tokens * eighths) / 8) : 0;
  const bounds = generatedTokens > DEFAULT_OUTPUT_TOKENS || pick(5, 2) === 0;
  return {
    line,
    atMs: row.atMs,
    account: accountName(pick(1, spread.accounts)),
    key: keyName(pick(2, spread.keysPerAccount)),
    model: REPLAY_MODELS[pick(3, REPLAY_MODELS.length)] ?? REPLAY_MODELS[0],
    promptTokens: contextTokens,
    cachedTokens: share(pick(6, 3) === 0, contextTokens, 1 + pick(7, 8)),
    completionTokens: generatedTokens,
    reasoningTokens: share(pick(8, 4) === 0, generatedTokens, 1 + pick(9, 7)),
    maxTokens: bounds ? Math.max(1, generatedTokens) : undefined,
    wantsUsage: pick(4, 2) === 0,
  };
}

/** A number that looks random and depends on nothing but its arguments. */
function mix(line: number, what: number): number {
  let mixed = (Math.imul(line, 0x9e3779b1) ^ Math.imul(what, 0x85ebca77)) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39) >>> 0;
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
