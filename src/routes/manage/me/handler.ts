import { platformNotFound } from '../../../auth/index.ts';
import { formatRowId } from '../../../kernel/index.ts';
import { findPlatformById, listMemberships } from '../../../tenants/index.ts';
import { shownId } from '../fields.ts';
import type { Manage } from '../manage.ts';
import { getCaller, getMe } from './contract.ts';

export function mountMe(manage: Manage): void {
  manage.mountForUser(getMe, async (c, { tx, user }) => {
    const memberships = await listMemberships(tx, user.id);
    const body = {
      object: 'me' as const,
      user: { id: user.id, mail: user.mail, name: user.name },
      is_operator: user.isOperator,
      memberships: memberships.map((one) => ({
        platform: one.platform,
        platform_id: formatRowId('plt', one.platformId),
        platform_name: one.platformName,
        role: one.role,
        account: shownId('acc', one.accountId),
        account_name: one.accountName,
      })),
    };
    return c.json(body, 200);
  });

  manage.mount(getCaller, async (c, { tx, actor, role, platformId, accountId, isOperator }) => {
    const platform = await findPlatformById(tx, platformId);
    if (platform === undefined) throw platformNotFound();
    const body = {
      object: 'caller' as const,
      kind: actor.kind,
      id: actor.id,
      label: actor.label,
      role,
      is_operator: isOperator,
      platform: platform.slug,
      platform_id: formatRowId('plt', platformId),
      account: shownId('acc', accountId ?? null),
    };
    return c.json(body, 200);
  });
}
