import { describe, expect, test } from 'vitest';
import { faultlessRun } from '../../../test/replayed.ts';
import type { Books } from './books.ts';
import { compareBalances } from './compare-balances.ts';
import { compareBooks } from './compare-books.ts';
import { compareCalls } from './compare-calls.ts';
import { type Difference, Differences } from './differences.ts';
import type { Received } from './send-call.ts';

const spread = { accounts: 3, keysPerAccount: 2 };
const { bill, run, books } = faultlessRun(60, spread);
/** The call in the middle, which every change below is made to: line 32 of the trace. */
const AT = 30;
const concerned = bill.calls[AT];
if (concerned === undefined) throw new Error('the run has a call there');
const { line, account, key, cost } = concerned;
const withUsage = bill.calls.findIndex((call) => call.wantsUsage);
const withoutUsage = bill.calls.findIndex((call) => !call.wantsUsage);

function differencesOf(received: readonly Received[], found: Books): readonly Difference[] {
  const differences = new Differences();
  compareCalls(bill.calls, received, found, differences);
  compareBalances(received, found, differences);
  compareBooks(bill, spread, found, differences);
  return differences.first;
}

/** A list in which one element is another; the first one that `isIt` is true for. */
function changed<T>(list: readonly T[], isIt: (one: T) => boolean, change: Partial<T>): T[] {
  const at = list.findIndex(isIt);
  if (at < 0) throw new Error('there is nothing to change');
  return list.map((one, index) => (index === at ? { ...one, ...change } : one));
}

const answered = (change: Partial<Received>, at = AT) =>
  differencesOf(
    run.received.map((one, index) => (index === at ? { ...one, ...change } : one)),
    books,
  );
const booked = (change: Partial<Books>) => differencesOf(run.received, { ...books, ...change });
const id = books.calls[AT]?.id ?? '';
const isCall = (one: { readonly id: string }) => one.id === id;

test('a faultless run has no difference', () => {
  expect(differencesOf(run.received, books)).toEqual([]);
});

describe('what was answered', () => {
  test.each<[string, Partial<Received>, string]>([
    ['a refusal', { status: 429, problem: 'slow down' }, 'the answer'],
    ['no answer', { status: 0, requestId: undefined, problem: 'refused' }, 'the answer'],
    ['no [DONE]', { isDone: false }, 'the stream'],
    ['too few events', { events: 10 }, 'the stream'],
    ['no request id', { requestId: undefined }, 'call '],
    ['a dearer cost', { cost: '0.9' }, 'trailer x-farebox-cost'],
    ['no cost', { cost: undefined }, 'trailer x-farebox-cost'],
    ['a cost that is no amount', { cost: '1e-9' }, 'trailer x-farebox-cost'],
    ['another balance', { balance: '1' }, 'trailer x-farebox-balance'],
    ['no balance', { balance: undefined }, 'trailer x-farebox-balance'],
    ['no hold', { hold: undefined }, 'header x-farebox-hold'],
    ['a hold below the cost', { hold: '0' }, 'header x-farebox-hold'],
    ['the id of another call', { requestId: run.received[AT - 1]?.requestId }, 'x-request-id'],
  ])('%s is named with its line', (_, change, subject) => {
    const [first] = answered(change).filter((one) => one.subject.startsWith(subject));
    expect(first).toBeDefined();
    if (subject !== 'call ') expect(first?.line).toBe(line);
  });

  test('a call that was not sent is the first difference', () => {
    const received = run.received.filter((_, index) => index !== AT);
    expect(differencesOf(received, books)[0]).toMatchObject({ line, found: 'not sent' });
  });

  test('the usage event must be there when it was asked for, must be right, and only then', () => {
    const usage = bill.calls[withUsage];
    expect(answered({ usage: undefined }, withUsage)[0]?.subject).toBe('the usage event');
    expect(answered({ usage }, withoutUsage)[0]?.subject).toBe('the usage event');
    for (const name of [
      'promptTokens',
      'cachedTokens',
      'completionTokens',
      'reasoningTokens',
    ] as const) {
      const wrong = usage && { ...usage, [name]: usage[name] + 1 };
      const [first] = answered({ usage: wrong }, withUsage);
      expect(first?.subject).toBe(`${name} of the usage event`);
    }
  });
});

describe('the rows of a call', () => {
  test.each<[string, Partial<Books['calls'][number]>]>([
    ['outcome', { outcome: 'released' }],
    ['status', { status: 500 }],
    ['streamed', { streamed: false }],
    ['estimated', { estimated: true }],
    ['error_code', { errorCode: 'cut' }],
    ['held', { held: 1n }],
    ['price', { price: cost + 1n }],
    ['charge', { charge: cost - 1n }],
    ['input', { input: 0n }],
    ['cached_input', { cachedInput: 999_999n }],
    ['output', { output: 0n }],
    ['other', { other: { reasoning: '999999' } }],
    ['account', { account: 'account-9' }],
    ['owner of the wallet', { wallet: 'account-9' }],
    ['key', { key: null }],
    ['model', { model: 'another' }],
  ])('%s in a row of call is the first difference', (column, change) => {
    const [first] = booked({ calls: changed(books.calls, isCall, change) });
    expect(first).toMatchObject({ line, subject: `${column} in its row of call` });
    expect(first?.requestId).toMatch(/^req_/);
  });

  test.each<[string, Partial<Books['holds'][number]>]>([
    ['amount', { amount: 1n }],
    ['account', { account: null }],
    ['owner of the wallet', { wallet: null }],
    ['key', { key: `${account} key-9` }],
    ['model', { model: 'another' }],
  ])('%s in a row of hold is the first difference', (column, change) => {
    const [first] = booked({ holds: changed(books.holds, isCall, change) });
    expect(first).toMatchObject({ line, subject: `${column} in its row of hold` });
  });

  test.each<[string, Partial<Books['callEntries'][number]>]>([
    ['its entry of the wallet', { wallet: -cost - 1n }],
    ['its entry of usage', { usage: cost + 1n }],
    ['its entries of other accounts', { rest: 1n }],
  ])('%s is the first difference', (subject, change) => {
    const [first] = booked({ callEntries: changed(books.callEntries, isCall, change) });
    expect(first).toMatchObject({ line, subject });
  });

  test('rows that are missing, and rows of calls that nobody sent, are named', () => {
    const without = <T extends { readonly id: string }>(rows: readonly T[]) =>
      rows.filter((one) => !isCall(one));
    const found = (change: Partial<Books>) => booked(change)[0]?.subject;
    expect(found({ calls: without(books.calls) })).toBe('its row of call');
    expect(found({ holds: without(books.holds) })).toBe('its row of hold');
    expect(found({ callEntries: without(books.callEntries) })).toBe('its entry of the wallet');
    const [call] = books.calls;
    const more = { ...books.calls[0], id: 'unknown' } as typeof call & object;
    expect(found({ calls: [...books.calls, more] })).toBe('call unknown');
  });
});

describe('wallets, grants, transfers, keys and sums', () => {
  const ofAccount = (one: { readonly account: string | null }) => one.account === account;

  test.each<[string, Partial<Books['wallets'][number]>]>([
    ['unit', { unit: 'EUR' }],
    ['balance', { balance: 1n }],
    ['entries', { entries: 1n }],
    ['value held', { held: 1n }],
    ['open holds', { openHolds: 1n }],
    ['total spent', { totalSpent: 1n }],
    ['version', { version: 1n }],
  ])('the %s of a wallet', (what, change) => {
    const found = booked({ wallets: changed(books.wallets, ofAccount, change) });
    expect(found.map(({ subject }) => subject)).toEqual([
      `the ${what} of the wallet of ${account}`,
    ]);
  });

  test.each<[string, Partial<Books['grants'][number]>]>([
    ['the amount', { granted: 1n }],
    ['what remains', { remaining: 1n }],
  ])('%s of a grant', (what, change) => {
    const isIt = (one: Books['grants'][number]) => ofAccount(one) && one.source === 'allowance';
    const found = booked({ grants: changed(books.grants, isIt, change) });
    expect(found.map(({ subject }) => subject)).toEqual([`${what} of the allowance of ${account}`]);
  });

  test.each<[string, Partial<Books['transfers'][number]>]>([
    ['kind', { kind: 'adjustment' }],
    ['amount', { amount: 1n }],
    ['giver', { from: 'revenue' }],
    ['taker', { to: 'account-9' }],
  ])('the %s of a transfer', (what, change) => {
    const reference = `replay:${account}:bonus`;
    const isIt = (one: Books['transfers'][number]) => one.reference === reference;
    const found = booked({ transfers: changed(books.transfers, isIt, change) });
    expect(found.map(({ subject }) => subject)).toEqual([
      `the ${what} of the transfer ${reference}`,
    ]);
  });

  test('a transfer that nobody made', () => {
    const extra = { reference: 'lost:1', kind: 'lost', amount: 1n, from: 'lost', to: 'usage' };
    const found = booked({ transfers: [...books.transfers, extra] });
    expect(found.map(({ subject }) => subject)).toEqual(['the transfer lost:1']);
  });

  test.each<[string, Partial<Books['keys'][number]>]>([
    ['total spent', { totalSpent: 1n }],
    ['open holds', { openHolds: 1n }],
  ])('the %s of a key', (what, change) => {
    const isIt = (one: Books['keys'][number]) => one.key === `${account} ${key}`;
    const found = booked({ keys: changed(books.keys, isIt, change) });
    expect(found.map(({ subject }) => subject)).toEqual([
      `the ${what} of the key ${account} ${key}`,
    ]);
  });

  test.each([
    ['number', { calls: 1n }],
    ['price', { price: 1n }],
    ['charge', { charge: 1n }],
  ])('the %s of the calls of a model, of an account and of all', (what, change) => {
    for (const heading of [concerned.model.slug, account, 'all']) {
      const isIt = (one: Books['totals'][number]) => one.of === heading;
      const found = booked({ totals: changed(books.totals, isIt, change) });
      const calls = heading === 'all' ? 'all calls' : `all calls of ${heading}`;
      expect(found.map(({ subject }) => subject)).toEqual([`the ${what} of ${calls}`]);
    }
  });

  test.each(['usage', 'overrun', 'lost', 'breakage'])('the entries of %s', (system) => {
    const found = booked({
      system: [{ account: 'usage', amount: bill.all.cost }]
        .map((one) => (system === 'usage' ? { ...one, amount: 1n } : one))
        .concat(system === 'usage' ? [] : [{ account: system, amount: -1n }]),
    });
    expect(found.map(({ subject }) => subject)).toEqual([
      `the entries of the platform's ${system}`,
    ]);
  });

  test.each(['wallets', 'grants', 'keys'] as const)('one of the %s too many', (what) => {
    const more = [...books[what], { ...books[what][0] }];
    const found = booked({ [what]: more } as Partial<Books>);
    expect(found.map(({ subject }) => subject)).toEqual([`the number of ${what}`]);
  });
});
