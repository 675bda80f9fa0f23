import type { Queryable } from '../../../db/index.ts';
import { formatRowId, parseRowId } from '../../../kernel/index.ts';
import {
  type Account,
  changeAccountLimits,
  defaultUnitOf,
  findAccount,
  listAccounts as listRows,
  createAccount as openAccount,
  renameAccount,
  searchAccounts,
  setAccountStatus,
} from '../../../tenants/index.ts';
import { notFound } from '../fields.ts';
import { readGivenLimits } from '../limits.ts';
import { pageOf, readAfter } from '../lists.ts';
import type { Act, Manage } from '../manage.ts';
import { accountBodies, accountBody } from './body.ts';
import * as contract from './contract.ts';

export function mountAccounts(manage: Manage): void {
  const { ids } = manage.parts;

  manage.mount(contract.listAccounts, async (c, { tx, platformId }) => {
    const { limit, after, mail, external_id: externalId, q } = c.req.valid('query');
    const page = { after: readAfter('acc', after) ?? 0n, limit: limit + 1 };
    const ids = q === undefined ? undefined : await searchAccounts(tx, platformId, q, page);
    const by = { ...page, mail, externalId, ids };
    const rows = await listRows(tx, platformId, by);
    return c.json(pageOf(await accountBodies(tx, platformId, rows), limit), 200);
  });

  manage.mount(contract.createAccount, async (c, act) => {
    const { mail, external_id: externalId, name, limits } = c.req.valid('json');
    const { tx, platformId } = act;
    let account: Account = await openAccount(tx, ids, {
      platformId,
      ...(mail !== undefined && { mail }),
      ...(externalId !== undefined && { externalId }),
      ...(name !== undefined && { name }),
    });
    if (limits !== undefined) {
      const changes = readGivenLimits(limits, await defaultUnitOf(tx, platformId));
      account = await changeAccountLimits(tx, platformId, account.id, changes);
    }
    const after = await accountBody(tx, account);
    await act.record({ action: 'account.create', subject: after.id, after });
    return c.json(after, 201);
  });

  manage.mount(contract.getAccount, async (c, { tx, platformId }) => {
    const account = await requireAccount(tx, platformId, c.req.valid('param').account);
    return c.json(await accountBody(tx, account), 200);
  });

  manage.mount(contract.updateAccount, async (c, act) => {
    const { limits, external_id: externalId, ...names } = c.req.valid('json');
    const body = await change(act, c.req.valid('param').account, 'account.update', {
      work: async ({ id }) => {
        const { tx, platformId } = act;
        const unit = await defaultUnitOf(tx, platformId);
        const changes = limits === undefined ? {} : readGivenLimits(limits, unit);
        await renameAccount(tx, platformId, id, { ...names, externalId });
        return changeAccountLimits(tx, platformId, id, changes);
      },
    });
    return c.json(body, 200);
  });

  for (const [route, action, status] of [
    [contract.suspendAccount, 'account.suspend', 'suspended'],
    [contract.resumeAccount, 'account.resume', 'active'],
  ] as const) {
    manage.mount(route, async (c, act) => {
      const body = await change(act, c.req.valid('param').account, action, {
        reason: c.req.valid('json')?.reason,
        work: ({ id }) => setAccountStatus(act.tx, act.platformId, id, status),
      });
      return c.json(body, 200);
    });
  }
}

type Work = (account: Account) => Promise<Account>;

/** Carries out a change of an account and puts on record what was and what is. */
async function change(
  act: Act,
  name: string,
  action: string,
  { work, reason }: { readonly work: Work; readonly reason?: string | undefined },
) {
  const { tx, platformId } = act;
  const account = await requireAccount(tx, platformId, name);
  const before = await accountBody(tx, account);
  const after = await accountBody(tx, await work(account));
  await act.record({ action, subject: formatRowId('acc', account.id), reason, before, after });
  return after;
}

/** The account with that id, as this caller sees it. Fault: `account_not_found` (404). */
export async function requireAccount(
  tx: Queryable,
  platformId: bigint,
  text: string,
): Promise<Account> {
  const id = parseRowId('acc', text);
  const account = id === undefined ? undefined : await findAccount(tx, platformId, { id });
  if (account === undefined) throw notFound('account');
  return account;
}
