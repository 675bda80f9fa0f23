import { parseCallId } from '../../kernel/index.ts';
import type { Books, CallRow } from './books.ts';
import { amountOf } from './compare-calls.ts';
import type { Differences } from './differences.ts';
import { REPLAY_GRANTS } from './platform.ts';
import type { Received } from './send-call.ts';

/** What is left to spend changes by `amount` at an instant of the database's clock. */
interface Change {
  readonly at: bigint;
  readonly amount: bigint;
  /** The call that was settled then, and told what is left; undefined when it was held. */
  readonly settled: string | undefined;
}

/**
 * Goes through each wallet's holds and settlements in the order of time, and compares the balance
 * that every answer told with what was left to spend at its settlement. Settlements of one batch
 * have one instant, and tell what is left after all of them.
 */
export function compareBalances(
  received: readonly Received[],
  books: Books,
  differences: Differences,
): void {
  const granted = REPLAY_GRANTS.reduce((sum, grant) => sum + grant.amount, 0n);
  const expected = new Map<string, bigint>();
  for (const changes of changesByWallet(books.calls).values()) {
    changes.sort((left, right) => Number(left.at - right.at));
    let available = granted;
    for (let index = 0; index < changes.length; ) {
      const { at } = changes[index] ?? { at: 0n };
      let end = index;
      for (; changes[end]?.at === at; end += 1) available += changes[end]?.amount ?? 0n;
      for (const { settled } of changes.slice(index, end)) {
        if (settled !== undefined) expected.set(settled, available);
      }
      index = end;
    }
  }
  for (const { line, requestId, status, balance } of received) {
    const left = expected.get(parseCallId(requestId ?? '') ?? '');
    if (status !== 200 || left === undefined) continue;
    const concerned = { line, requestId };
    differences.amount(concerned, 'trailer x-farebox-balance', left, amountOf(balance));
  }
}

function changesByWallet(calls: readonly CallRow[]): Map<string, Change[]> {
  const wallets = new Map<string, Change[]>();
  for (const { id, wallet, held, charge, heldAt, settledAt } of calls) {
    const changes = wallets.get(wallet ?? '') ?? [];
    changes.push({ at: heldAt, amount: -held, settled: undefined });
    changes.push({ at: settledAt, amount: held - charge, settled: id });
    wallets.set(wallet ?? '', changes);
  }
  return wallets;
}
