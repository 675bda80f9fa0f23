import { afterAll, beforeAll, expect, test } from 'vitest';
import { holdOf, openLedger, settlementOf, testIds } from '../../../../test/books.ts';
import { type ManageApi, openManageApi, type TestPlatform } from '../../../../test/manage-api.ts';
import { formatRowId, parseRowId } from '../../../kernel/index.ts';
import { grantValue, type Ledger } from '../../../ledger/index.ts';

let api: ManageApi;
let ledger: Ledger;
let shop: TestPlatform;
beforeAll(async () => {
  api = await openManageApi();
  ledger = await openLedger(api.db);
  shop = await api.openPlatform();
});
afterAll(async () => {
  await ledger.close();
  await api.close();
});

test('drafts are tried on the real calls, and the margin is shown, without a change', async () => {
  const { platformId, accountId } = shop;
  const { id: product } = (await shop.admin.post('/products', { slug: 'm' })).body;
  const price = async (kind: string, amount: string) => {
    const components = [{ component: 'input', amount, per: 1_000 }];
    return (await shop.admin.post('/price-drafts', { product, kind, components })).body.id;
  };
  const publish = async (draft: string) =>
    (await shop.admin.post(`/price-drafts/${draft}/publish`)).body.id;
  const priceId = parseRowId('prc', await publish(await price('sale', '0.01'))) ?? 0n;
  await publish(await price('cost', '0.004'));
  const [wallet] = await api.db.query<{ id: bigint }>(
    'select id from wallet where account_id = $1',
    [accountId],
  );
  const walletId = wallet?.id ?? 0n;
  await grantValue(api.db, {
    ...{ grantId: testIds.rowId(), platformId, walletId, amount: 10n ** 12n, source: 'purchase' },
    ...{ priority: 0, expiresAt: undefined, reference: 'test', reason: undefined },
  });
  const productId = parseRowId('prd', product) ?? 0n;
  for (const input of [1_000n, 500n]) {
    const amount = input * 10_000n;
    const request = holdOf({
      ...{ platformId, accountId, walletId, keyId: undefined, productId, priceId },
      ...{ minimum: amount, maximum: amount, tokens: 0n, claims: [] },
    });
    expect((await ledger.hold(request)).outcome).toBe('held');
    await ledger.settle(settlementOf(request, amount, { leg: { input } }));
  }
  const dearer = await price('sale', '0.012');
  const tried = await shop.viewer.post('/price-drafts/dry-run', { drafts: [dearer] });
  expect(tried).toMatchObject({
    status: 200,
    body: {
      object: 'price_dry_run',
      products: [
        {
          ...{ product, unit: 'USD', calls: 2, not_priced: 0, calls_with_cost: 2 },
          ...{ revenue_then: 0.015, revenue_then_exact: '0.015', revenue_now_exact: '0.018' },
          ...{ cost_then_exact: '0.006', margin_then_exact: '0.009', margin_now_exact: '0.012' },
        },
      ],
      accounts_up: [
        {
          ...{ account: formatRowId('acc', accountId), before_exact: '0.015' },
          ...{ after_exact: '0.018', difference_exact: '0.003' },
        },
      ],
      accounts_down: [],
    },
  });
  const cheaperCost = await price('cost', '0.002');
  const again = await shop.viewer.post('/price-drafts/dry-run', {
    drafts: [cheaperCost, dearer],
    days: 1,
  });
  expect(again.body.products).toMatchObject([
    { cost_then_exact: '0.006', cost_now_exact: '0.003', margin_now_exact: '0.015' },
  ]);
  const margin = await shop.viewer.get('/margin');
  expect(margin.body.products).toMatchObject([
    {
      ...{ product, calls: 2, revenue_exact: '0.015', cost_exact: '0.006' },
      margin_exact: '0.009',
    },
  ]);
  const none = await shop.viewer.get('/margin?to=2020-01-01T00:00:00Z');
  expect(none.body.products).toEqual([]);
});
