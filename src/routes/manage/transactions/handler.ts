import { formatCallId, type Unit } from '../../../kernel/index.ts';
import { listWallets } from '../../../ledger/index.ts';
import { listMovements, type Movement } from '../../../metering/index.ts';
import { defaultUnitOf } from '../../../tenants/index.ts';
import { requireAccount } from '../accounts/handler.ts';
import { amountFields } from '../amounts.ts';
import { shownId } from '../fields.ts';
import { pageOf } from '../lists.ts';
import type { Manage } from '../manage.ts';
import * as contract from './contract.ts';
import { createMovementIds } from './movement-id.ts';

export function mountTransactions(manage: Manage): void {
  const movementIds = createMovementIds(manage.parts.secrets);

  manage.mount(contract.listTransactions, async (c, { tx, platformId }) => {
    const { limit, after, unit } = c.req.valid('query');
    const { id } = await requireAccount(tx, platformId, c.req.valid('param').account);
    const code = unit ?? (await defaultUnitOf(tx, platformId)).code;
    const wallet = (await listWallets(tx, platformId, id)).find((one) => one.unit === code);
    if (wallet === undefined) return c.json(pageOf([], limit), 200);
    const page = { limit: limit + 1, after: movementIds.read(wallet.id, after) };
    const found = await listMovements(tx, wallet.id, page);
    const rows = found.map((movement) => ({
      id: movementIds.write(wallet.id, movement),
      ...movementBody(movement, { code, scale: wallet.scale }),
    }));
    return c.json(pageOf(rows, limit), 200);
  });
}

function movementBody(movement: Movement, { code, scale }: Unit) {
  const { kind, amount, before, after, callId, grantId, source, reference, reason, at } = movement;
  return {
    object: 'transaction' as const,
    unit: code,
    kind,
    ...amountFields('amount', amount, scale),
    ...amountFields('balance_before', before, scale),
    ...amountFields('balance_after', after, scale),
    call: callId === null ? null : formatCallId(callId),
    grant: shownId('grt', grantId),
    source,
    reference,
    reason,
    at: at.toISOString(),
  };
}
