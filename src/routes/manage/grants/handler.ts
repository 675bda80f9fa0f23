import { Fault, formatRowId } from '../../../kernel/index.ts';
import {
  endGrant,
  findGrant,
  type GrantState,
  grantValue,
  listGrants,
} from '../../../ledger/index.ts';
import { requireAccount } from '../accounts/handler.ts';
import { amountFields } from '../amounts.ts';
import { idOf, notFound } from '../fields.ts';
import { readAmount } from '../limits.ts';
import { pageOf, readAfter } from '../lists.ts';
import type { Act, Manage } from '../manage.ts';
import { freshReference, walletIn } from '../wallets/handler.ts';
import * as contract from './contract.ts';

export function mountGrants(manage: Manage): void {
  const { ids } = manage.parts;

  manage.mount(contract.listGrants, async (c, { tx, platformId }) => {
    const { limit, after } = c.req.valid('query');
    const { id } = await requireAccount(tx, platformId, c.req.valid('param').account);
    const page = { before: readAfter('grt', after), limit: limit + 1 };
    const grants = await listGrants(tx, platformId, id, page);
    return c.json(pageOf(grants.map(grantBody), limit), 200);
  });

  manage.mount(contract.createGrant, async (c, act) => {
    const {
      amount: given,
      unit: code,
      expires_at: expires,
      reference,
      ...grant
    } = c.req.valid('json');
    const { unit, ...wallet } = await walletIn(manage, act, c.req.valid('param').account, code);
    const amount = readAmount(given, unit, 'amount');
    if (amount <= 0n) throw notPositive();
    const grantId = ids.rowId();
    const made = await grantValue(act.tx, {
      ...wallet,
      ...grant,
      grantId,
      amount,
      expiresAt: expires === undefined ? undefined : new Date(expires),
      reference: reference ?? freshReference(grantId),
    });
    const after = grantBody(await requireGrant(act, made.grantId));
    if (made.created) {
      const { reason } = grant;
      await act.record({ action: 'grant.create', subject: after.account, reason, after });
    }
    return c.json(after, 201);
  });

  manage.mount(contract.expireGrant, async (c, act) => {
    const { reason } = c.req.valid('json');
    const id = idOf('grt', c.req.valid('param').grant, () => notFound('grant'));
    const before = grantBody(await requireGrant(act, id));
    await endGrant(act.tx, act.platformId, id);
    const after = grantBody(await requireGrant(act, id));
    const subject = after.account;
    await act.record({ action: 'grant.expire', subject, reason, before, after });
    return c.json(after, 200);
  });
}

async function requireGrant({ tx, platformId }: Act, id: bigint): Promise<GrantState> {
  const grant = await findGrant(tx, platformId, id);
  if (grant === undefined) throw notFound('grant');
  return grant;
}

function grantBody(grant: GrantState) {
  const { unit, source, priority, status, reference, reason, scale } = grant;
  return {
    id: formatRowId('grt', grant.id),
    object: 'grant' as const,
    account: formatRowId('acc', grant.accountId),
    unit,
    source,
    priority,
    ...amountFields('granted', grant.granted, scale),
    ...amountFields('remaining', grant.remaining, scale),
    status,
    expires_at: grant.expiresAt?.toISOString() ?? null,
    ended_at: grant.endedAt?.toISOString() ?? null,
    reference,
    reason,
    created_at: grant.createdAt.toISOString(),
  };
}

function notPositive(): Fault {
  const message = 'A grant is more than nothing. To take value back, make an adjustment.';
  return new Fault({ code: 'invalid_amount', status: 422, param: 'amount', message });
}
