import { afterAll, beforeAll, expect, test } from 'vitest';
import { give, holdOf, legOf, openLedger, settlementOf } from '../../../test/books.ts';
import { type ModelApi, openModelApi } from '../../../test/model-api.ts';
import { formatCallId, formatRowId } from '../../kernel/index.ts';
import type { Ledger } from '../../ledger/index.ts';

let api: ModelApi;
let ledger: Ledger;
beforeAll(async () => {
  api = await openModelApi();
  ledger = await openLedger(api.db);
});
afterAll(async () => {
  await ledger.close();
  await api.close();
});

test.each(['/v1', '/api/v1'])(
  'GET %s/calls/{id} is the call, exact to the nano-dollar',
  async (base) => {
    const customer = await api.openCustomer();
    await give(api, customer, 1_000_000_000n);
    const request = holdOf(legOf(api, customer, 90_000n));
    await ledger.hold(request);
    const path = `${base}/calls/${formatCallId(request.callId)}`;
    const open = await customer.get(path);
    expect(await open.json()).toMatchObject({
      status: 'open',
      http_status: null,
      held_exact: '0.00009',
      cost: 0,
      settled_at: null,
    });

    const leg = { input: 41n, output: 7n, other: { reasoning: 2n } };
    await ledger.settle(settlementOf(request, 19_250n, { leg }));
    const answer = await customer.get(path);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      id: formatCallId(request.callId),
      object: 'call',
      status: 'settled',
      http_status: 200,
      model: 'vendor/small',
      key: formatRowId('key', customer.keyId),
      streamed: false,
      estimated: false,
      usage: { input: 41, output: 7, reasoning: 2 },
      lines: [
        { component: 'input', quantity: 41, priced_as: 'input', amount: '0.25', per: 1_000_000 },
        { component: 'output', quantity: 7, priced_as: 'output', amount: '1', per: 1_000_000 },
        { component: 'reasoning', quantity: 2, priced_as: 'output', amount: '1', per: 1_000_000 },
      ],
      unit: 'USD',
      cost: 0.00001925,
      cost_exact: '0.00001925',
      price: 0.00001925,
      price_exact: '0.00001925',
      held: 0.00009,
      held_exact: '0.00009',
      created_at: expect.stringMatching(/^20\d\d-.*Z$/),
      settled_at: expect.stringMatching(/^20\d\d-.*Z$/),
      first_byte_ms: 1,
      latency_ms: 2,
      error_code: null,
    });
  },
);
