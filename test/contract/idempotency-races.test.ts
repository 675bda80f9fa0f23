import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FaultyDb, faultyDb } from '../faulty-db.ts';
import { errorOf, type RawAnswer, rawCall } from '../raw-call.ts';
import { type Serving, startServing, type TestCustomer } from '../serving.ts';
import { BALANCE, expectOneCharge, idOf, isReplay, keyedCall } from './keyed-calls.ts';
import { callsOf, chat, eventually, untilSold, walletOf } from './market.ts';
import { openSecondGateway, type SecondGateway } from './second-gateway.ts';

let serving: Serving;
/** Two more server processes, so to speak; the second one's statements can be held up. */
let other: SecondGateway;
let db: FaultyDb;
let slow: SecondGateway;

beforeAll(async () => {
  serving = await startServing();
  await serving.sellModel('demo', { input: 10n, output: 20n });
  await untilSold(serving, 'demo');
  const drainMs = { streamed: 5_000, whole: 5_000 };
  other = await openSecondGateway(serving, drainMs);
  db = faultyDb(serving.db);
  slow = await openSecondGateway(serving, drainMs, db);
});

afterAll(async () => {
  await slow?.close();
  await other?.close();
  await serving?.close();
});

const upstreamCalls = () => serving.provider.stats().requests;
const tokens = { prompt_tokens: 3, completion_tokens: 4 };

/** As a client does that repeats what is refused with 409. */
async function untilAnswered(
  gateway: { readonly url: string },
  customer: TestCustomer,
  body: object,
): Promise<RawAnswer> {
  return eventually(async () => {
    const answer = await keyedCall(gateway, customer, { body });
    if (answer.status === 409) throw new Error(String(errorOf(answer).message));
    return answer;
  });
}

test.each([false, true])(
  'fifty at once on two servers are one call; streamed: %s',
  async (stream) => {
    const customer = await serving.openCustomer(BALANCE);
    const before = upstreamCalls();
    const body = chat('demo', { ...tokens, delay_ms: 50 }, { stream });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        keyedCall(index % 2 === 0 ? serving : other, customer, { body }),
      ),
    );
    const answered = answers.filter(({ status }) => status === 200);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(answered.filter((answer) => !isReplay(answer))).toHaveLength(1);
    const codes = new Set(refused.map((answer) => `${answer.status} ${errorOf(answer).code}`));
    expect([...codes]).toEqual(['409 idempotency_key_in_use']);
    expect(upstreamCalls() - before).toBe(1);
    await expectOneCharge(serving, customer, 110n);
  },
);

test('fifty who repeat until they are answered all get the one answer', async () => {
  const customer = await serving.openCustomer(BALANCE);
  const before = upstreamCalls();
  const body = chat('demo', { ...tokens, delay_ms: 50 }, { stream: true });
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      untilAnswered(index % 2 === 0 ? serving : other, customer, body),
    ),
  );
  expect(new Set(answers.map(idOf)).size).toBe(1);
  expect(new Set(answers.map(({ body }) => body.toString())).size).toBe(1);
  expect(upstreamCalls() - before).toBe(1);
  await expectOneCharge(serving, customer, 110n);
});

test('fifty at once after a failed call are one call', async () => {
  const customer = await serving.openCustomer(BALANCE);
  const body = chat('demo', { ...tokens, error_before_first_byte: { status: 500 } });
  const failed = await keyedCall(serving, customer, { body });
  expect(failed.status).toBe(502);
  const before = upstreamCalls();
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      keyedCall(index % 2 === 0 ? serving : other, customer, { body }),
    ),
  );
  const worked = answers.filter(({ status }) => status === 502).length;
  // One after the other may try, as each of them fails; never two at once, and nothing is charged.
  expect(upstreamCalls() - before).toBe(worked);
  expect((await callsOf(serving, customer)).map(({ charge }) => charge)).toEqual(
    Array(worked + 1).fill(0n),
  );
});

test('a process too slow to begin does not charge for what another has done', async () => {
  const customer = await serving.openCustomer(BALANCE);
  let goOn = () => {};
  const mayHold = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let hasClaimed = false;
  db.arrange('hold_ordinary', async (run) => {
    hasClaimed = true;
    await mayHold;
    return run();
  });
  const body = chat('demo', tokens, { stream: true });
  const late = keyedCall(slow, customer, { body });
  await eventually(() => expect(hasClaimed).toBe(true));
  expect((await keyedCall(other, customer, { body })).status).toBe(409);
  await serving.db.query(
    `update idempotency_record set claimed_at = claimed_at - interval '30 seconds'
     where account_id = $1`,
    [customer.accountId],
  );
  const first = await keyedCall(other, customer, { body });
  expect([first.status, isReplay(first)]).toEqual([200, false]);
  goOn();
  const withheld = (await late).body.toString();
  expect(withheld).toContain('"code":"idempotency_key_in_use"');
  expect(withheld).not.toContain('[DONE]');
  const again = await keyedCall(slow, customer, { body });
  expect([idOf(again), isReplay(again)]).toEqual([idOf(first), true]);
  await eventually(async () => expect((await walletOf(serving, customer)).held).toBe(0n));
  await expectOneCharge(serving, customer, 110n);
});

/** The statements that were sent about keys since, save the removal of old ones. */
const sentAboutKeys = () =>
  [...db.sent].filter(([name]) => /idempotency/.test(name) && !name.startsWith('delete'));

test('a call without a key asks the database nothing about keys', async () => {
  const customer = await serving.openCustomer(BALANCE);
  const ask = () => rawCall(slow.url, { key: customer.key, body: chat('demo', tokens) });
  await ask();
  db.sent.clear();
  expect((await ask()).status).toBe(200);
  expect([db.sent.get('hold_ordinary'), db.sent.get('settle_ordinary')]).toEqual([1, 1]);
  expect(sentAboutKeys()).toEqual([]);
});

test('a call with a key asks about it twice', async () => {
  const customer = await serving.openCustomer(BALANCE);
  await rawCall(slow.url, { key: customer.key, body: chat('demo', tokens) });
  db.sent.clear();
  await keyedCall(slow, customer);
  expect(sentAboutKeys()).toEqual([
    ['insert into idempotency_record', 1],
    ['update idempotency_record set', 1],
  ]);
});
