import { afterAll, beforeAll, expect, test } from 'vitest';
import { give, holdOf, legOf, openLedger, testIds } from '../../../test/books.ts';
import { type ModelApi, openModelApi } from '../../../test/model-api.ts';
import { formatCallId } from '../../kernel/index.ts';

let api: ModelApi;
beforeAll(async () => {
  api = await openModelApi();
});
afterAll(() => api.close());

test("another account's call looks like one that never was, and like a broken id", async () => {
  const ledger = await openLedger(api.db);
  const [owner, stranger] = [await api.openCustomer(), await api.openCustomer()];
  await give(api, owner, 1_000n);
  const request = holdOf(legOf(api, owner, 100n));
  await ledger.hold(request);
  await ledger.close();

  const theirs = formatCallId(request.callId);
  expect((await owner.get(`/v1/calls/${theirs}`)).status).toBe(200);
  const bodies = new Set<string>();
  for (const id of [theirs, formatCallId(testIds.callId()), 'req_x', request.callId, '%27']) {
    const answer = await stranger.get(`/v1/calls/${id}`);
    expect(answer.status).toBe(404);
    expect(answer.headers.get('x-should-retry')).toBe('false');
    bodies.add(await answer.text());
  }
  expect([...bodies].map((body) => JSON.parse(body))).toEqual([
    {
      error: {
        message: expect.any(String),
        type: 'not_found_error',
        param: 'id',
        code: 'call_not_found',
      },
    },
  ]);
});
