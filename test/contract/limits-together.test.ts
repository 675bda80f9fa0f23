import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPlan } from '../../src/catalog/index.ts';
import { systemRandom } from '../../src/kernel/index.ts';
import type { LimitChanges } from '../../src/ledger/index.ts';
import { changeAccountLimits, createKey, setAccountPlan } from '../../src/tenants/index.ts';
import { testIds } from '../books.ts';
import { type RawAnswer, rawCall } from '../raw-call.ts';
import { type Serving, startServing } from '../serving.ts';
import { mostAtOnce, mostInAMinute } from './admitted.ts';
import { chat, platformOf, sellThrough, untilSold } from './market.ts';
import { openSecondGateway, type SecondGateway } from './second-gateway.ts';

// Three gateways on one database, asked by many callers at once. What was admitted is judged by the
// rows of the calls, by arithmetic that has nothing in common with the counters.

const BALANCE = 1_000_000_000n;
const PATIENCE = { streamed: 200, whole: 200 };

let serving: Serving;
let others: SecondGateway[];

beforeAll(async () => {
  serving = await startServing();
  await sellThrough(serving, 'demo', { input: 0n, output: 1n }, [serving.provider.url]);
  await untilSold(serving, 'demo');
  others = await openOthers();
});
afterAll(async () => {
  for (const other of others ?? []) await other.close();
  await serving?.close();
});

const openOthers = () => Promise.all([1, 2].map(() => openSecondGateway(serving, PATIENCE)));

/** An account with two keys, and limits for the first of them, for both together, and by a plan. */
async function openAccount(limits: Partial<Record<'key' | 'account' | 'plan', LimitChanges>>) {
  const { db } = serving;
  const platformId = await platformOf(serving);
  const first = await serving.openCustomer(BALANCE, limits.key);
  const { accountId } = first;
  const made = { ids: testIds, random: systemRandom };
  const second = await createKey(db, made, { platformId, accountId, name: 'second' });
  await changeAccountLimits(db, platformId, accountId, limits.account ?? {});
  const slug = `plan-${testIds.rowId()}`;
  const plan = { platformId, slug, name: slug, limits: limits.plan ?? {} };
  await setAccountPlan(db, platformId, accountId, (await createPlan(db, testIds, plan)).id);
  return { ...first, keys: [first.key, second.text] };
}

type Account = Awaited<ReturnType<typeof openAccount>>;

/** So many callers, each calling so often, one after the other, at any gateway, with any key. */
async function hammer(
  { keys }: Account,
  callers: number,
  calls: number,
  body: object,
): Promise<RawAnswer[]> {
  const urls = [serving.url, ...others.map(({ url }) => url)];
  const all = Array.from({ length: callers }, async (_, caller) => {
    const answers: RawAnswer[] = [];
    for (let call = 0; call < calls; call += 1) {
      const url = urls[(caller + call) % urls.length] ?? '';
      answers.push(await rawCall(url, { key: keys[caller % keys.length] ?? '', body }));
    }
    return answers;
  });
  return (await Promise.all(all)).flat();
}

function count(answers: readonly RawAnswer[], status: number): number {
  return answers.filter((answer) => answer.status === status).length;
}

const quick = chat('demo', { completion_tokens: 1 }, { max_tokens: 1 });
const slow = chat('demo', { completion_tokens: 1, delay_ms: 20 }, { max_tokens: 1 });

test('calls at once never exceed the cap of a key, an account or a plan', async () => {
  for (const source of ['account', 'plan'] as const) {
    const account = await openAccount({
      key: { concurrent_requests: 3n },
      [source]: { concurrent_requests: 5n },
    });
    const answers = await hammer(account, 24, 12, slow);
    expect(count(answers, 200) + count(answers, 429)).toBe(answers.length);
    expect(count(answers, 429)).toBeGreaterThan(0);
    expect(await mostAtOnce(serving.db, 'key_id', account.keyId)).toBe(3n);
    expect(await mostAtOnce(serving.db, 'account_id', account.accountId)).toBe(5n);
  }
});

test('requests of a day and a month are exact, and a restart forgets none', async () => {
  const account = await openAccount({
    key: { requests_per_day: 30n },
    account: { requests_per_month: 75n },
    plan: { requests_per_day: 50n, requests_per_month: 80n },
  });
  // Fewer than any limit, then more than all of them.
  const before = await hammer(account, 12, 2, quick);
  expect(count(before, 200)).toBe(24);
  for (const other of others) await other.close();
  others = await openOthers();
  const after = await hammer(account, 30, 5, quick);
  expect(count(after, 200)).toBe(26);
  expect(count(after, 429)).toBe(after.length - 26);
  const byKey = await serving.db.query<{ key: bigint; calls: bigint }>(
    `select key_id as key, count(*) as calls from call where account_id = $1 group by 1`,
    [account.accountId],
  );
  expect(byKey.find(({ key }) => key === account.keyId)?.calls).toBeLessThanOrEqual(30n);
  expect(byKey.reduce((sum, { calls }) => sum + calls, 0n)).toBe(50n);
});

test('requests and tokens of a minute never exceed their caps as the minute slides', async () => {
  const account = await openAccount({
    key: { requests_per_minute: 40n },
    account: { tokens_per_minute: 3_000n },
    plan: { requests_per_minute: 90n },
  });
  const body = chat('demo', { prompt_tokens: 5, completion_tokens: 10 }, { max_tokens: 50 });
  const answers = await hammer(account, 24, 10, body);
  expect(count(answers, 200) + count(answers, 429)).toBe(answers.length);
  expect(count(answers, 429)).toBeGreaterThan(0);
  const { keyId, accountId } = account;
  const ofKey = await mostInAMinute(serving.db, 'key_id', keyId);
  const ofAccount = await mostInAMinute(serving.db, 'account_id', accountId);
  expect(ofKey.requests).toBeLessThanOrEqual(40);
  expect(ofAccount.requests).toBeLessThanOrEqual(90);
  expect(ofAccount.tokens).toBeLessThanOrEqual(3_000);
  // Nor is any of it wasted: the key's limit, and one of the account's, were reached.
  expect(ofKey.requests).toBeGreaterThan(39);
  expect(Math.max(ofAccount.requests / 90, ofAccount.tokens / 3_000)).toBeGreaterThan(0.95);
});

test('a budget is never overspent by what is held, and nothing of it is wasted', async () => {
  const account = await openAccount({
    key: { budget_per_day: 40n },
    account: { budget_per_month: 70n },
    plan: { budget_total: 100n },
  });
  const answers = await hammer(account, 24, 8, quick);
  expect(count(answers, 200)).toBe(70);
  expect(count(answers, 402)).toBe(answers.length - 70);
  const spent = `select total_spent as spent from api_key where id = $1`;
  const [row] = await serving.db.query<{ spent: bigint }>(spent, [account.keyId]);
  expect(row?.spent).toBeLessThanOrEqual(40n);
});
