import { afterAll, beforeAll, expect, test } from 'vitest';
import { findProductId, publishPrice } from '../../src/catalog/index.ts';
import type { PriceComponent } from '../../src/pricing/index.ts';
import { testIds } from '../books.ts';
import { jsonOf, rawCall } from '../raw-call.ts';
import { type Serving, startServing } from '../serving.ts';
import { chat, eventually, platformOf, walletOf } from './market.ts';

// A model whose price falls with what an account uses in a month, called over HTTP.

const PLENTY = 1_000_000_000_000n;
let serving: Serving;
beforeAll(async () => {
  serving = await startServing();
  await serving.sellModel('tiered', { input: 0n, output: 1_000n });
  const platformId = await platformOf(serving);
  const productId = await findProductId(serving.db, platformId, 'tiered');
  if (productId === undefined) throw new Error('the product does not exist');
  const tier = (fromMonthQuantity: bigint, amount: bigint): PriceComponent => ({
    ...{ component: 'output', fromContextTokens: 0n, fromMonthQuantity, amount, per: 1n },
  });
  await publishPrice(serving.db, testIds, {
    ...{ platformId, productId, unit: 'USD', source: 'test', tiering: 'graduated' },
    components: [{ ...tier(0n, 0n), component: 'input' }, tier(0n, 1_000n), tier(100n, 10n)],
  });
});
afterAll(() => serving?.close());

test('calls at once pay together what their sum costs, and each shows what it paid', async () => {
  const customer = await serving.openCustomer(PLENTY);
  const { key } = customer;
  const ask = () =>
    rawCall(serving.url, {
      key,
      body: chat('tiered', { prompt_tokens: 5, completion_tokens: 30 }),
    });
  const first = await eventually(async () => {
    const answer = await ask();
    expect(answer.status).toBe(200);
    return answer;
  });
  const answers = [first, ...(await Promise.all(Array.from({ length: 9 }, ask)))];
  const costs = answers.map(({ headers }) => BigInt(nanos(String(headers['x-farebox-cost']))));
  const rows = await serving.db.query<{ output: bigint; price: bigint; charge: bigint }>(
    'select output, price, charge from call where account_id = $1 order by wallet_version',
    [customer.accountId],
  );
  const output = rows.reduce((sum, row) => sum + row.output, 0n);
  expect(output).toBeGreaterThan(100n);
  const whole = 100n * 1_000n + (output - 100n) * 10n;
  expect(costs.reduce((sum, cost) => sum + cost, 0n)).toBe(whole);
  expect(await walletOf(serving, customer)).toEqual({ balance: PLENTY - whole, held: 0n });
  for (const [index, { headers }] of answers.entries()) {
    const shown = await fetchCall(key, String(headers['x-request-id']));
    expect(shown.cost_exact).toBe(headers['x-farebox-cost']);
    expect(shown.lines).toContainEqual(expect.objectContaining({ component: 'output' }));
    expect(costs[index]).toBeGreaterThan(0n);
  }
});

const nanos = (decimal: string) => {
  const [whole = '0', fraction = ''] = decimal.split('.');
  return whole + fraction.padEnd(9, '0');
};

async function fetchCall(key: string, id: string): Promise<Record<string, unknown>> {
  const answer = await rawCall(serving.url, { key, method: 'GET', path: `/v1/calls/${id}` });
  expect(answer.status).toBe(200);
  return jsonOf(answer);
}
