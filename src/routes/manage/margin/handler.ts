import { reprice } from '../../../metering/index.ts';
import type { Manage } from '../manage.ts';
import { marginBody } from '../price-drafts/dry-run-body.ts';
import { MOST_CALLS, scalesOf } from '../price-drafts/handler.ts';
import { getMargin } from './contract.ts';

const THIRTY_DAYS_MS = 30 * 86_400_000;

export function mountMargin(manage: Manage): void {
  const { clock } = manage.parts;
  manage.mount(getMargin, async (c, { tx, platformId }) => {
    const { from: since, to } = c.req.valid('query');
    const until = new Date(to ?? clock.nowMs());
    const from = new Date(since ?? until.getTime() - THIRTY_DAYS_MS);
    const found = await reprice(tx, { platformId, from, until }, { mostCalls: MOST_CALLS });
    return c.json(marginBody(found, from, until, await scalesOf(tx, platformId)), 200);
  });
}
