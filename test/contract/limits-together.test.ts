import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPlan } from '../../src/catalog/index.ts';
import { systemRandom } from '../../src/kernel/index.ts';
import type { LimitChanges } from '../../src/ledger/index.ts';
import { changeAccountLimits, createKey, setAccountPlan } from '../../src/tenants/index.ts';
import { testIds } from '../books.ts';
import { type RawAnswer, rawCall } from '../raw-call.ts';
import {
  answering,
  type ScriptedUpstream,
  startScriptedUpstream,
  usageOf,
} from '../scripted-upstream.ts';
import { type Serving, startServing } from '../serving.ts';
import { mostInAMinute } from './admitted.ts';
import { chat, eventually, platformOf, sellThrough, untilSold } from './market.ts';
import { openSecondGateway, type SecondGateway } from './second-gateway.ts';

// Three gateways on one database, asked by many callers at once. What was admitted is judged by the
// rows of the calls, by arithmetic that has nothing in common with the counters.

const BALANCE = 1_000_000_000n;
const PATIENCE = { streamed: 200, whole: 200 };

let serving: Serving;
let upstream: ScriptedUpstream;
let others: SecondGateway[];

beforeAll(async () => {
  serving = await startServing();
  await sellThrough(serving, 'demo', { input: 0n, output: 1n }, [serving.provider.url]);
  upstream = await startScriptedUpstream();
  await sellThrough(serving, 'watched', { input: 0n, output: 1n }, [upstream.url]);
  await untilSold(serving, 'demo', 'watched');
  others = await openOthers();
});
afterAll(async () => {
  for (const other of others ?? []) await other.close();
  await serving?.close();
  await upstream?.close();
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
  bodyOf: (caller: number) => object = () => quick,
): Promise<RawAnswer[]> {
  const urls = [serving.url, ...others.map(({ url }) => url)];
  const all = Array.from({ length: callers }, async (_, caller) => {
    const answers: RawAnswer[] = [];
    for (let call = 0; call < calls; call += 1) {
      const url = urls[(caller + call) % urls.length] ?? '';
      const key = keys[caller % keys.length] ?? '';
      answers.push(await rawCall(url, { key, body: bodyOf(caller) }));
    }
    return answers;
  });
  return (await Promise.all(all)).flat();
}

function count(answers: readonly RawAnswer[], status: number): number {
  return answers.filter((answer) => answer.status === status).length;
}

const quick = chat('demo', { completion_tokens: 1 }, { max_tokens: 1 });

/** Answers after a while, and counts what is under way: by the key's name, and all. */
function watchUnderWay() {
  const underWay: Record<string, number> = { all: 0, first: 0, second: 0 };
  const most: Record<string, number> = { ...underWay };
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  upstream.script = async (response, { body }) => {
    const { user } = JSON.parse(body.toString()) as { user: string };
    for (const name of ['all', user]) {
      underWay[name] = (underWay[name] ?? 0) + 1;
      most[name] = Math.max(most[name] ?? 0, underWay[name] ?? 0);
    }
    await gate;
    // Before the answer ends: its end may let the next call through.
    for (const name of ['all', user]) underWay[name] = (underWay[name] ?? 0) - 1;
    answering(JSON.stringify({ choices: [{ message: { content: '' } }], usage: usageOf(1, 1) }))(
      response,
    );
  };
  return { underWay, most, open };
}

test.each(['account', 'plan'] as const)(
  'the provider never sees more calls at once than key and %s may have',
  async (source) => {
    const account = await openAccount({
      key: { concurrent_requests: 3n },
      [source]: { concurrent_requests: 5n },
    });
    const seen = watchUnderWay();
    const bodyOf = (caller: number) =>
      chat('watched', {}, { user: ['first', 'second'][caller % 2] });
    const first = hammer(account, 24, 1, bodyOf);
    await eventually(() => expect(seen.underWay.all).toBe(5));
    // All are refused meanwhile, at every gateway.
    const meanwhile = await hammer(account, 12, 1, bodyOf);
    expect(count(meanwhile, 429)).toBe(12);
    seen.open();
    expect(count(await first, 200)).toBe(5);
    const after = await hammer(account, 12, 5, bodyOf);
    expect(count(after, 200) + count(after, 429)).toBe(after.length);
    expect(count(after, 200)).toBeGreaterThan(0);
    expect(seen.most.all).toBe(5);
    expect(seen.most.first).toBeLessThanOrEqual(3);
  },
);

test('requests of a day and a month are exact, and a restart forgets none', async () => {
  const account = await openAccount({
    key: { requests_per_day: 30n },
    account: { requests_per_month: 75n },
    plan: { requests_per_day: 50n, requests_per_month: 80n },
  });
  // Fewer than any limit, then more than all of them.
  const before = await hammer(account, 12, 2);
  expect(count(before, 200)).toBe(24);
  for (const other of others) await other.close();
  others = await openOthers();
  const after = await hammer(account, 18, 3);
  expect(count(after, 200)).toBe(26);
  expect(count(after, 429)).toBe(after.length - 26);
  const byKey = await serving.db.query<{ key: bigint; calls: bigint }>(
    `select key_id as key, count(*) as calls from call where account_id = $1 group by 1`,
    [account.accountId],
  );
  expect(byKey.find(({ key }) => key === account.keyId)?.calls).toBeLessThanOrEqual(30n);
  expect(byKey.reduce((sum, { calls }) => sum + calls, 0n)).toBe(50n);
});

/** A call that uses all the tokens that are set aside for it, so that its end changes nothing. */
async function exactlyEstimated(): Promise<{ body: object; tokens: number }> {
  const bodyFor = (prompt: number) =>
    chat('demo', { prompt_tokens: prompt, completion_tokens: 50 }, { max_tokens: 50 });
  const { key, keyId } = await serving.openCustomer(BALANCE);
  let prompt = 10;
  await eventually(async () => {
    const answer = await rawCall(serving.url, { key, body: bodyFor(prompt) });
    expect(answer.status).toBe(200);
    const [call] = await serving.db.query<{ held: bigint; used: bigint }>(
      `select h.tokens as held, c.input + c.output as used from hold h join call c using (id)
       where h.key_id = $1 order by h.id desc limit 1`,
      [keyId],
    );
    prompt = Number(call?.held) - 50;
    expect(call?.used).toBe(call?.held);
  });
  return { body: bodyFor(prompt), tokens: prompt + 50 };
}

test('requests and tokens of a minute never exceed their caps as the minute slides', async () => {
  const { body, tokens } = await exactlyEstimated();
  const cap = 45 * tokens;
  const account = await openAccount({
    key: { requests_per_minute: 20n },
    account: { tokens_per_minute: BigInt(cap) },
    plan: { requests_per_minute: 90n },
  });
  const answers = await hammer(account, 16, 8, () => body);
  expect(count(answers, 200) + count(answers, 429)).toBe(answers.length);
  expect(count(answers, 429)).toBeGreaterThan(0);
  const { keyId, accountId } = account;
  const ofKey = await mostInAMinute(serving.db, 'key_id', keyId);
  const ofAccount = await mostInAMinute(serving.db, 'account_id', accountId);
  expect(ofKey.requests).toBeLessThanOrEqual(20);
  expect(ofAccount.requests).toBeLessThanOrEqual(90);
  expect(ofAccount.tokens).toBeLessThanOrEqual(cap);
  // Nor is any of it wasted.
  expect(ofKey.requests).toBeGreaterThan(19);
  expect(ofAccount.tokens).toBeGreaterThan(cap - tokens);
});

test('a budget is never overspent by what is held, and nothing of it is wasted', async () => {
  const account = await openAccount({
    key: { budget_per_day: 40n },
    account: { budget_per_month: 70n },
    plan: { budget_total: 100n },
  });
  const answers = await hammer(account, 16, 6);
  expect(count(answers, 200)).toBe(70);
  expect(count(answers, 402)).toBe(answers.length - 70);
  const spent = `select total_spent as spent from api_key where id = $1`;
  const [row] = await serving.db.query<{ spent: bigint }>(spent, [account.keyId]);
  expect(row?.spent).toBeLessThanOrEqual(40n);
});
