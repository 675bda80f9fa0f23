import {
  changePriceDraft,
  createPriceDraft,
  currentPriceVersion,
  deletePriceDraft,
  diffPrices,
  listPriceDrafts,
  type PriceDraft,
  publishPriceDraft,
  requirePriceDraft,
  requirePriceVersion,
} from '../../../catalog/index.ts';
import type { Queryable } from '../../../db/index.ts';
import { Fault, formatRowId, parseRowId, type Unit } from '../../../kernel/index.ts';
import { reprice, type Trial } from '../../../metering/index.ts';
import { defaultUnitOf, listUnits } from '../../../tenants/index.ts';
import { pageOf, readAfter } from '../lists.ts';
import type { Act, Manage } from '../manage.ts';
import { diffBody, draftBody, priceBody, readComponents } from '../prices/body.ts';
import { requireProduct } from '../products/handler.ts';
import * as contract from './contract.ts';
import { dryRunBody } from './dry-run-body.ts';

/** More would keep a request, and a session of the database, busy for minutes. */
export const MOST_CALLS = 2_000_000;
const DAY_MS = 86_400_000;

export function mountPriceDrafts(manage: Manage): void {
  mountEditing(manage);
  mountUsing(manage);
}

function mountEditing(manage: Manage): void {
  const { ids } = manage.parts;

  manage.mount(contract.listDrafts, async (c, { tx, platformId }) => {
    const { limit, after, product } = c.req.valid('query');
    const rows = await listPriceDrafts(tx, platformId, {
      productId:
        product === undefined ? undefined : (await requireProduct(tx, platformId, product)).id,
      ...{ after: readAfter('pdr', after) ?? 0n, limit: limit + 1 },
    });
    return c.json(pageOf(rows.map(draftBody), limit), 200);
  });

  manage.mount(contract.createDraft, async (c, act) => {
    const body = c.req.valid('json');
    const { tx, platformId } = act;
    const product = await requireProduct(tx, platformId, body.product);
    const unit = await requireUnit(act, body.unit);
    const { kind, tiering, source, note } = body;
    const components = readComponents(body.components, unit);
    const terms = { kind, unit: unit.code, tiering, source, note, components };
    const draft = await createPriceDraft(tx, ids, platformId, { ...terms, productId: product.id });
    const after = draftBody(draft);
    await act.record({ action: 'price_draft.create', subject: after.id, after });
    return c.json(after, 201);
  });

  manage.mount(contract.getDraft, async (c, { tx, platformId }) => {
    return c.json(draftBody(await draftOf(tx, platformId, c.req.valid('param').draft)), 200);
  });

  manage.mount(contract.updateDraft, async (c, act) => {
    const { tx, platformId } = act;
    const draft = await draftOf(tx, platformId, c.req.valid('param').draft);
    const { components, ...others } = c.req.valid('json');
    const unit = { code: draft.unit, scale: draft.scale };
    const changed = await changePriceDraft(tx, platformId, draft, {
      ...others,
      components: components === undefined ? undefined : readComponents(components, unit),
    });
    const [before, after] = [draftBody(draft), draftBody(changed)];
    await act.record({ action: 'price_draft.update', subject: after.id, before, after });
    return c.json(after, 200);
  });

  manage.mount(contract.deleteDraft, async (c, act) => {
    const { tx, platformId } = act;
    const draft = await draftOf(tx, platformId, c.req.valid('param').draft);
    await deletePriceDraft(tx, platformId, draft.id);
    const before = draftBody(draft);
    await act.record({ action: 'price_draft.delete', subject: before.id, before });
    return c.body(null, 204);
  });
}

function mountUsing(manage: Manage): void {
  const { ids, clock } = manage.parts;

  manage.mount(contract.diffDraft, async (c, { tx, platformId }) => {
    const draft = await draftOf(tx, platformId, c.req.valid('param').draft);
    const current = await currentPriceVersion(tx, platformId, draft);
    const changes = diffPrices(current?.components ?? [], draft.components);
    const from = current === undefined ? null : formatRowId('prc', current.id);
    return c.json(diffBody(from, formatRowId('pdr', draft.id), changes, draft.scale), 200);
  });

  manage.mount(contract.publishDraft, async (c, act) => {
    const { tx, platformId } = act;
    const draft = await draftOf(tx, platformId, c.req.valid('param').draft);
    const { at } = c.req.valid('json') ?? {};
    const { priceId } = await publishPriceDraft(tx, ids, platformId, draft, { at });
    const after = priceBody(await requirePriceVersion(tx, platformId, priceId));
    const before = draftBody(draft);
    await act.record({ action: 'price_draft.publish', subject: after.id, before, after });
    return c.json(after, 200);
  });

  manage.mount(contract.dryRunDrafts, async (c, act) => {
    const { tx, platformId } = act;
    const { drafts: names, days } = c.req.valid('json');
    const drafts: PriceDraft[] = [];
    for (const name of names) drafts.push(await draftOf(tx, platformId, name));
    const until = new Date(clock.nowMs());
    const from = new Date(until.getTime() - days * DAY_MS);
    const productIds = [...new Set(drafts.map(({ productId }) => productId))];
    const walk = { platformId, from, until, productIds };
    const found = await reprice(tx, walk, { trials: drafts.map(trialOf), mostCalls: MOST_CALLS });
    const scales = await scalesOf(tx, platformId);
    return c.json(dryRunBody(found, from, until, scales), 200);
  });
}

const draftOf = (tx: Queryable, platformId: bigint, id: string) =>
  requirePriceDraft(tx, platformId, parseRowId('pdr', id));

/** A draft as a price to try. */
function trialOf({ id, productId, kind, unit, tiering, components }: PriceDraft): Trial {
  const book = { priceId: id, unit, components, ...(tiering !== null && { tiering }) };
  return { productId, kind, book };
}

/** How many decimals each unit of the platform has. */
export async function scalesOf(tx: Queryable, platformId: bigint) {
  const units = await listUnits(tx, platformId);
  return new Map(units.map(({ code, scale }) => [code, scale]));
}

async function requireUnit({ tx, platformId }: Act, code: string | undefined): Promise<Unit> {
  if (code === undefined) return defaultUnitOf(tx, platformId);
  const unit = (await listUnits(tx, platformId)).find((one) => one.code === code);
  if (unit !== undefined) return unit;
  throw new Fault({
    code: 'unit_unknown',
    status: 422,
    param: 'unit',
    message: `The platform has no unit '${code}'. Use one of its units, or add that one first.`,
  });
}
