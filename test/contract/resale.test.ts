import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  createProduct,
  publishPrices,
  requireProductState,
  resellProduct,
} from '../../src/catalog/index.ts';
import { asTenant } from '../../src/db/index.ts';
import { formatRowId, systemRandom } from '../../src/kernel/index.ts';
import { grantValue } from '../../src/ledger/index.ts';
import type { PriceComponent } from '../../src/pricing/index.ts';
import {
  changeAccountLimits,
  createAccount,
  createKey,
  createPlatform,
  setAccountStatus,
} from '../../src/tenants/index.ts';
import { testIds } from '../books.ts';
import { errorOf, rawCall } from '../raw-call.ts';
import {
  answering,
  type ScriptedUpstream,
  startScriptedUpstream,
  usageOf,
} from '../scripted-upstream.ts';
import { type Serving, startServing, type TestCustomer } from '../serving.ts';
import { eventually, platformOf, sellThrough, walletOf } from './market.ts';

// A platform that sells the market's model on: what its customer pays, and what it pays itself.

const WHOLESALE = { input: 1n, output: 10n };
const RETAIL = { input: 2n, output: 30n };
/** What a call of these tests uses: 10 tokens in and 5 out. */
const [WHOLESALE_CALL, RETAIL_CALL] = [60n, 170n];
const PLENTY = 1_000_000_000n;

let serving: Serving;
let upstream: ScriptedUpstream;
beforeAll(async () => {
  serving = await startServing();
  upstream = await startScriptedUpstream();
  upstream.script = answering(
    JSON.stringify({
      ...{ id: 'c', object: 'chat.completion', created: 1, model: 'source' },
      choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
      usage: usageOf(10, 5),
    }),
  );
  await sellThrough(serving, 'source', WHOLESALE, [upstream.url]);
});
afterAll(async () => {
  await serving?.close();
  await upstream?.close();
});

interface Reseller {
  readonly platformId: bigint;
  readonly payer: TestCustomer;
  openCustomer(balance: bigint): Promise<TestCustomer>;
}

const componentsOf = (prices: object): PriceComponent[] =>
  Object.entries(prices).map(([component, amount]) => ({
    ...{ component: component as PriceComponent['component'], fromContextTokens: 0n },
    ...{ amount, per: 1n },
  }));

/** A platform that sells 'source' on as 'resold', with so much money at the market. */
async function openReseller(balance: bigint): Promise<Reseller> {
  const { db } = serving;
  const payer = await serving.openCustomer(balance);
  const slug = `reseller-${testIds.rowId()}`;
  const { id: platformId } = await createPlatform(db, testIds, {
    ...{ slug, name: slug, keyPrefix: 'sk-re-', units: [{ code: 'USD', scale: 9 }] },
    openedByAccountId: payer.accountId,
  });
  await asTenant(db, { platformId }, async (tx) => {
    const productId = await createProduct(tx, testIds, {
      platformId,
      slug: 'resold',
      kind: 'chat',
    });
    await publishPrices(tx, testIds, platformId, [
      { productId, unit: 'USD', components: componentsOf(RETAIL), source: 'test' },
    ]);
    const account = formatRowId('acc', payer.accountId);
    const actor = { kind: 'operator', id: null };
    await resellProduct(tx, { platformId, productId, account, product: 'source', actor });
    const { resalePayer } = await requireProductState(tx, platformId, { slug: 'resold' });
    expect(resalePayer).toBe(payer.accountId);
  });
  return {
    platformId,
    payer,
    openCustomer: (money) => openCustomer(platformId, money),
  };
}

async function openCustomer(platformId: bigint, amount: bigint): Promise<TestCustomer> {
  const { db } = serving;
  const mail = `${testIds.rowId()}@end.example`;
  const account = await db.transaction((tx) => createAccount(tx, testIds, { platformId, mail }));
  const { id: accountId, walletId } = account;
  if (amount > 0n) {
    await grantValue(db, {
      ...{ grantId: testIds.rowId(), platformId, walletId, amount, source: 'purchase' },
      ...{ priority: 0, expiresAt: undefined, reference: `t:${accountId}`, reason: undefined },
    });
  }
  const made = { ids: testIds, random: systemRandom };
  const key = await createKey(db, made, { platformId, accountId, name: 'end' });
  return { key: key.text, keyId: key.id, accountId, walletId };
}

const body = { model: 'resold', max_tokens: 5, messages: [{ role: 'user', content: 'Hello' }] };
const call = ({ key }: TestCustomer) => rawCall(serving.url, { key, body });
/** Calls once the instance has read the reseller's catalogue. */
const firstCall = (customer: TestCustomer) =>
  eventually(async () => {
    const answer = await call(customer);
    if (answer.status === 404) throw new Error('it is not sold yet');
    return answer;
  }, 100);

let reseller: Reseller;
beforeEach(async () => {
  reseller = await openReseller(PLENTY);
});

describe('a product of another platform that is sold on', () => {
  test('takes its price from the customer, and its cost from the reseller, at once', async () => {
    const customer = await reseller.openCustomer(PLENTY);
    const answer = await firstCall(customer);
    expect([answer.status, answer.headers['x-farebox-cost']]).toEqual([200, '0.00000017']);
    expect(await walletOf(serving, customer)).toEqual({ balance: PLENTY - RETAIL_CALL, held: 0n });
    expect(await walletOf(serving, reseller.payer)).toEqual({
      ...{ balance: PLENTY - WHOLESALE_CALL, held: 0n },
    });
    const legs = await serving.db.query(
      `select leg, platform_id, account_id, charge, input, output from call
       where account_id = any($1) order by leg`,
      [[customer.accountId, reseller.payer.accountId]],
    );
    const used = { input: 10n, output: 5n };
    const [platform_id, account_id] = [await platformOf(serving), reseller.payer.accountId];
    expect(legs).toEqual([
      {
        ...{ leg: 0, platform_id: reseller.platformId, account_id: customer.accountId },
        ...{ charge: RETAIL_CALL, ...used },
      },
      { leg: 1, platform_id, account_id, charge: WHOLESALE_CALL, ...used },
    ]);
  });

  test('costs nobody anything when its provider fails', async () => {
    const customer = await reseller.openCustomer(PLENTY);
    await firstCall(customer);
    const works = upstream.script;
    upstream.script = answering('{"error":{"message":"down"}}', 500);
    expect((await call(customer)).status).toBe(502);
    upstream.script = works;
    expect(await walletOf(serving, customer)).toEqual({ balance: PLENTY - RETAIL_CALL, held: 0n });
    expect(await walletOf(serving, reseller.payer)).toMatchObject({ held: 0n });
  });

  test('is refused to who cannot pay for it, and its seller is not paid', async () => {
    const poor = await reseller.openCustomer(1n);
    const refused = await firstCall(poor);
    expect([refused.status, errorOf(refused).code]).toEqual([402, 'INSUFFICIENT_CREDITS']);
    expect(await walletOf(serving, reseller.payer)).toEqual({ balance: PLENTY, held: 0n });
  });

  test('of a reseller who cannot pay is refused without a word about that', async () => {
    const broke = await openReseller(1n);
    const customer = await broke.openCustomer(PLENTY);
    const refused = await firstCall(customer);
    const told = errorOf(refused);
    expect([refused.status, told.code]).toEqual([503, 'MODEL_UNAVAILABLE']);
    expect(told.message).toBe(
      'This model cannot be served at the moment. Nothing was charged; tell the seller.',
    );
    expect(await walletOf(serving, customer)).toEqual({ balance: PLENTY, held: 0n });
  });

  test('is not served while the reseller is suspended, or at a limit, at the seller', async () => {
    const platformId = await platformOf(serving);
    const customer = await reseller.openCustomer(PLENTY);
    await firstCall(customer);
    const { accountId } = reseller.payer;
    await setAccountStatus(serving.db, platformId, accountId, 'suspended');
    expect(errorOf(await call(customer)).code).toBe('MODEL_UNAVAILABLE');
    await setAccountStatus(serving.db, platformId, accountId, 'active');
    expect((await call(customer)).status).toBe(200);
    await changeAccountLimits(serving.db, platformId, accountId, { requests_per_day: 3n });
    expect((await call(customer)).status).toBe(200);
    await eventually(async () => {
      expect(errorOf(await call(customer)).code).toBe('MODEL_UNAVAILABLE');
    });
  });

  test('asked for by many at once is paid by both for each call, and never beyond', async () => {
    const calls = 20n;
    // A hold is more than its call comes to, so that the last of them may find too little.
    const small = await openReseller(calls * WHOLESALE_CALL);
    const customers = await Promise.all([1, 2, 3, 4, 5].map(() => small.openCustomer(PLENTY)));
    await firstCall(customers[0] as TestCustomer);
    const answers = await Promise.all(
      customers.flatMap((customer) => Array.from({ length: 12 }, () => call(customer))),
    );
    const codes = new Set(
      answers.map((answer) => [answer.status, errorOf(answer)?.code].join(' ')),
    );
    expect([...codes].every((code) => /^200|^503 MODEL_UNAVAILABLE/.test(code))).toBe(true);
    const paid = answers.filter(({ status }) => status === 200).length + 1;
    expect(paid).toBeLessThanOrEqual(Number(calls));
    const wallets = await Promise.all(customers.map((one) => walletOf(serving, one)));
    const spent = wallets.reduce((sum, { balance }) => sum + PLENTY - balance, 0n);
    expect(spent).toBe(BigInt(paid) * RETAIL_CALL);
    expect(await walletOf(serving, small.payer)).toEqual({
      ...{ balance: (calls - BigInt(paid)) * WHOLESALE_CALL, held: 0n },
    });
  });
});
