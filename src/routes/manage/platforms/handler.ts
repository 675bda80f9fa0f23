import { platformNotFound } from '../../../auth/index.ts';
import type { Queryable } from '../../../db/index.ts';
import { Fault, formatRowId, parseRowId } from '../../../kernel/index.ts';
import {
  addUnit as addUnitTo,
  changePlatform,
  findPlatform,
  findPlatformById,
  listMemberships,
  createPlatform as openPlatform,
  type Platform,
  setPlatformMember,
  setPlatformStatus,
} from '../../../tenants/index.ts';
import { pageOf, readAfter } from '../lists.ts';
import type { Act, Manage, UserAct } from '../manage.ts';
import { platformBody } from './body.ts';
import * as contract from './contract.ts';
import { listOwnPlatforms } from './list-own.ts';
import { settingsOf } from './settings.ts';
import { proveDomain } from './verify-domain.ts';

export function mountPlatforms(manage: Manage): void {
  const { ids } = manage.parts;

  manage.mountForUser(contract.createPlatform, async (c, act) => {
    const { account, units, ...body } = c.req.valid('json');
    const openedByAccountId = await openedBy(act, account);
    const [first, ...others] = units;
    if (first === undefined) throw new Error('the contract asks for a unit');
    const platform = await openPlatform(act.tx, ids, {
      slug: body.slug,
      name: body.name,
      keyPrefix: body.key_prefix,
      units: [first, ...others],
      timeZone: body.time_zone,
      openedByAccountId,
    });
    const owner = { platformId: platform.id, userId: act.user.id, role: 'owner' } as const;
    await setPlatformMember(act.tx, owner);
    const after = await platformBody(act.tx, platform);
    const subject = after.id;
    await act.record({ platformId: platform.id, action: 'platform.create', subject, after });
    return c.json(after, 201);
  });

  manage.mountForUser(contract.listPlatforms, async (c, { tx, user }) => {
    const { limit, after } = c.req.valid('query');
    const rows = await listOwnPlatforms(tx, user, {
      after: readAfter('plt', after) ?? 0n,
      limit: limit + 1,
    });
    const bodies = [];
    for (const row of rows) bodies.push(await platformBody(tx, row));
    return c.json(pageOf(bodies, limit), 200);
  });

  manage.mount(contract.getPlatform, async (c, { tx, platformId }) => {
    return c.json(await platformBody(tx, await own(tx, platformId)), 200);
  });

  mountSettings(manage);
  mountForOperator(manage);
}

function mountSettings(manage: Manage): void {
  const { random, resolveTxt } = manage.parts;

  manage.mount(contract.updatePlatform, async (c, act) => {
    const before = await own(act.tx, act.platformId);
    const changes = settingsOf(before, c.req.valid('json'), random);
    return c.json(
      await change(act, before, 'platform.update', () =>
        changePlatform(act.tx, act.platformId, changes),
      ),
      200,
    );
  });

  manage.mount(contract.addUnit, async (c, act) => {
    const before = await own(act.tx, act.platformId);
    const added = await change(act, before, 'platform.add_unit', async () => {
      await addUnitTo(act.tx, act.platformId, c.req.valid('json'));
      return before;
    });
    return c.json(added, 201);
  });

  manage.mount(contract.verifyDomain, async (c, act) => {
    const before = await own(act.tx, act.platformId);
    const verifiedAt = await proveDomain(before, resolveTxt, manage.parts.clock);
    const verified = await change(act, before, 'platform.verify_domain', () =>
      changePlatform(act.tx, act.platformId, {
        domain: before.domain,
        domainVerifiedAt: verifiedAt,
      }),
    );
    return c.json(verified, 200);
  });
}

function mountForOperator(manage: Manage): void {
  const verbs = [
    [contract.suspendPlatform, 'platform.suspend', 'suspended'],
    [contract.resumePlatform, 'platform.resume', 'active'],
    [contract.openForPlatforms, 'platform.allow_platforms', true],
    [contract.closeForPlatforms, 'platform.refuse_platforms', false],
  ] as const;
  for (const [route, action, value] of verbs) {
    manage.mountForUser(route, async (c, act) => {
      const { tx } = act;
      const platform = await named(tx, c.req.valid('param').platform);
      const before = await platformBody(tx, platform);
      const changed =
        typeof value === 'string'
          ? await setPlatformStatus(tx, platform.id, value)
          : await changePlatform(tx, platform.id, { opensPlatforms: value });
      const after = await platformBody(tx, changed);
      await act.record({ platformId: platform.id, action, subject: after.id, before, after });
      return c.json(after, 200);
    });
  }
}

/** Carries out a change and puts on record what was and what is. */
async function change(act: Act, before: Platform, action: string, work: () => Promise<Platform>) {
  const was = await platformBody(act.tx, before);
  const after = await platformBody(act.tx, await work());
  await act.record({ action, subject: after.id, before: was, after });
  return after;
}

async function own(tx: Queryable, platformId: bigint): Promise<Platform> {
  const platform = await findPlatformById(tx, platformId);
  if (platform === undefined) throw platformNotFound();
  return platform;
}

async function named(tx: Queryable, name: string): Promise<Platform> {
  const id = parseRowId('plt', name);
  const found = id === undefined ? findPlatform(tx, name) : findPlatformById(tx, id);
  const platform = await found;
  if (platform === undefined) throw platformNotFound();
  return platform;
}

/** In whose name a platform is opened: nobody's for the operator, else a customer's. */
async function openedBy({ tx, user }: UserAct, account: string | undefined) {
  if (user.isOperator && account === undefined) return undefined;
  const memberships = await listMemberships(tx, user.id);
  const accounts = memberships.filter(
    ({ accountId }) =>
      accountId !== null && (account === undefined || formatRowId('acc', accountId) === account),
  );
  for (const { accountId, platformId } of accounts) {
    const platform = await findPlatformById(tx, platformId);
    if (platform?.opensPlatforms && platform.status === 'active') return accountId ?? undefined;
  }
  throw new Fault({
    code: 'may_not_open_platforms',
    status: 403,
    message: 'You are no customer of a platform that lets its customers open platforms.',
  });
}
