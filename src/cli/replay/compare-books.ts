import type { Books, GrantRow, WalletRow } from './books.ts';
import type { Differences } from './differences.ts';
import { type ExpectedBill, NOTHING } from './expected-bill.ts';
import { accountName, keyName, type Spread } from './plan-call.ts';
import { grantReference, keyOf, REPLAY_GRANTS } from './platform.ts';

/** Where the value of a grant comes from; what was not paid for is a promotion. */
const GIVERS: Readonly<Record<string, string>> = { purchase: 'issued' };
const GRANTED = REPLAY_GRANTS.reduce((sum, grant) => sum + grant.amount, 0n);

/** Compares wallets, grants, transfers, keys and sums with what the whole bill leaves of them. */
export function compareBooks(
  bill: ExpectedBill,
  spread: Spread,
  books: Books,
  differences: Differences,
): void {
  const accounts = Array.from({ length: spread.accounts }, (_, index) => accountName(index));
  // Causes before their effects: the first difference is what one looks at first.
  compareTransfers(accounts, books, differences);
  compareTotals(bill, books, differences);
  for (const account of accounts) {
    compareWallet(account, bill, books.wallets, differences);
    compareGrants(account, bill, books.grants, differences);
    for (let index = 0; index < spread.keysPerAccount; index += 1) {
      compareKey(keyOf(account, keyName(index)), bill, books, differences);
    }
  }
  const count = BigInt(accounts.length);
  const rows = [
    ['wallets', count, books.wallets],
    ['grants', count * BigInt(REPLAY_GRANTS.length), books.grants],
    ['keys', count * BigInt(spread.keysPerAccount), books.keys],
  ] as const;
  for (const [what, expected, found] of rows) {
    differences.value({}, `the number of ${what}`, expected, BigInt(found.length));
  }
}

function compareTotals(bill: ExpectedBill, books: Books, differences: Differences): void {
  const expected = new Map([...bill.byModel, ...bill.byAccount, ['all', bill.all] as const]);
  const found = new Map(books.totals.map((total) => [total.of, total]));
  for (const [heading, sum] of expected) {
    const subject = heading === 'all' ? 'all calls' : `all calls of ${heading}`;
    const total = found.get(heading);
    differences.value({}, `the number of ${subject}`, sum.calls, total?.calls ?? 0n);
    differences.amount({}, `the price of ${subject}`, sum.cost, total?.price ?? 0n);
    differences.amount({}, `the charge of ${subject}`, sum.cost, total?.charge ?? 0n);
  }
  const system = new Map(books.system.map((one) => [one.account, one.amount]));
  const usage = system.get('usage') ?? 0n;
  differences.amount({}, "the entries of the platform's usage", bill.all.cost, usage);
  for (const account of ['overrun', 'lost', 'breakage']) {
    const amount = system.get(account) ?? 0n;
    differences.amount({}, `the entries of the platform's ${account}`, 0n, amount);
  }
}

function compareWallet(
  account: string,
  bill: ExpectedBill,
  wallets: readonly WalletRow[],
  differences: Differences,
): void {
  const subject = `of the wallet of ${account}`;
  const wallet = wallets.find((row) => row.account === account);
  const { cost, charged } = bill.byAccount.get(account) ?? NOTHING;
  const balance = GRANTED - cost;
  const movements = BigInt(REPLAY_GRANTS.length) + charged;
  differences.value({}, `the unit ${subject}`, 'USD', wallet?.unit);
  differences.amount({}, `the balance ${subject}`, balance, wallet?.balance);
  differences.amount({}, `the entries ${subject}`, balance, wallet?.entries);
  differences.amount({}, `the value held ${subject}`, 0n, wallet?.held);
  differences.value({}, `the open holds ${subject}`, 0n, wallet?.openHolds);
  differences.amount({}, `the total spent ${subject}`, cost, wallet?.totalSpent);
  differences.value({}, `the version ${subject}`, movements, wallet?.version);
}

/** Grants are spent by priority, whatever the order they were given in. */
function compareGrants(
  account: string,
  bill: ExpectedBill,
  grants: readonly GrantRow[],
  differences: Differences,
): void {
  let due = bill.byAccount.get(account)?.cost ?? 0n;
  const inOrder = [...REPLAY_GRANTS].sort((left, right) => left.priority - right.priority);
  for (const { source, amount } of inOrder) {
    const taken = due < amount ? due : amount;
    due -= taken;
    const subject = `of the ${source} of ${account}`;
    const grant = grants.find((row) => row.account === account && row.source === source);
    differences.amount({}, `the amount ${subject}`, amount, grant?.granted);
    differences.amount({}, `what remains ${subject}`, amount - taken, grant?.remaining);
  }
}

function compareKey(
  key: string,
  bill: ExpectedBill,
  { keys }: Books,
  differences: Differences,
): void {
  const row = keys.find((one) => one.key === key);
  const { cost } = bill.byKey.get(key) ?? NOTHING;
  differences.amount({}, `the total spent of the key ${key}`, cost, row?.totalSpent);
  differences.value({}, `the open holds of the key ${key}`, 0n, row?.openHolds);
}

function compareTransfers(
  accounts: readonly string[],
  { transfers }: Books,
  differences: Differences,
): void {
  const found = new Map(transfers.map((row) => [row.reference, row]));
  for (const account of accounts) {
    for (const grant of REPLAY_GRANTS) {
      const reference = grantReference(account, grant);
      const transfer = found.get(reference);
      found.delete(reference);
      const subject = `of the transfer ${reference}`;
      differences.value({}, `the kind ${subject}`, 'grant', transfer?.kind);
      differences.amount({}, `the amount ${subject}`, grant.amount, transfer?.amount);
      const from = GIVERS[grant.source] ?? 'promotions';
      differences.value({}, `the giver ${subject}`, from, transfer?.from);
      differences.value({}, `the taker ${subject}`, account, transfer?.to);
    }
  }
  for (const { reference, kind } of found.values()) {
    differences.add({}, `the transfer ${reference}`, 'not there', `a transfer of kind ${kind}`);
  }
}
