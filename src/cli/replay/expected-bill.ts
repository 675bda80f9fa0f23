import { exactCost } from './exact-cost.ts';
import { type PlannedCall, planCall, type Spread } from './plan-call.ts';
import { keyOf } from './platform.ts';
import type { TraceRow } from './trace.ts';

/** What a call must cost, in nano-dollars. */
export interface ExpectedCall extends PlannedCall {
  readonly cost: bigint;
}

/** What a call counts beside its input and output: reasoning, and where it costs, itself. */
export function otherQuantities({ model, reasoningTokens }: PlannedCall): Record<string, string> {
  const costsRequest = model.prices.some(({ component }) => component === 'request');
  return {
    ...(reasoningTokens === 0 ? {} : { reasoning: String(reasoningTokens) }),
    ...(costsRequest ? { request: '1' } : {}),
  };
}

/** Calls and their cost under one heading. */
export interface Sum {
  readonly calls: bigint;
  /** Calls that cost more than nothing: each is one movement of its wallet. */
  readonly charged: bigint;
  readonly cost: bigint;
}

/** The whole bill, from the trace and the list of prices alone. */
export interface ExpectedBill {
  readonly calls: readonly ExpectedCall[];
  readonly all: Sum;
  readonly byModel: ReadonlyMap<string, Sum>;
  readonly byAccount: ReadonlyMap<string, Sum>;
  /** By account and key name. */
  readonly byKey: ReadonlyMap<string, Sum>;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export const NOTHING: Sum = { calls: 0n, charged: 0n, cost: 0n };

export function expectedBill(rows: readonly TraceRow[], spread: Spread): ExpectedBill {
  const calls = rows.map((row) => {
    const planned = planCall(row, spread);
    return { ...planned, cost: exactCost(planned.model, planned) };
  });
  return {
    calls,
    all: calls.reduce(add, NOTHING),
    byModel: sumBy(calls, (call) => call.model.slug),
    byAccount: sumBy(calls, (call) => call.account),
    byKey: sumBy(calls, (call) => keyOf(call.account, call.key)),
    promptTokens: calls.reduce((sum, call) => sum + call.promptTokens, 0),
    completionTokens: calls.reduce((sum, call) => sum + call.completionTokens, 0),
  };
}

function sumBy(
  calls: readonly ExpectedCall[],
  heading: (call: ExpectedCall) => string,
): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const call of calls) {
    const under = heading(call);
    sums.set(under, add(sums.get(under) ?? NOTHING, call));
  }
  return sums;
}

const add = (sum: Sum, { cost }: ExpectedCall): Sum => ({
  calls: sum.calls + 1n,
  charged: sum.charged + (cost > 0n ? 1n : 0n),
  cost: sum.cost + cost,
});
