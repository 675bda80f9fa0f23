// The sizes that are compared: the first is the one that the others are measured against. In all of
// them the same number of customers call, drawn from all accounts at even distances, and there are
// partitions for 30 days back; what differs is what else is in the tables.

const sizes = (few, middle, many) => ({ few, middle, many });

const FULL = {
  accounts: sizes(1_000, 100_000, 1_000_000),
  calls: sizes(10_000, 1_000_000, 10_000_000),
};
const QUICK = {
  accounts: sizes(1_000, 5_000, 20_000),
  calls: sizes(1_000, 10_000, 100_000),
};

export const CALLERS = 1_000;

const short = (count) => {
  const power = Math.log10(count);
  return Number.isInteger(power) ? `10^${power}` : count.toLocaleString('en');
};

/** `target` marks those that must not cost more than 1.15 times the first. */
export function growthCases(quick) {
  const { accounts, calls } = quick ? QUICK : FULL;
  const one = (name, accountCount, callCount, target = true) => ({
    ...{ name, accounts: accountCount, calls: callCount, callers: CALLERS, target },
    title: `${short(accountCount)} accounts, ${callCount === 0 ? 'no' : short(callCount)} calls`,
  });
  return [
    one('base', accounts.few, calls.few, false),
    one('accounts_middle', accounts.middle, calls.few),
    one('accounts_many', accounts.many, calls.few),
    one('calls_middle', accounts.few, calls.middle),
    one('calls_many', accounts.few, calls.many),
    // Beside the promise: a new instance, and every account of the largest one calling.
    one('new', accounts.few, 0, false),
    {
      ...one('accounts_many', accounts.many, calls.few, false),
      callers: accounts.many,
      title: `${short(accounts.many)} accounts, all of them calling`,
    },
  ];
}
