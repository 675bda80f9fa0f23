import { Fault, formatRowId } from '../../../kernel/index.ts';
import {
  type AccessToken,
  createAccessToken,
  listAccessTokens,
  revokeAccessToken,
} from '../../../tenants/index.ts';
import { isAllowed } from '../contract.ts';
import { idOf, notFound } from '../fields.ts';
import { pageOf, readAfter } from '../lists.ts';
import type { Manage } from '../manage.ts';
import * as contract from './contract.ts';

export function mountTokens(manage: Manage): void {
  const { parts } = manage;

  manage.mount(contract.listTokens, async (c, { tx, platformId }) => {
    const { limit, after } = c.req.valid('query');
    const before = readAfter('tok', after);
    const rows = await listAccessTokens(tx, platformId, { before, limit: limit + 1 });
    return c.json(pageOf(rows.map(tokenBody), limit), 200);
  });

  manage.mount(contract.createToken, async (c, act) => {
    const { name, role, expires_at: expiresAt } = c.req.valid('json');
    if (!isAllowed(act.role, role)) throw aboveYou();
    const { text, ...token } = await createAccessToken(act.tx, parts, {
      platformId: act.platformId,
      name,
      role,
      expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
    });
    const after = tokenBody(token);
    await act.record({ action: 'token.create', subject: after.id, after });
    return c.json({ ...after, token: text }, 201);
  });

  manage.mount(contract.revokeToken, async (c, act) => {
    const missing = () => notFound('token');
    const id = idOf('tok', c.req.valid('param').token, missing);
    const after = tokenBody(await revokeAccessToken(act.tx, act.platformId, id));
    await act.record({ action: 'token.revoke', subject: after.id, after });
    return c.json(after, 200);
  });
}

function tokenBody(token: AccessToken) {
  return {
    id: formatRowId('tok', token.id),
    object: 'access_token' as const,
    name: token.name,
    role: token.role,
    preview: token.preview,
    status: token.status,
    expires_at: token.expiresAt?.toISOString() ?? null,
    last_used_at: token.lastUsedAt?.toISOString() ?? null,
    created_at: token.createdAt.toISOString(),
  };
}

function aboveYou(): Fault {
  return new Fault({
    code: 'not_allowed',
    status: 403,
    param: 'role',
    message: 'A token may do at most what you may yourself. Choose a lower role.',
  });
}
