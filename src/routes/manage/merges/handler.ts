import { formatRowId } from '../../../kernel/index.ts';
import { mergeAccounts, requireUnit } from '../../../tenants/index.ts';
import { accountBody } from '../accounts/body.ts';
import { requireAccount } from '../accounts/handler.ts';
import { amountFields } from '../amounts.ts';
import type { Manage } from '../manage.ts';
import * as contract from './contract.ts';

export function mountMerges(manage: Manage): void {
  manage.mount(contract.mergeAccount, async (c, act) => {
    const { from: name, reason } = c.req.valid('json');
    const { tx, platformId } = act;
    const into = await requireAccount(tx, platformId, c.req.valid('param').account);
    const from = await requireAccount(tx, platformId, name);
    const before = { into: await accountBody(tx, into), from: await accountBody(tx, from) };
    const merge = { platformId, from: from.id, into: into.id, reason };
    const merged = await mergeAccounts(tx, manage.parts.ids, merge);
    const value = [];
    for (const { unit, amount, grants } of merged.value) {
      const { scale } = await requireUnit(tx, platformId, unit);
      value.push({ unit, grants, ...amountFields('amount', amount, scale) });
    }
    const { keys, members } = merged;
    const body = {
      object: 'merge' as const,
      account: await accountBody(tx, merged.account),
      from: before.from.id,
      moved: { keys, members, value },
    };
    for (const subject of [into, from].map(({ id }) => formatRowId('acc', id))) {
      await act.record({ action: 'account.merge', subject, reason, before, after: body });
    }
    return c.json(body, 200);
  });
}
