import {
  findAccount,
  findPerson,
  invite,
  listPeople,
  type Person as PersonRow,
  type Role,
  removePerson,
  setPlatformMember,
} from '../../../tenants/index.ts';
import { idOf, notFound } from '../fields.ts';
import type { Act, Manage } from '../manage.ts';
import * as contract from './contract.ts';

export function mountPeople(manage: Manage): void {
  const { ids } = manage.parts;

  manage.mount(contract.listMembers, async (c, { tx, platformId }) => {
    return c.json(listBody(await listPeople(tx, platformId, null)), 200);
  });

  manage.mount(contract.setMember, async (c, act) => {
    const { mail, role } = c.req.valid('json');
    const { tx, platformId } = act;
    const before = await knownAs(act, null, mail);
    if (before?.userId) await setPlatformMember(tx, { platformId, userId: before.userId, role });
    else await invite(tx, ids, { platformId, mail, role, accountId: null });
    const after = personBody(await findPerson(tx, platformId, null, mail));
    const was = before && personBody(before);
    await act.record({ action: 'member.set', subject: mail, before: was, after });
    return c.json(after, 200);
  });

  manage.mount(contract.removeMember, async (c, act) => {
    const { mail } = c.req.valid('param');
    const removed = personBody(await removePerson(act.tx, act.platformId, null, mail));
    await act.record({ action: 'member.remove', subject: removed.mail, before: removed });
    return c.json(removed, 200);
  });

  mountAccountPeople(manage);
}

function mountAccountPeople(manage: Manage): void {
  const { ids } = manage.parts;

  manage.mount(contract.listAccountMembers, async (c, act) => {
    const accountId = await seenAccount(act, c.req.valid('param').account);
    return c.json(listBody(await listPeople(act.tx, act.platformId, accountId)), 200);
  });

  manage.mount(contract.addAccountMember, async (c, act) => {
    const { account } = c.req.valid('param');
    const { mail } = c.req.valid('json');
    const { tx, platformId } = act;
    const accountId = await seenAccount(act, account);
    const known = await knownAs(act, accountId, mail);
    if (known === undefined) {
      await invite(tx, ids, { platformId, mail, role: 'customer', accountId });
    }
    const after = personBody(await findPerson(tx, platformId, accountId, mail));
    await act.record({ action: 'account.add_member', subject: account, after });
    return c.json(after, 200);
  });

  manage.mount(contract.removeAccountMember, async (c, act) => {
    const { account, mail } = c.req.valid('param');
    const accountId = await seenAccount(act, account);
    const before = personBody(await removePerson(act.tx, act.platformId, accountId, mail));
    await act.record({ action: 'account.remove_member', subject: account, before });
    return c.json(before, 200);
  });
}

/** An account that this caller may see. Fault: `account_not_found` (404). */
async function seenAccount({ tx, platformId }: Act, text: string): Promise<bigint> {
  const id = idOf('acc', text, () => notFound('account'));
  const account = await findAccount(tx, platformId, { id });
  if (account === undefined) throw notFound('account');
  return account.id;
}

async function knownAs({ tx, platformId }: Act, accountId: bigint | null, mail: string) {
  const people = await listPeople(tx, platformId, accountId);
  return people.find((one) => one.mail === mail);
}

const listBody = (people: readonly PersonRow[]) => ({
  object: 'list' as const,
  data: people.map(personBody),
});

function personBody(person: PersonRow) {
  return {
    object: 'person' as const,
    mail: person.mail,
    name: person.name,
    role: person.role as Role | 'customer',
    is_invited: person.userId === null,
    since: person.since.toISOString(),
  };
}
