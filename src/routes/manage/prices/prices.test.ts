import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { testIds } from '../../../../test/books.ts';
import { type ManageApi, openManageApi, type TestPlatform } from '../../../../test/manage-api.ts';

let api: ManageApi;
let shop: TestPlatform;
let product: string;
beforeAll(async () => {
  api = await openManageApi();
  shop = await api.openPlatform();
});
afterAll(() => api.close());
beforeEach(async () => {
  product = (await shop.admin.post('/products', { slug: `m${testIds.rowId()}` })).body.id;
});

const INPUT = { component: 'input', amount: '0.25', per: 1_000_000 };
const OUTPUT = { component: 'output', amount: '2', per: 1_000_000 };
const inAnHour = () => new Date(Date.parse(new Date().toISOString()) + 3_600_000).toISOString();

const draft = async (components: object[], more: object = {}) =>
  shop.admin.post('/price-drafts', { product, components, ...more });
const publish = async (components: object[], at?: string, more: object = {}) => {
  const { id } = (await draft(components, more)).body;
  return shop.admin.post(`/price-drafts/${id}/publish`, at === undefined ? undefined : { at });
};
const versions = async () =>
  (await shop.viewer.get(`/prices?product=${product}`)).body.data.map(
    (one: { version: number; status: string }) => [one.version, one.status],
  );

describe('a draft', () => {
  test('sells nothing until it is published, and is gone then', async () => {
    const made = await draft([INPUT, OUTPUT], { source: 'price list', note: 'spring' });
    expect(made).toMatchObject({
      status: 201,
      body: {
        ...{ object: 'price_draft', kind: 'sale', unit: 'USD', tiering: null },
        components: [
          { component: 'input', amount: 0.25, amount_exact: '0.25', per: 1_000_000 },
          { component: 'output' },
        ],
      },
    });
    expect(await versions()).toEqual([]);
    const { id } = made.body;
    const published = await shop.admin.post(`/price-drafts/${id}/publish`);
    expect(published.body).toMatchObject({
      ...{ object: 'price', version: 1, status: 'current', valid_until: null },
      ...{ source: 'price list', note: 'spring' },
    });
    const again = await shop.admin.post(`/price-drafts/${id}/publish`);
    expect([again.status, again.body.code]).toEqual([404, 'price_draft_not_found']);
    const record = await shop.admin.get(`/audit?subject=${published.body.id}`);
    expect(record.body.data).toMatchObject([{ action: 'price_draft.publish', before: { id } }]);
  });

  test('keeps what a change does not name, and can be thrown away', async () => {
    const { id } = (await draft([INPUT], { note: 'one' })).body;
    const changed = await shop.admin.call('PATCH', `/price-drafts/${id}`, { components: [OUTPUT] });
    expect(changed.body).toMatchObject({ note: 'one', components: [{ component: 'output' }] });
    expect((await shop.admin.call('DELETE', `/price-drafts/${id}`)).status).toBe(204);
    expect((await shop.viewer.get(`/price-drafts/${id}`)).status).toBe(404);
  });

  test.each([
    [{ components: [] }, 400, 'invalid_request'],
    [{ components: [INPUT, INPUT] }, 422, 'price_invalid'],
    [{ components: [{ ...INPUT, amount: '0.0000000001' }] }, 422, 'invalid_amount'],
    [{ components: [INPUT], unit: 'EUR' }, 422, 'unit_unknown'],
    [{ components: [{ ...INPUT, from_month_quantity: 5 }] }, 422, 'price_invalid'],
    [
      { components: [{ ...INPUT, from_month_quantity: 5 }], tiering: 'volume' },
      422,
      'price_invalid',
    ],
    [{ components: [INPUT], tiering: 'graduated', kind: 'cost' }, 422, 'price_invalid'],
  ])('with %j is refused', async (body, status, code) => {
    const answer = await shop.admin.post('/price-drafts', { product, ...body });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test('is compared with the price of now, component by component, to the last digit', async () => {
    const { body: current } = await publish([INPUT, OUTPUT]);
    const third = { component: 'input', amount: '1', per: 3_000_000 };
    const { id } = (await draft([third, { component: 'request', amount: '0.01' }])).body;
    const { body } = await shop.viewer.get(`/price-drafts/${id}/diff`);
    expect(body).toMatchObject({
      ...{ object: 'price_diff', from: current.id, to: id },
      changes: [
        { component: 'input', change: 'raised', percent: 33.333333, percent_exact: '100/3' },
        { component: 'output', change: 'removed', after: null, percent: null },
        { component: 'request', change: 'added', before: null, percent_exact: null },
      ],
    });
  });
});

describe('a version', () => {
  test('that is scheduled waits for its instant, and one before it ends there', async () => {
    await publish([INPUT]);
    const at = inAnHour();
    const later = (await publish([OUTPUT], at)).body;
    expect(later).toMatchObject({ status: 'scheduled', valid_from: at });
    expect(await versions()).toEqual([
      [2, 'scheduled'],
      [1, 'current'],
    ]);
    // What is published meanwhile goes until then.
    expect((await publish([INPUT, OUTPUT])).body).toMatchObject({ version: 3, valid_until: at });
    expect(await versions()).toEqual([
      [3, 'current'],
      [2, 'scheduled'],
      [1, 'ended'],
    ]);
  });

  test('is taken back before it begins, and the one before it goes on', async () => {
    const first = (await publish([INPUT])).body;
    const later = (await publish([OUTPUT], inAnHour())).body;
    const withdrawn = await shop.admin.post(`/prices/${later.id}/withdraw`);
    expect(withdrawn.body.status).toBe('withdrawn');
    expect((await shop.viewer.get(`/prices/${first.id}`)).body).toEqual(first);
    for (const id of [first.id, later.id]) {
      const refused = await shop.admin.post(`/prices/${id}/withdraw`);
      expect([refused.status, refused.body.code]).toEqual([409, 'price_in_effect']);
    }
  });

  test('is rolled back to: what it said becomes a new version', async () => {
    const first = (await publish([INPUT])).body;
    const second = (await publish([OUTPUT])).body;
    const back = await shop.admin.post(`/prices/${first.id}/roll-back`, { note: 'too dear' });
    expect(back.body).toMatchObject({
      ...{ version: 3, source: 'version 1', note: 'too dear', components: first.components },
    });
    const diff = await shop.viewer.get(`/prices/${back.body.id}/diff?from=${first.id}`);
    expect(diff.body.changes).toMatchObject([{ change: 'same', percent_exact: '0' }]);
    const before = await shop.viewer.get(`/prices/${back.body.id}/diff`);
    expect(before.body.from).toBe(second.id);
  });

  test('never changes: the database itself refuses', async () => {
    await publish([INPUT]);
    await publish([OUTPUT]);
    const where = `where product_id = (select max(id) from product)`;
    const refused = /is published and stays as it is|gets no more components/;
    for (const statement of [
      `update price set unit = 'credit' ${where}`,
      `update price set note = 'other' ${where}`,
      `update price set valid_until = null ${where} and version = 1`,
      `update price set valid_until = now() + interval '1 day' ${where} and version = 1`,
      `update price set valid_until = now() - interval '1 s' ${where} and version = 2`,
      `delete from price ${where}`,
      `update price_component set amount = 1 where price_id in (select id from price ${where})`,
      `delete from price_component where price_id in (select id from price ${where})`,
      `insert into price_component (platform_id, price_id, component, amount, per)
       select platform_id, id, 'request', 1, 1 from price ${where}`,
    ]) {
      await expect(api.db.query(statement), statement).rejects.toThrow(refused);
    }
  });

  test('of what a product costs is kept beside its price, and no customer sees it', async () => {
    const price = (await publish([INPUT])).body;
    const cost = (await publish([OUTPUT], undefined, { kind: 'cost' })).body;
    expect(cost).toMatchObject({ kind: 'cost', version: 1, status: 'current' });
    expect((await shop.viewer.get(`/prices/${price.id}`)).body.status).toBe('current');
    expect((await shop.customer.get(`/prices/${cost.id}`)).status).toBe(403);
  });
});
