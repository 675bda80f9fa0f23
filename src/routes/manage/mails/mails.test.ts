import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ManageApi, openManageApi } from '../../../../test/manage-api.ts';

let api: ManageApi;
beforeAll(async () => {
  api = await openManageApi();
});
afterAll(() => api.close());

test('the operator, and nobody else, reads what waits in the outbox', async () => {
  await api.sendMail({ recipient: 'a@person.example', subject: 'One' });
  await api.sendMail({ recipient: 'b@person.example', subject: 'Two' });
  const operator = await api.openOperator();
  const first = (await operator.get('/instance/mails?limit=1')).body;
  expect(first).toMatchObject({ has_more: true, data: [{ subject: 'Two', sent_at: null }] });
  const rest = (await operator.get(`/instance/mails?after=${first.last_id}`)).body;
  expect(rest).toMatchObject({ has_more: false, data: [{ subject: 'One', body: 'text' }] });
  const theirs = (await operator.get('/instance/mails?recipient=a@person.example')).body;
  expect(theirs.data).toHaveLength(1);
  const shop = await api.openPlatform();
  expect((await shop.owner.get('/instance/mails')).body.code).toBe('not_allowed');
});
