import { afterAll, beforeAll, expect, test } from 'vitest';
import { grantValue } from '../../src/ledger/index.ts';
import {
  holdOf,
  legOf,
  openLedger,
  seedBooks,
  seedCustomer,
  settlementOf,
  testIds,
} from '../books.ts';
import { errorOf, jsonOf, rawCall, startCall } from '../raw-call.ts';
import {
  chunkEvent,
  DONE_EVENT,
  type ScriptedUpstream,
  startScriptedUpstream,
  streaming,
  usageOf,
} from '../scripted-upstream.ts';
import { type Serving, startServing, type TestCustomer } from '../serving.ts';
import {
  callRow,
  callsOf,
  chat,
  eventually,
  platformOf,
  sellThrough,
  untilSold,
  walletOf,
} from './market.ts';
import { openSecondGateway, type SecondGateway } from './second-gateway.ts';

// Faults that others had, tried here. docs/reference/failures.md says which test is for which.

const BALANCE = 1_000_000_000n;
/** Only output costs on 'demo' and 'scripted', so that a hold is the output's bound times this. */
const OUTPUT = 100n;

let serving: Serving;
let upstream: ScriptedUpstream;
let others: SecondGateway[];
/** Three gateways on one database. */
let urls: string[];

beforeAll(async () => {
  serving = await startServing();
  upstream = await startScriptedUpstream();
  const { url } = serving.provider;
  const prices = { input: 0n, output: OUTPUT };
  await sellThrough(serving, 'demo', prices, [url]);
  await sellThrough(serving, 'hasty', prices, [url], 300);
  await sellThrough(serving, 'scripted', prices, [upstream.url]);
  await untilSold(serving, 'demo', 'hasty', 'scripted');
  const patience = { streamed: 200, whole: 200 };
  others = await Promise.all([1, 2].map(() => openSecondGateway(serving, patience)));
  urls = [serving.url, ...others.map((other) => other.url)];
});

afterAll(async () => {
  for (const other of others ?? []) await other.close();
  await serving?.close();
  await upstream?.close();
});

/** That many calls at once, in turn on each gateway. */
function callEverywhere(customer: TestCustomer, count: number, body: object) {
  const calls = Array.from({ length: count }, (_, index) =>
    rawCall(urls[index % urls.length] ?? '', { key: customer.key, body }),
  );
  return Promise.all(calls);
}

const oneToken = chat('demo', { completion_tokens: 1 }, { max_tokens: 1 });

/** A minute's turn would give part of its limit back: waits until none is near. */
async function farFromTheTurnOfAMinute(): Promise<void> {
  await eventually(async () => {
    const [now] = await serving.db.query<{ second: bigint }>(
      'select extract(second from clock_timestamp())::bigint as second',
    );
    expect(now?.second).toBeLessThan(50n);
  }, 200);
}

test('F11, F28: of the first calls of an unknown customer, those it affords pass', async () => {
  const customer = await serving.openCustomer(7n * OUTPUT + OUTPUT - 1n);
  const answers = await callEverywhere(customer, 60, oneToken);
  const statuses = answers.map((answer) => answer.status).sort();
  expect(statuses).toEqual([...Array(7).fill(200), ...Array(53).fill(402)]);
  expect(await walletOf(serving, customer)).toEqual({ balance: OUTPUT - 1n, held: 0n });
});

test("F11, F26: three gateways together admit a new key's limit, not each of them", async () => {
  await farFromTheTurnOfAMinute();
  const customer = await serving.openCustomer(BALANCE, { requests_per_minute: 10n });
  const answers = await callEverywhere(customer, 60, oneToken);
  const statuses = answers.map((answer) => answer.status).sort();
  expect(statuses).toEqual([...Array(10).fill(200), ...Array(50).fill(429)]);
});

test('F12: a key whose wallet is spent works nowhere, and everywhere once it is full', async () => {
  const customer = await serving.openCustomer(OUTPUT);
  const ofAll = async () => (await callEverywhere(customer, 3, oneToken)).map((one) => one.status);
  expect((await ofAll()).sort()).toEqual([200, 402, 402]);
  expect(await ofAll()).toEqual([402, 402, 402]);
  await grantValue(serving.db, {
    grantId: testIds.rowId(),
    platformId: await platformOf(serving),
    walletId: customer.walletId,
    amount: 3n * OUTPUT,
    source: 'purchase',
    priority: 0,
    expiresAt: undefined,
    reference: 'F12',
    reason: undefined,
  });
  expect(await ofAll()).toEqual([200, 200, 200]);
});

test('F13, F31: however a call ends, its hold goes, and all that is left can be used', async () => {
  const customer = await serving.openCustomer(BALANCE);
  const stream = { stream: true };
  const slow = { completion_tokens: 50, chunk_delay_ms: 20 };
  const endings: [number, object][] = [
    [400, chat('demo', { error_before_first_byte: { status: 400 } })],
    [429, chat('demo', { error_before_first_byte: { status: 429 } })],
    [502, chat('demo', { error_before_first_byte: { status: 500 } })],
    [502, chat('demo', { error_as_200: true })],
    [502, chat('demo', { cut_after_chunks: 0 }, stream)],
    [200, chat('demo', { cut_after_chunks: 9 }, stream)],
    [200, chat('demo', { error_after_chunks: 3 }, stream)],
    [504, chat('hasty', { hang: true })],
    [200, chat('demo', { no_usage: true }, stream)],
    [402, chat('demo', {}, { max_tokens: 9_000_000, n: 2 })],
    [404, chat('unknown')],
    [400, { model: 'demo' }],
  ];
  const ended = endings.map(async ([status, body]) => {
    const answers = await callEverywhere(customer, 3, body);
    expect(answers.map((answer) => answer.status)).toEqual(Array(3).fill(status));
  });
  await Promise.all(ended);
  const leavers = [
    chat('demo', slow, stream),
    chat('demo', { delay_ms: 500 }),
    chat('demo', { hang: true }),
  ];
  for (const body of leavers) {
    const call = startCall(others[0]?.url ?? '', { key: customer.key, body });
    call.opened.catch(() => {});
    await eventually(async () => {
      expect((await walletOf(serving, customer)).held).toBeGreaterThan(0n);
    });
    call.leave();
    await eventually(async () => expect((await walletOf(serving, customer)).held).toBe(0n));
  }
  const rows = await callsOf(serving, customer);
  const charged = rows.reduce((sum, row) => sum + row.charge, 0n);
  const left = BALANCE - charged;
  expect(await walletOf(serving, customer)).toEqual({ balance: left, held: 0n });
  const all = chat('demo', { completion_tokens: 1 }, { max_tokens: Number(left / OUTPUT) });
  expect((await rawCall(serving.url, { key: customer.key, body: all })).status).toBe(200);
});

test('F14: agents that set no bound hold a bounded sum, to be seen, and get it back', async () => {
  const HOLD = 4_096n * OUTPUT;
  const customer = await serving.openCustomer(8n * HOLD);
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const ending = chunkEvent({ finish: 'stop', usage: usageOf(1, 1) });
  upstream.script = async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(chunkEvent({ content: 'a' }));
    await gate;
    response.end(ending + DONE_EVENT);
  };
  const body = chat('scripted', {}, { stream: true });
  const ask = () => startCall(serving.url, { key: customer.key, body });
  const agents = Array.from({ length: 8 }, ask);
  for (const agent of agents) {
    expect((await agent.opened).headers['x-farebox-hold']).toBe('0.0004096');
  }
  expect(await walletOf(serving, customer)).toEqual({ balance: 8n * HOLD, held: 8n * HOLD });
  expect((await ask().answer).status).toBe(402);
  open();
  await Promise.all(agents.map((agent) => agent.answer));
  expect(await walletOf(serving, customer)).toEqual({ balance: 8n * (HOLD - OUTPUT), held: 0n });
});

test.each([
  ['F15', 'hold', 'insert', 'account_id', 'accountId'],
  ['F27', 'api_key', 'update', 'id', 'keyId'],
] as const)('%s: when no row of %s can be written, nothing leaves', async (...row) => {
  const [, table, act, column, owner] = row;
  const customer = await serving.openCustomer(BALANCE, { requests_per_minute: 60n });
  await serving.db.query(`create function refuse_${table}() returns trigger language plpgsql
    as $$ begin raise exception 'not now'; end $$`);
  await serving.db.query(`create trigger refuse before ${act} on ${table} for each row
    when (new.${column} = ${customer[owner]}) execute function refuse_${table}()`);
  const before = serving.provider.stats().requests;
  const answers = await callEverywhere(customer, 6, oneToken);
  expect(answers.filter((answer) => answer.status < 500)).toEqual([]);
  expect(serving.provider.stats().requests).toBe(before);
  expect(await callsOf(serving, customer)).toEqual([]);
  expect(await walletOf(serving, customer)).toEqual({ balance: BALANCE, held: 0n });
  await serving.db.query(`drop trigger refuse on ${table}`);
  expect((await callEverywhere(customer, 1, oneToken))[0]?.status).toBe(200);
});

test('F19, F21: of 150 parallel streams none shares an id, none is missing in a sum', async () => {
  const customer = await serving.openCustomer(BALANCE);
  const last = chunkEvent({ finish: 'stop', usage: usageOf(3, 2) });
  const chunks = [chunkEvent({ content: 'a' }), last].map((one) => one.replace('chatcmpl-1', ''));
  upstream.script = streaming(...chunks, DONE_EVENT);
  const body = chat('scripted', {}, { stream: true, max_tokens: 2 });
  const answers = await callEverywhere(customer, 150, body);
  const ids = new Set(answers.map((answer) => answer.headers['x-request-id']));
  expect(ids.size).toBe(150);
  for (const id of ids) expect((await callRow(serving, id)).charge).toBe(2n * OUTPUT);
  expect(await callsOf(serving, customer)).toHaveLength(150);
  const spent = 300n * OUTPUT;
  expect(await walletOf(serving, customer)).toEqual({ balance: BALANCE - spent, held: 0n });
  const sums = await serving.db.query(
    `select total_spent as spent, open_holds as open from api_key where id = $1
     union all select total_spent, open_holds from wallet where id = $2`,
    [customer.keyId, customer.walletId],
  );
  expect(sums).toEqual(Array(2).fill({ spent, open: 0n }));
});

test('F20: calls that lock wallets in opposite orders all end, each charged once', async () => {
  const books = await seedBooks(serving.db);
  const { platformId, priceId } = books;
  const priced = `insert into price_component values ($1, $2, 'output', 0, 1, 1, 0)`;
  await serving.db.query(priced, [platformId, priceId]);
  const open = Array.from({ length: 12 }, () => seedCustomer(books, 10_000n));
  const customers = await Promise.all(open);
  const ledgers = await Promise.all([1, 2, 3].map(() => openLedger(serving.db)));
  // Each caller goes round the wallets, one forward and one backward, two wallets a call.
  const callers = Array.from({ length: 36 }, async (_, index) => {
    const ledger = ledgers[index % 3];
    for (let turn = 0; turn < 12; turn += 1) {
      const pair = [index + turn, index + turn + 1].map((at) => customers[at % 12]);
      const legs = pair.flatMap((one) => (one === undefined ? [] : legOf(books, one, 30n)));
      const request = holdOf(...(index % 2 === 0 ? legs : legs.reverse()));
      expect(await ledger?.hold(request)).toMatchObject({ outcome: 'held' });
      const settlement = settlementOf(request, 20n, { leg: { output: 20n } });
      expect(await ledger?.settle(settlement)).toMatchObject({ charge: 20n });
    }
  });
  await Promise.all(callers);
  // Each wallet was in 2 of the 12 turns of each of the 36 callers.
  for (const customer of customers) {
    const wallet = await walletOf(serving, { ...customer, key: '' });
    expect(wallet).toEqual({ balance: 10_000n - 72n * 20n, held: 0n });
  }
  for (const ledger of ledgers) await ledger.close();
});

test('F22: to look a call up, again and again, costs nothing', async () => {
  const customer = await serving.openCustomer(BALANCE);
  const [answer] = await callEverywhere(customer, 1, oneToken);
  const wallet = await walletOf(serving, customer);
  const look = { method: 'GET', path: `/v1/calls/${answer?.headers['x-request-id']}` };
  for (let time = 0; time < 5; time += 1) {
    const shown = await rawCall(serving.url, { ...look, key: customer.key });
    expect([shown.status, jsonOf(shown).id]).toEqual([200, answer?.headers['x-request-id']]);
  }
  expect(await callsOf(serving, customer)).toHaveLength(1);
  expect(await walletOf(serving, customer)).toEqual(wallet);
});

test("F25: the provider's usage is charged, not what its text would count as", async () => {
  const customer = await serving.openCustomer(BALANCE);
  const body = chat('scripted', {}, { stream: true });
  const said = chunkEvent({ content: 'Hello' });
  for (const [usage, row] of [
    [usageOf(3, 800), { output: 800n, estimated: false }],
    [undefined, { output: 1n, estimated: true }],
  ] as const) {
    const last = chunkEvent({ finish: 'stop', ...(usage === undefined ? {} : { usage }) });
    upstream.script = streaming(said, last, DONE_EVENT);
    const answer = await rawCall(serving.url, { key: customer.key, body });
    expect(await callRow(serving, answer.headers['x-request-id'])).toMatchObject(row);
  }
});

test("12: a call that the wallet refuses uses nothing of its key's limit up", async () => {
  await farFromTheTurnOfAMinute();
  const customer = await serving.openCustomer(10n * OUTPUT, { requests_per_minute: 1n });
  const dear = await callEverywhere(customer, 9, chat('demo', {}, { max_tokens: 11 }));
  expect(new Set(dear.map((answer) => errorOf(answer).code))).toEqual(
    new Set(['INSUFFICIENT_CREDITS']),
  );
  const cheap = await callEverywhere(customer, 6, oneToken);
  expect(cheap.map((answer) => answer.status).sort()).toEqual([200, 429, 429, 429, 429, 429]);
});
