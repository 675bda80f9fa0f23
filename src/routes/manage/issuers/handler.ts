import type { z } from '@hono/zod-openapi';
import {
  type Issuer,
  listIssuers as listRows,
  type NewIssuer,
  createIssuer as register,
  removeIssuer as remove,
} from '../../../auth/index.ts';
import { formatRowId } from '../../../kernel/index.ts';
import { idOf, notFound } from '../fields.ts';
import type { Manage } from '../manage.ts';
import * as contract from './contract.ts';

export function mountIssuers(manage: Manage): void {
  const { parts } = manage;

  manage.mount(contract.listIssuers, async (c, { tx, platformId }) => {
    return c.json(listBody(await listRows(tx, platformId)), 200);
  });

  manage.mount(contract.createIssuer, async (c, act) => {
    const issuer = newIssuer(act.platformId, c.req.valid('json'));
    const after = issuerBody(await register(act.tx, parts, issuer));
    await act.record({ action: 'issuer.create', subject: after.id, after });
    return c.json(after, 201);
  });

  manage.mount(contract.removeIssuer, async (c, act) => {
    const missing = () => notFound('issuer');
    const id = idOf('iss', c.req.valid('param').issuer, missing);
    const removed = await remove(act.tx, act.platformId, id);
    if (removed === undefined) throw missing();
    const before = issuerBody(removed);
    await act.record({ action: 'issuer.remove', subject: before.id, before });
    return c.json(before, 200);
  });

  manage.mount(contract.tryToken, async (c, { platformId }) => {
    const bearer = await parts.issuers.verify(c.req.valid('json').token, platformId);
    const body = { object: 'bearer' as const, user: bearer.userId, plan: bearer.plan ?? null };
    return c.json(body, 200);
  });

  manage.mountForUser(contract.listSharedIssuers, async (c, { tx }) => {
    return c.json(listBody(await listRows(tx, null)), 200);
  });

  manage.mountForUser(contract.createSharedIssuer, async (c, act) => {
    const issuer = newIssuer(null, c.req.valid('json'));
    const after = issuerBody(await register(act.tx, parts, issuer));
    const subject = after.id;
    await act.record({ platformId: null, action: 'issuer.create', subject, after });
    return c.json(after, 201);
  });
}

type Given = z.output<
  (typeof contract.createIssuer)['request']['body']['content']['application/json']['schema']
>;

function newIssuer(platformId: bigint | null, given: Given): NewIssuer {
  return {
    platformId,
    issuer: given.issuer,
    jwksUrl: given.jwks_url,
    audience: given.audience ?? null,
    algorithms: given.algorithms,
    userClaim: given.user_claim,
    platformClaim: given.platform_claim ?? null,
    planClaim: given.plan_claim ?? null,
  };
}

const listBody = (issuers: readonly Issuer[]) => ({
  object: 'list' as const,
  data: issuers.map(issuerBody),
});

function issuerBody(issuer: Issuer) {
  return {
    id: formatRowId('iss', issuer.id),
    object: 'issuer' as const,
    is_shared: issuer.platformId === null,
    issuer: issuer.issuer,
    jwks_url: issuer.jwksUrl,
    audience: issuer.audience,
    algorithms: [...issuer.algorithms],
    user_claim: issuer.userClaim,
    platform_claim: issuer.platformClaim,
    plan_claim: issuer.planClaim,
  };
}
