import { formatAmount, formatRowId } from '../kernel/index.ts';
import type { GrantState } from '../ledger/index.ts';

/** A grant as the command line answers with it. */
export function grantJson(grant: GrantState) {
  return {
    id: formatRowId('grt', grant.id),
    unit: grant.unit,
    granted: formatAmount(grant.granted, grant.scale),
    remaining: formatAmount(grant.remaining, grant.scale),
    source: grant.source,
    priority: grant.priority,
    status: grant.status,
    expires_at: grant.expiresAt?.toISOString() ?? null,
    ended_at: grant.endedAt?.toISOString() ?? null,
    reference: grant.reference,
    reason: grant.reason,
    created_at: grant.createdAt.toISOString(),
  };
}
