import type { Books, CallRow } from '../src/cli/replay/books.ts';
import {
  type ExpectedBill,
  expectedBill,
  NOTHING,
  otherQuantities,
} from '../src/cli/replay/expected-bill.ts';
import { accountName, keyName, type Spread } from '../src/cli/replay/plan-call.ts';
import { grantReference, keyOf, REPLAY_GRANTS } from '../src/cli/replay/platform.ts';
import type { RunRecord } from '../src/cli/replay/record.ts';
import type { Received } from '../src/cli/replay/send-call.ts';
import { formatAmount, formatCallId } from '../src/kernel/index.ts';

const GRANTED = REPLAY_GRANTS.reduce((sum, { amount }) => sum + amount, 0n);
/** What every call holds: more than any costs. */
const HELD = 1_000_000_000n;

/** A run without any fault, made up: the calls one after the other, each held and settled. */
export function faultlessRun(
  requests: number,
  spread: Spread,
): { bill: ExpectedBill; run: RunRecord; books: Books } {
  const rows = Array.from({ length: requests }, (_, index) => ({
    line: index + 2,
    atMs: index,
    contextTokens: 300 + index * 7,
    generatedTokens: 40 + index,
  }));
  const bill = expectedBill(rows, spread);
  const left = new Map<string, bigint>();
  const received: Received[] = [];
  const calls: CallRow[] = [];
  for (const call of bill.calls) {
    const balance = (left.get(call.account) ?? GRANTED) - call.cost;
    left.set(call.account, balance);
    const id = `00000000-0000-7000-8000-${String(call.line).padStart(12, '0')}`;
    received.push({
      line: call.line,
      status: 200,
      requestId: formatCallId(id),
      hold: formatAmount(HELD, 9),
      cost: formatAmount(call.cost, 9),
      balance: formatAmount(balance, 9),
      events: call.completionTokens - call.reasoningTokens + 3,
      isDone: true,
      usage: call.wantsUsage ? call : undefined,
      problem: undefined,
    });
    calls.push({
      id,
      account: call.account,
      wallet: call.account,
      key: keyOf(call.account, call.key),
      model: call.model.slug,
      outcome: 'settled',
      status: 200,
      streamed: true,
      estimated: false,
      held: HELD,
      price: call.cost,
      charge: call.cost,
      input: BigInt(call.promptTokens - call.cachedTokens),
      cachedInput: BigInt(call.cachedTokens),
      output: BigInt(call.completionTokens - call.reasoningTokens),
      other: otherQuantities(call),
      errorCode: null,
      heldAt: BigInt(call.line * 10),
      settledAt: BigInt(call.line * 10 + 5),
    });
  }
  const run = { ...spread, platform: 'replay-test', requests, received };
  return { bill, run, books: { ...booksOf(bill, spread), ...rowsOf(calls) } };
}

function rowsOf(calls: readonly CallRow[]): Pick<Books, 'calls' | 'holds' | 'callEntries'> {
  return {
    calls,
    holds: calls.map(({ id, account, wallet, key, model, held }) => {
      return { id, account, wallet, key, model, amount: held };
    }),
    callEntries: calls.map(({ id, charge }) => {
      return { id, wallet: -charge, usage: charge, rest: 0n };
    }),
  };
}

function booksOf(
  bill: ExpectedBill,
  spread: Spread,
): Omit<Books, 'calls' | 'holds' | 'callEntries'> {
  const accounts = Array.from({ length: spread.accounts }, (_, index) => accountName(index));
  const keys = accounts.flatMap((account) =>
    Array.from({ length: spread.keysPerAccount }, (_, index) => keyOf(account, keyName(index))),
  );
  const sums = [...bill.byModel, ...bill.byAccount, ['all', bill.all] as const];
  return {
    wallets: accounts.map((account) => {
      const { cost, charged } = bill.byAccount.get(account) ?? NOTHING;
      return {
        account,
        unit: 'USD',
        balance: GRANTED - cost,
        held: 0n,
        version: BigInt(REPLAY_GRANTS.length) + charged,
        totalSpent: cost,
        openHolds: 0n,
        entries: GRANTED - cost,
      };
    }),
    grants: accounts.flatMap((account) => grantsOf(account, bill)),
    transfers: accounts.flatMap((account) =>
      REPLAY_GRANTS.map((grant) => ({
        reference: grantReference(account, grant),
        kind: 'grant',
        amount: grant.amount,
        from: grant.source === 'purchase' ? 'issued' : 'promotions',
        to: account,
      })),
    ),
    keys: keys.map((key) => {
      return { key, totalSpent: (bill.byKey.get(key) ?? NOTHING).cost, openHolds: 0n };
    }),
    totals: sums.map(([of, { calls, cost }]) => ({ of, calls, price: cost, charge: cost })),
    system: [{ account: 'usage', amount: bill.all.cost }],
  };
}

function grantsOf(account: string, bill: ExpectedBill): Books['grants'] {
  let due = bill.byAccount.get(account)?.cost ?? 0n;
  return (['bonus', 'allowance', 'purchase'] as const).map((source) => {
    const granted = REPLAY_GRANTS.find((grant) => grant.source === source)?.amount ?? 0n;
    const taken = due < granted ? due : granted;
    due -= taken;
    return { account, source, granted, remaining: granted - taken };
  });
}
