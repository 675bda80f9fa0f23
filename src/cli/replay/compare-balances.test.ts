import { expect, test } from 'vitest';
import { faultlessRun } from '../../../test/replayed.ts';
import { formatAmount } from '../../kernel/index.ts';
import { compareBalances } from './compare-balances.ts';
import { Differences } from './differences.ts';
import { REPLAY_GRANTS } from './platform.ts';

const { run, books } = faultlessRun(3, { accounts: 1, keysPerAccount: 1 });
const granted = REPLAY_GRANTS.reduce((sum, { amount }) => sum + amount, 0n);
const [one, two, three] = books.calls;
if (one === undefined || two === undefined || three === undefined) throw new Error('three calls');

/** The differences when the three calls were held and settled then, and told these balances. */
function told(times: readonly (readonly [bigint, bigint])[], balances: readonly bigint[]) {
  const calls = books.calls.map((call, index) => {
    const [heldAt = 0n, settledAt = 0n] = times[index] ?? [];
    return { ...call, heldAt, settledAt };
  });
  const received = run.received.map((answer, index) => {
    return { ...answer, balance: formatAmount(balances[index] ?? 0n, 9) };
  });
  const differences = new Differences();
  compareBalances(received, { ...books, calls }, differences);
  return differences.first.map(({ line }) => line);
}

test('what other calls have set aside at that instant is not left to spend', () => {
  // One is settled while two is under way; three begins when both are over.
  const times = [
    [1n, 3n],
    [2n, 4n],
    [5n, 6n],
  ] as const;
  const afterTwo = granted - one.charge - two.charge;
  const balances = [granted - one.charge - two.held, afterTwo, afterTwo - three.charge];
  expect(told(times, balances)).toEqual([]);
  expect(told(times, [granted - one.charge, ...balances.slice(1)])).toEqual([2]);
});

test('calls that are settled in one batch tell what is left after all of them', () => {
  const times = [
    [1n, 5n],
    [2n, 5n],
    [3n, 9n],
  ] as const;
  const afterBoth = granted - one.charge - two.charge - three.held;
  const last = granted - one.charge - two.charge - three.charge;
  expect(told(times, [afterBoth, afterBoth, last])).toEqual([]);
  expect(told(times, [afterBoth + two.charge, afterBoth, last])).toEqual([2]);
});
