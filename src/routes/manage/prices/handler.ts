import {
  diffPrices,
  listPriceVersions,
  type PublishedVersion,
  priceBefore,
  requirePriceVersion,
  rollBackPrice,
  withdrawPrice,
} from '../../../catalog/index.ts';
import type { Queryable } from '../../../db/index.ts';
import { Fault, formatRowId, parseRowId } from '../../../kernel/index.ts';
import { pageOf, readAfter } from '../lists.ts';
import type { Manage } from '../manage.ts';
import { requireProduct } from '../products/handler.ts';
import { diffBody, priceBody } from './body.ts';
import * as contract from './contract.ts';

export function mountPrices(manage: Manage): void {
  const { ids } = manage.parts;
  const versionOf = (tx: Queryable, platformId: bigint, id: string) =>
    requirePriceVersion(tx, platformId, parseRowId('prc', id));

  manage.mount(contract.listPrices, async (c, { tx, platformId }) => {
    const { limit, after, product, kind, unit } = c.req.valid('query');
    const rows = await listPriceVersions(tx, platformId, {
      productId:
        product === undefined ? undefined : (await requireProduct(tx, platformId, product)).id,
      ...{ kind, unit, after: readAfter('prc', after), limit: limit + 1 },
    });
    return c.json(pageOf(rows.map(priceBody), limit), 200);
  });

  manage.mount(contract.getPrice, async (c, { tx, platformId }) => {
    return c.json(priceBody(await versionOf(tx, platformId, c.req.valid('param').price)), 200);
  });

  manage.mount(contract.diffPrice, async (c, { tx, platformId }) => {
    const to = await versionOf(tx, platformId, c.req.valid('param').price);
    const { from: name } = c.req.valid('query');
    const from =
      name === undefined
        ? await priceBefore(tx, platformId, to)
        : await versionOf(tx, platformId, name);
    if (from !== undefined) requireSameUnit(from, to);
    const changes = diffPrices(from?.components ?? [], to.components);
    const fromId = from === undefined ? null : formatRowId('prc', from.id);
    return c.json(diffBody(fromId, formatRowId('prc', to.id), changes, to.scale), 200);
  });

  manage.mount(contract.rollBackPrice, async (c, act) => {
    const { tx, platformId } = act;
    const earlier = parseRowId('prc', c.req.valid('param').price);
    const how = c.req.valid('json') ?? {};
    const { priceId } = await rollBackPrice(tx, ids, platformId, earlier, how);
    const after = priceBody(await requirePriceVersion(tx, platformId, priceId));
    const before = { id: c.req.valid('param').price };
    await act.record({ action: 'price.roll_back', subject: after.id, before, after });
    return c.json(after, 200);
  });

  manage.mount(contract.withdrawPrice, async (c, act) => {
    const { tx, platformId } = act;
    const { price } = c.req.valid('param');
    const before = priceBody(await versionOf(tx, platformId, price));
    await withdrawPrice(tx, platformId, parseRowId('prc', price));
    const after = priceBody(await versionOf(tx, platformId, price));
    await act.record({ action: 'price.withdraw', subject: after.id, before, after });
    return c.json(after, 200);
  });
}

/** Amounts of two units cannot be compared. */
function requireSameUnit(one: PublishedVersion, other: PublishedVersion): void {
  if (one.unit === other.unit) return;
  throw new Fault({
    code: 'units_differ',
    status: 422,
    param: 'from',
    message: `The one is in ${one.unit} and the other in ${other.unit}: they cannot be compared.`,
  });
}
