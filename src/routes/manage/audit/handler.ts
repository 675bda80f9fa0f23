import type { z } from '@hono/zod-openapi';
import { listActs, type RecordedAct } from '../../../audit/index.ts';
import type { Queryable } from '../../../db/index.ts';
import { formatRowId } from '../../../kernel/index.ts';
import { pageOf, readAfter } from '../lists.ts';
import type { Manage } from '../manage.ts';
import * as contract from './contract.ts';

export function mountAudit(manage: Manage): void {
  manage.mount(contract.listAudit, async (c, { tx, platformId }) => {
    return c.json(await listPage(tx, platformId, c.req.valid('query')), 200);
  });
  manage.mountForUser(contract.listInstanceAudit, async (c, { tx }) => {
    return c.json(await listPage(tx, null, c.req.valid('query')), 200);
  });
}

async function listPage(
  tx: Queryable,
  platformId: bigint | null,
  { limit, after, ...filter }: z.output<typeof contract.listAudit.request.query>,
) {
  const before = readAfter('aud', after);
  const rows = await listActs(tx, platformId, filter, { before, limit: limit + 1 });
  return pageOf(rows.map(actBody), limit);
}

function actBody(act: RecordedAct) {
  return {
    id: formatRowId('aud', act.id),
    object: 'audit_entry' as const,
    at: act.at.toISOString(),
    actor: { kind: act.actorKind, id: act.actorId, label: act.actor },
    action: act.action,
    subject: act.subject,
    reason: act.reason,
    before: act.before as Record<string, unknown> | null,
    after: act.after as Record<string, unknown> | null,
    request_id: act.requestId,
  };
}
