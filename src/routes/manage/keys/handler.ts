import { assert, Fault } from '../../../kernel/index.ts';
import {
  type ApiKey,
  changeKey,
  defaultUnitOf,
  findKey,
  listKeys as listRows,
  createKey as makeKey,
  revokeKey,
  rotateKey,
} from '../../../tenants/index.ts';
import { requireAccount } from '../accounts/handler.ts';
import { idOf, notFound } from '../fields.ts';
import { readGivenLimits } from '../limits.ts';
import { pageOf, readAfter } from '../lists.ts';
import { type Act, type Manage, requireRole } from '../manage.ts';
import { keyBodies } from './body.ts';
import * as contract from './contract.ts';

/** What a member of the platform's staff needs to change a customer's keys. */
const STAFF = 'support';

export function mountKeys(manage: Manage): void {
  const { parts } = manage;

  manage.mount(contract.listKeys, async (c, { tx, platformId }) => {
    const { limit, after, account, status } = c.req.valid('query');
    const owner = account === undefined ? undefined : await requireAccount(tx, platformId, account);
    const before = readAfter('key', after);
    const filter = { accountId: owner?.id, status, before, limit: limit + 1 };
    const rows = await listRows(tx, platformId, filter);
    return c.json(pageOf(await keyBodies(tx, platformId, rows), limit), 200);
  });

  manage.mount(contract.createKey, async (c, act) => {
    requireRole(act, STAFF);
    const { account, limits, expires_at: expiresAt, test, ...given } = c.req.valid('json');
    const { tx, platformId } = act;
    const { text, ...key } = await makeKey(tx, parts, {
      ...given,
      platformId,
      accountId: await ownerOf(act, account),
      isTest: test,
      expiresAt: instantOf(expiresAt),
      limits: readGivenLimits(limits ?? {}, await defaultUnitOf(tx, platformId)),
    });
    const after = await bodyOf(act, key);
    await act.record({ action: 'key.create', subject: after.id, after });
    return c.json({ ...after, key: text }, 201);
  });

  manage.mount(contract.getKey, async (c, act) => {
    const key = await requireKey(act, c.req.valid('param').key);
    return c.json(await bodyOf(act, key), 200);
  });

  manage.mount(contract.updateKey, async (c, act) => {
    const { limits, expires_at: expiresAt, ...given } = c.req.valid('json');
    const { after } = await change(act, c.req.valid('param').key, 'key.update', async ({ id }) => {
      const { tx, platformId } = act;
      const unit = await defaultUnitOf(tx, platformId);
      return changeKey(tx, platformId, id, {
        ...given,
        expiresAt: instantOf(expiresAt),
        limits: readGivenLimits(limits ?? {}, unit),
      });
    });
    return c.json(after, 200);
  });

  manage.mount(contract.rotateKey, async (c, act) => {
    const seconds = c.req.valid('json')?.grace_seconds ?? 0;
    const { text, after } = await change(act, c.req.valid('param').key, 'key.rotate', ({ id }) =>
      rotateKey(act.tx, parts, act.platformId, id, seconds),
    );
    assert(text !== undefined, 'a rotated key has a new text');
    return c.json({ ...after, key: text }, 200);
  });

  manage.mount(contract.revokeKey, async (c, act) => {
    const { after } = await change(act, c.req.valid('param').key, 'key.revoke', ({ id }) =>
      revokeKey(act.tx, act.platformId, id),
    );
    return c.json(after, 200);
  });
}

/** Carries out a change of a key and puts on record what was and what is, never its text. */
async function change(
  act: Act,
  name: string,
  action: string,
  work: (key: ApiKey) => Promise<ApiKey & { readonly text?: string }>,
) {
  requireRole(act, STAFF);
  const key = await requireKey(act, name);
  const before = await bodyOf(act, key);
  const { text, ...changed } = await work(key);
  const after = await bodyOf(act, changed);
  await act.record({ action, subject: after.id, before, after });
  return { text, after };
}

async function bodyOf({ tx, platformId }: Act, key: ApiKey) {
  const [body] = await keyBodies(tx, platformId, [key]);
  assert(body !== undefined, 'one key gives one body');
  return body;
}

async function requireKey({ tx, platformId }: Act, text: string): Promise<ApiKey> {
  return findKey(
    tx,
    platformId,
    idOf('key', text, () => notFound('key')),
  );
}

/** The account that a new key is for. Faults: `account_not_found` (404), `invalid_key` (422). */
async function ownerOf(
  { tx, platformId, accountId }: Act,
  account: string | undefined,
): Promise<bigint> {
  if (account !== undefined) return (await requireAccount(tx, platformId, account)).id;
  if (accountId !== undefined) return accountId;
  const message = "Say whose key it is: the account's id.";
  throw new Fault({ code: 'invalid_key', status: 422, param: 'account', message });
}

const instantOf = (text: string | null | undefined) =>
  typeof text === 'string' ? new Date(text) : text;
